//! The file that is written: whole or not at all, never over another, for its owner alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::failure::Failure;

/// Fails where something has that name already.
pub fn check(target: &Path) -> Result<()> {
    if target.symlink_metadata().is_ok() {
        return Err(exists(target).into());
    }
    match target.file_name() {
        Some(_) => Ok(()),
        None => Err(Failure::usage(format!("{} is no name for a file", target.display()))
            .hint("choose another one with -o, such as -o report.html")
            .into()),
    }
}

/// Writes it under another name and then gives it its own.
pub fn write(target: &Path, bytes: &[u8]) -> Result<()> {
    check(target)?;
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let part = Part(target.with_file_name(format!(".{name}.{}.part", std::process::id())));
    match publish(&part.0, target, bytes) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(exists(target).into()),
        Err(error) => Err(Failure::new(format!("{} cannot be written: {error}", target.display()))
            .hint("choose another place with -o")
            .into()),
    }
}

fn publish(part: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    // A link fails where the name is taken, a rename would replace what has it.
    match fs::hard_link(part, target) {
        Err(error) if is_without_links(&error) && target.symlink_metadata().is_err() => {
            fs::rename(part, target)
        }
        linked => linked,
    }
}

/// Some file systems have no hard links.
fn is_without_links(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied)
}

fn exists(target: &Path) -> Failure {
    Failure::new(format!("{} exists", target.display()))
        .hint("choose another name with -o; nothing is overwritten")
}

/// Its file is removed with it.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_private_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("page.html");
        write(&target, b"one").unwrap();
        assert_eq!(target.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let error = write(&target, b"two").unwrap_err();
        assert!(error.to_string().ends_with("page.html exists"), "{error}");
        assert_eq!(fs::read(&target).unwrap(), b"one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
        assert!(write(&folder.path().join("no/page.html"), b"").is_err());
    }
}
