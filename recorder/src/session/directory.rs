//! The directory that the recording becomes.

use std::io::{Error, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use crate::cli::Problem;
use crate::host::default_name;

/// Makes the directory, readable by nobody else: a recording tells what others ran.
///
/// # Errors
/// It exists already, or cannot be made.
pub fn create(output: Option<&Path>) -> Result<PathBuf, Problem> {
    let directory = output.map_or_else(|| PathBuf::from(default_name()), Path::to_owned);
    let made = std::fs::DirBuilder::new().mode(0o700).create(&directory);
    made.map_err(|error| problem(&directory, error))?;
    Ok(directory)
}

/// What an error of the file system means for the recording.
pub fn problem(directory: &Path, error: Error) -> Problem {
    let name = directory.display();
    match error.kind() {
        ErrorKind::AlreadyExists => Problem::new(
            anyhow!("{name} exists already, and a recording is never written over"),
            "choose another name with -o, or remove it",
        ),
        ErrorKind::NotFound => Problem::new(
            anyhow!("{name} cannot be made: the directory above it does not exist"),
            "make that directory first, or choose another name with -o",
        ),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Problem::new(
            anyhow!("the disk is full; what {name} holds so far is sealed and readable"),
            "free some space, or record elsewhere with -o",
        ),
        _ => Problem::new(
            anyhow!("{name} cannot be written: {error}"),
            "choose a place that can be written with -o",
        ),
    }
}
