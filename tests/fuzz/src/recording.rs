//! A small recording with something in every table.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use afterwake::recording::Recording;
use afterwake_schema::recording::{COMPLETE, Clock, FORMAT, Manifest};
use afterwake_schema::streams::{self, ALL};
use afterwake_schema::{Identify, Identity, Row, Stream, for_each_stream, segment};
use anyhow::Result;
use serde_json::json;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The files that are damaged, one at a time: of the tables that views follow from one to the other, of one of each
/// other shape, and what lies beside the tables. Of each table there is another file that stays as it is.
pub const DAMAGED: [&str; 10] = [
    "wait/000001.parquet",
    "stack/000001.parquet",
    "frame/000001.parquet",
    "module/000001.parquet",
    "thread/000001.parquet",
    "sample/000001.parquet",
    "block_io/000001.parquet",
    "counter/000001.parquet",
    "lost/000001.parquet",
    COMPLETE,
];

const ROWS: u64 = 12;
const START: u64 = 1_000_000_000;

struct Names;

impl Identify for Names {
    fn identify(&self, thread: u32, _ts: u64) -> Identity {
        Identity { tid: 100 + thread, pid: 100, comm: Arc::from(format!("thread {thread}")) }
    }
}

/// The ring record of a stream's row of that number: rows of different tables refer to each other.
fn record(stream: &Stream, row: u64) -> Vec<u8> {
    let mut bytes = stream.number.to_ne_bytes().to_vec();
    for member in (stream.layout)() {
        let name = member.name;
        let number = match name {
            "thread" | "tid" | "pid" | "target" => 1 + row % 3,
            "waker" => 1 + (row + 1) % 3,
            "seq" | "waker_seq" => row / 3,
            "id" | "kstack" | "ustack" | "waker_kstack" | "waker_ustack" | "module" => 1 + row % 4,
            "off_ts" => START + row * 1000,
            "woken_ts" => START + row * 1000 + 300,
            "on_ts" | "done_ts" => START + row * 1000 + 700,
            _ if name.ends_with("ts") => START + row * 1000 + 100,
            _ if name.ends_with("_ns") => 300,
            "state" => 1,
            _ => row % 3,
        };
        match (member.c, member.size) {
            ("char", 0) => bytes.extend(format!("text {row}").bytes()),
            ("char", size) => {
                let mut text = format!("name{row}").into_bytes();
                text.resize(size, 0);
                bytes.extend(text);
            }
            (_, 0) => (1..4_u64).for_each(|frame| bytes.extend(frame.to_ne_bytes())),
            (_, size) => bytes.extend(&number.to_ne_bytes()[..size]),
        }
    }
    bytes
}

fn write<R: Row>(folder: &Path) {
    for file in [0, 1] {
        let rows = file * ROWS..(file + 1) * ROWS;
        let rows = rows.map(|row| R::decode(&record(R::STREAM, row)).expect("its own layout"));
        let batch = R::batch(&rows.collect::<Vec<_>>(), &Names);
        segment::write(folder, R::STREAM, file as u32, &batch).expect("the folder is writable");
    }
}

/// Every file of the recording, by its path in it. They are written once, and kept in memory.
fn files() -> &'static [(PathBuf, Vec<u8>)] {
    static FILES: OnceLock<Vec<(PathBuf, Vec<u8>)>> = OnceLock::new();
    FILES.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary directory");
        macro_rules! write {
            ($($name:ident: $row:ident,)*) => { $(write::<streams::$row>(folder.path());)* };
        }
        for_each_stream!(write);
        let clock = Clock {
            start_ns: START as i64,
            stop_ns: Some((START + 3 * ROWS * 1000) as i64),
            ..Clock::default()
        };
        let manifest = Manifest { format: FORMAT, clock, ..Manifest::default() };
        manifest.write(folder.path(), true).expect("the folder is writable");
        let tables = ALL
            .iter()
            .flat_map(|stream| [0, 1].map(|file| segment::path(Path::new(""), stream, file)));
        let paths = tables.chain([PathBuf::from(COMPLETE)]);
        let read = |path: PathBuf| {
            let bytes = fs::read(folder.path().join(&path)).expect("it was written");
            (path, bytes)
        };
        paths.map(read).collect()
    })
}

/// The recording in a folder of its own.
pub fn intact() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    for (path, bytes) in files() {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("writable");
        fs::write(path, bytes).expect("writable");
    }
    folder
}

/// The recording with these bytes for one of its files.
pub fn with(file: &str, bytes: &[u8]) -> TempDir {
    let folder = intact();
    fs::write(folder.path().join(file), bytes).expect("writable");
    folder
}

pub fn open(folder: &Path) -> Result<Arc<Recording>> {
    Recording::open(&folder.to_string_lossy())
}

/// A record of every stream.
pub fn records() -> Vec<Vec<u8>> {
    ALL.iter().map(|stream| record(stream, 1)).collect()
}

/// Every file that is damaged, as the target takes it, but whole.
pub fn damageable() -> Vec<Vec<u8>> {
    let seed = |(number, damaged): (usize, &&str)| {
        let known = |(path, _): &&(PathBuf, Vec<u8>)| path == Path::new(damaged);
        let (_, file) = files().iter().find(known).expect("it was written");
        [&[number as u8][..], file].concat()
    };
    DAMAGED.iter().enumerate().map(seed).collect()
}

/// Some of its files in a zip: with the sums of a pack, with those of any zip, and in a folder.
pub fn packed() -> Vec<Vec<u8>> {
    let few = ["lost", "stack"].map(|table| Path::new(table).join("000000.parquet"));
    let few = || files().iter().filter(|(path, _)| few.contains(path) || path.ends_with(COMPLETE));
    let list = |(path, bytes): &(PathBuf, Vec<u8>)| {
        let sum = hexadecimal(&Sha256::digest(bytes));
        json!({ "name": path.to_string_lossy(), "size": bytes.len(), "sha256": sum })
    };
    let inventory = json!({
        "format": 1,
        "tool": "afterwake",
        "members": few().map(list).collect::<Vec<_>>(),
        "left_out": [{ "table": "wait", "rows": 7, "why": "to keep it small" }],
    });
    let pack = (PathBuf::from("pack.json"), inventory.to_string().into_bytes());
    [("", Some(&pack)), ("", None), ("slow.wake/", None)]
        .map(|(folder, pack)| zip(folder, few().chain(pack)))
        .into()
}

fn zip<'a>(folder: &str, files: impl Iterator<Item = &'a (PathBuf, Vec<u8>)>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (path, bytes) in files {
        zip.start_file(format!("{folder}{}", path.display()), stored).expect("in memory");
        zip.write_all(bytes).expect("in memory");
    }
    zip.finish().expect("in memory").into_inner()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
