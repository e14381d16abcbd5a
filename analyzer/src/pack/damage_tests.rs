//! A small pack, cut and changed at every place: an error that says so, or an answer that names what is missing.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use afterwake_schema::recording::{Clock, FORMAT, Manifest};
use afterwake_schema::streams::{self, Disk, Wait};
use afterwake_schema::{Identify, Identity, Row, segment};
use tempfile::TempDir;

use super::choice::Choice;
use super::write;
use crate::failure::Failure;
use crate::recording::Recording;
use crate::run::Session;
use crate::view::Library;

struct Names;

impl Identify for Names {
    fn identify(&self, thread: u32, _ts: u64) -> Identity {
        Identity { tid: thread, pid: thread, comm: Arc::from("worker") }
    }
}

const WAITS: u64 = 40;
const DISKS: u64 = 3;

/// A recording of two tables, and its pack.
fn packed() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("small.wake");
    fs::create_dir(&source).unwrap();
    let wait =
        |seq: u64| Wait { thread: 1, seq: seq as u32, off_ts: 1000 + seq, ..Wait::default() };
    let waits: Vec<_> = (0..WAITS).map(wait).collect();
    segment::write(&source, Wait::STREAM, 0, &Wait::batch(&waits, &Names)).unwrap();
    let disks: Vec<_> = (0..DISKS).map(|dev| Disk { dev: dev as u32, ..Disk::default() }).collect();
    segment::write(&source, Disk::STREAM, 0, &Disk::batch(&disks, &Names)).unwrap();
    let clock = Clock { start_ns: 1000, stop_ns: Some(9000), ..Clock::default() };
    let rows = [("wait".to_owned(), WAITS), ("disk".to_owned(), DISKS)].into();
    Manifest { format: FORMAT, clock, rows, ..Manifest::default() }.write(&source, true).unwrap();
    let target = folder.path().join("pack.zip");
    let recording = Recording::open(&source.to_string_lossy()).unwrap();
    let member = &recording.members()[0];
    write(member, &Choice::all(member), &target, &mut Vec::new()).unwrap();
    (folder, target)
}

/// What can be had of it: all rows of all tables, decoded, and how many files are named as missing.
fn read(path: &Path) -> Result<(u64, usize), anyhow::Error> {
    let recording = Recording::open(&path.to_string_lossy())?;
    let member = &recording.members()[0];
    for segment in member.segments() {
        segment.verify();
    }
    let rows = streams::ALL.iter().map(|stream| member.rows(stream.name)).sum();
    assert_eq!(recording.span(), 1000..9000, "recording.json is believed only as it was");
    Ok((rows, recording.damage().len()))
}

/// One sentence and what to do.
fn is_a_failure(error: &anyhow::Error) -> bool {
    let sentence = error.to_string();
    let failure = error.downcast_ref::<Failure>();
    failure.is_some_and(|failure| failure.hint.is_some()) && !sentence.contains('\n')
}

#[test]
fn a_pack_that_is_whole_is_read_as_a_whole() {
    let (_folder, path) = packed();
    assert_eq!(read(&path).unwrap(), (WAITS + DISKS, 0));
}

#[test]
fn a_pack_cut_at_any_place_is_refused() {
    let (folder, path) = packed();
    let whole = fs::read(&path).unwrap();
    let cut = folder.path().join("cut.zip");
    fs::write(&cut, &whole).unwrap();
    let file = File::options().write(true).open(&cut).unwrap();
    for length in (0..whole.len()).rev() {
        file.set_len(length as u64).unwrap();
        let error = read(&cut).expect_err("a file without its end");
        assert!(is_a_failure(&error), "{length} bytes: {error:#}");
    }
}

#[test]
fn a_bit_changed_at_any_place_is_noticed_or_without_effect() {
    let (folder, path) = packed();
    let whole = fs::read(&path).unwrap();
    let changed = folder.path().join("changed.zip");
    fs::write(&changed, &whole).unwrap();
    let file = File::options().write(true).open(&changed).unwrap();
    let (mut refused, mut partial, mut without_effect) = (0, 0, 0);
    for (place, byte) in whole.iter().enumerate() {
        file.write_all_at(&[byte ^ 1 << (place % 8)], place as u64).unwrap();
        match read(&changed) {
            Ok((rows, 0)) => {
                assert_eq!(rows, WAITS + DISKS, "at {place} rows are missing, and nothing says so");
                without_effect += 1;
            }
            Ok((rows, missing)) => {
                assert!(rows <= WAITS + DISKS && missing > 0, "at {place}: {rows} rows");
                partial += 1;
            }
            Err(error) => {
                assert!(is_a_failure(&error), "at {place}: {error:#}");
                refused += 1;
            }
        }
        file.write_all_at(&[*byte], place as u64).unwrap();
    }
    assert_eq!(read(&changed).unwrap(), (WAITS + DISKS, 0));
    // Attributes and versions in the list of members say nothing about the content.
    assert!(without_effect < whole.len() / 20, "{without_effect} changes were without effect");
    assert!(partial > whole.len() / 3, "{partial} changes spared the other files");
    assert!(refused > 0);
}

#[test]
fn answers_from_a_changed_pack_hold_what_is_intact() {
    let (folder, path) = packed();
    let whole = fs::read(&path).unwrap();
    let changed = folder.path().join("changed.zip");
    let library = Arc::new(Library::load(None).unwrap());
    for place in (0..whole.len()).step_by(61) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x5a;
        fs::write(&changed, &bytes).unwrap();
        let Ok(recording) = Recording::open(&changed.to_string_lossy()) else { continue };
        let session = Session::open(recording, Arc::clone(&library)).unwrap();
        let sql = "SELECT thread, seq, off_ts, comm FROM wait ORDER BY seq";
        let batches = session.rows(sql).unwrap();
        let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
        let is_whole = session.recording.damage().is_empty();
        assert!(rows == 0 || rows == WAITS as usize, "at {place}: {rows} rows");
        assert!(!is_whole || rows == WAITS as usize, "at {place}: {rows} rows, and nothing said");
    }
}
