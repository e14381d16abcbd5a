//! The inputs that fuzzing keeps, given to the same functions: what was found once stays found.

#[path = "../../tests/fuzz/src/lib.rs"]
#[allow(dead_code)]
mod fuzz;

use std::fs;
use std::path::{Path, PathBuf};

/// More than this is not kept: `cargo fuzz cmin` finds less that reaches as much.
const MOST_BYTES: u64 = 200 * 1024;

/// The inputs of a target that are in the repository.
fn corpus(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus").join(name);
    let entries = fs::read_dir(&folder).expect("a folder of inputs for every target");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    files
}

fn replay(target: fuzz::Target) {
    let files = corpus(target.0);
    assert!(files.len() > 5, "only {} inputs for {}", files.len(), target.0);
    let sizes = files.iter().map(|file| fs::metadata(file).expect("readable").len());
    let bytes: u64 = sizes.sum();
    assert!(bytes <= MOST_BYTES, "{bytes} bytes are too many for {}", target.0);
    for file in files {
        eprintln!("{}", file.display());
        fuzz::run(target, &fs::read(file).expect("readable"));
    }
}

#[test]
fn records() {
    replay(fuzz::RECORDS);
}

#[test]
fn headers() {
    replay(fuzz::HEADER);
}

#[test]
fn tables() {
    replay(fuzz::TABLE);
}

#[test]
fn packs() {
    replay(fuzz::PACK);
}

/// The valid inputs that fuzzing begins with do their targets no harm either, and are many.
#[test]
fn seeds() {
    for target in [fuzz::RECORDS, fuzz::TABLE, fuzz::PACK] {
        let folder = tempfile::tempdir().expect("a temporary directory");
        fuzz::seed(target, folder.path());
        let mut count = 0;
        for file in fs::read_dir(folder.path()).expect("readable") {
            fuzz::run(target, &fs::read(file.expect("readable").path()).expect("readable"));
            count += 1;
        }
        assert!(count > 0, "{} begins with nothing", target.0);
    }
}
