//! Finds the recordings that an argument names.

use std::fs;
use std::path::{Path, PathBuf};

use afterwake_schema::recording::{COMPLETE, PARTIAL};
use afterwake_schema::streams;
use anyhow::Result;

use super::archive;
use super::extent::Extent;
use crate::failure::Failure;

/// The directories and the packs of the recordings: the one named, those in the folder named, or those the glob
/// matches.
pub fn recordings(argument: &str) -> Result<Vec<PathBuf>> {
    let path = Path::new(argument);
    if is_recording(path) || path.is_file() {
        return Ok(vec![path.into()]);
    }
    let found = if path.is_dir() {
        if let Err(error) = fs::read_dir(path) {
            return Err(Failure::new(format!("{argument} cannot be read: {error}"))
                .hint("a recording belongs to who recorded it: sudo chown -R \"$USER\" NAME.wake")
                .into());
        }
        inside(path)
    } else if path.exists() {
        return Err(Failure::new(format!("{argument} is neither a directory nor a file"))
            .hint("name the NAME.wake directory that afterwake-record wrote, or a pack of it")
            .into());
    } else if argument.contains(['*', '?', '[']) {
        matching(argument)?
    } else {
        return Err(Failure::new(format!("there is no recording {argument}"))
            .hint("record one with `afterwake-record -o NAME.wake --for 10s`")
            .into());
    };
    if found.is_empty() {
        return Err(Failure::new(format!("there is no recording in {argument}"))
            .hint(
                "a recording is a directory with a file recording.json and one directory per table",
            )
            .into());
    }
    Ok(found)
}

/// The pack of a recording, by its name and its first bytes; whether it is whole shows when it is opened.
fn is_pack(path: &Path) -> bool {
    let is_named_so = path.file_name().is_some_and(|name| {
        [".wake", ".wake.zip"].iter().any(|end| name.as_encoded_bytes().ends_with(end.as_bytes()))
    });
    is_named_so && is_zip(path)
}

fn is_zip(path: &Path) -> bool {
    let size = fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|about| about.len());
    size.is_some_and(|size| {
        Extent::file(path, size).open().is_ok_and(|open| archive::is_zip(&open))
    })
}

/// A directory with a manifest, or, where the recorder was killed very early, with tables.
fn is_recording(path: &Path) -> bool {
    let has = |name: &str| path.join(name).is_file();
    let has_table = |name: &str| path.join(name).is_dir();
    has(COMPLETE) || has(PARTIAL) || streams::ALL.iter().any(|stream| has_table(stream.name))
}

fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| is_recording(path) || is_pack(path))
        .collect();
    found.sort();
    found
}

fn matching(pattern: &str) -> Result<Vec<PathBuf>> {
    let paths = glob::glob(pattern)
        .map_err(|error| Failure::usage(format!("{pattern} is not a pattern: {}", error.msg)))?;
    Ok(paths.flatten().filter(|path| is_recording(path) || is_zip(path)).collect())
}
