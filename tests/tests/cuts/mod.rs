//! Recordings to be cut, and their parts.

mod chains;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::recording::{self, Form};
use afterwake_tests::machine::{Machine, contract, script};
use afterwake_tests::program::{Answer, afterwake};
use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

/// A part of a recording, removed when it is dropped.
pub struct Cut {
    _folder: TempDir,
    path: PathBuf,
}

impl Cut {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[track_caller]
pub fn cut(whole: &Path, flags: &[&str]) -> Cut {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("part.wake");
    cut_to(whole, &path, flags).good();
    Cut { _folder: folder, path }
}

pub fn cut_to(whole: &Path, target: &Path, flags: &[&str]) -> Answer {
    let (whole, target) = (whole.to_string_lossy(), target.to_string_lossy());
    afterwake([&["cut", &whole, "-o", &target][..], flags].concat())
}

/// A busy machine, with every table filled.
pub fn full(steps: usize) -> TempDir {
    filled(&generate::machine(42, Size { cpus: 2, threads: 8, steps }))
}

/// A machine that is recorded for seconds, so that its counters are read more than once.
pub fn long() -> TempDir {
    let mut text = String::from("cpus 2\nasleep H\n");
    for round in 0..31 {
        let at = |ms: u32| round * 100 + ms;
        text += &format!("{} cpu0: idle -> A\n{} cpu0: A -> idle S\n", at(1), at(20));
        text += &format!("{} hardirq:hrtimer wakes B @1\n{} cpu1: idle -> B\n", at(30), at(31));
        text += &format!("{} B wakes A @1\n{} cpu1: B -> idle S\n", at(100), at(100));
    }
    text += "stop 3100\n";
    filled(&script::machine(&text))
}

fn filled(machine: &Machine) -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let form = Form {
        rows_per_segment: 300,
        sample_every: Some(997_000),
        counters: true,
        everyday: 200,
        ..Form::default()
    };
    recording::write(machine, contract::rows(machine), directory.path(), form);
    directory
}

/// The recording of the repository.
pub fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/demo.wake")
}

/// Every file of a recording, by its path in it.
pub fn files(recording: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![recording.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(recording).expect("inside").to_string_lossy();
                files.insert(name.into_owned(), fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

/// The names of all views.
pub fn views() -> Vec<String> {
    views_with("")
}

/// The names of the views whose file holds a text.
pub fn views_with(text: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../queries");
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("the views")
        .flatten()
        .filter(|file| fs::read_to_string(file.path()).is_ok_and(|view| view.contains(text)))
        .filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".sql")?.to_owned()))
        .collect();
    names.sort();
    names
}

/// Some columns of one file, row by row; an unknown number is 0.
pub fn columns(file: &Path, names: &[&str]) -> Vec<Vec<u64>> {
    let file = File::open(file).expect("a segment");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|it| it.build());
    let mut rows = Vec::new();
    for batch in reader.expect("a Parquet file").map(|batch| batch.expect("intact")) {
        let number = |name: &&str, row: usize| {
            let column = batch.column_by_name(name).expect("its column");
            column.as_primitive::<Int64Type>().iter().nth(row).flatten().unwrap_or(0) as u64
        };
        rows.extend(
            (0..batch.num_rows()).map(|row| names.iter().map(|name| number(name, row)).collect()),
        );
    }
    rows
}
