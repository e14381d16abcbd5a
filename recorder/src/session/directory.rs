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

/// Gives the finished recording to the user who became root by sudo: who recorded it will want to read it.
pub fn hand_over(directory: &Path) {
    let id = |name: &str| std::env::var(name).ok()?.parse::<u32>().ok();
    let Some((user, group)) = id("SUDO_UID").zip(id("SUDO_GID")) else { return };
    // Where that is refused it stays root's, who can still give it away.
    let give = |path: &Path| drop(std::os::unix::fs::lchown(path, Some(user), Some(group)));
    let entries = |path: &Path| std::fs::read_dir(path).into_iter().flatten().flatten();
    for entry in entries(directory) {
        entries(&entry.path()).for_each(|segment| give(&segment.path()));
        give(&entry.path());
    }
    give(directory);
}

/// What an error of the file system means for the recording.
pub fn problem(directory: &Path, error: Error) -> Problem {
    let name = directory.display();
    match error.kind() {
        ErrorKind::AlreadyExists => Problem::new(
            anyhow!("{name} exists already, and a recording is never written over"),
            "choose another name with -o, or remove it",
        ),
        // Elsewhere it means that there can be none, as in /proc.
        ErrorKind::NotFound if !directory.parent().is_some_and(Path::is_dir) => Problem::new(
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
