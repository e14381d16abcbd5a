//! What is written: a file or a directory, whole or not at all, never over another, for its owner alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::mem;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;

use crate::failure::Failure;

const BUFFER_BYTES: usize = 256 * 1024;

/// How often a directory is removed in which other threads still begin files.
const REMOVALS: usize = 100;

/// What is to be removed where the program is interrupted.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Removes what is being written, if anything is. From then on whoever begins something, or wants to
/// tell how it went, waits for the end of the program.
pub fn abandon() {
    let mut unfinished = unfinished();
    if let Some(part) = unfinished.take() {
        remove(&part);
    }
    mem::forget(unfinished);
}

/// Does not return where all was abandoned: what failed since failed because of that.
pub fn wait_if_abandoned() {
    drop(unfinished());
}

fn unfinished() -> MutexGuard<'static, Option<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Grows under another name and takes its own in [`Output::publish`]. Dropped before that, it is removed.
#[derive(Debug)]
pub struct Output {
    target: PathBuf,
    part: PathBuf,
}

impl Output {
    /// Fails where something has that name already. Nothing is created yet.
    pub fn named(target: &Path) -> Result<Self> {
        let name = target.file_name().ok_or_else(|| {
            Failure::usage(format!("{} is no name for a file", target.display()))
                .hint("choose another one with -o")
        })?;
        if target.symlink_metadata().is_ok() {
            return Err(exists(target).into());
        }
        let part = format!(".{}.{}.part", name.to_string_lossy(), process::id());
        Ok(Self { target: target.into(), part: target.with_file_name(part) })
    }

    /// The file, as long as it has its other name.
    pub fn file(&self) -> Result<BufWriter<File>> {
        self.begin(create)
    }

    /// The directory, as long as it has its other name.
    pub fn directory(&self) -> Result<&Path> {
        self.begin(|part| DirBuilder::new().mode(0o700).create(part))?;
        Ok(&self.part)
    }

    /// A file in that directory.
    pub fn member(&self, name: &str) -> Result<BufWriter<File>> {
        create(&self.part.join(name)).map_err(|error| self.unwritable(&error).into())
    }

    /// Gives it its name.
    pub fn publish(self) -> Result<()> {
        let published = if self.part.is_dir() {
            match self.target.symlink_metadata() {
                Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
                Err(_) => fs::rename(&self.part, &self.target),
            }
        } else {
            link(&self.part, &self.target)
        };
        published.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => exists(&self.target).into(),
            _ => self.unwritable(&error).into(),
        })
    }

    /// Why it cannot be written; an error of another kind stays what it is.
    pub fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        match error.downcast_ref::<io::Error>() {
            Some(cause) => self.unwritable(cause).into(),
            None => error,
        }
    }

    /// Nothing can be abandoned between the note of it and its creation.
    fn begin<T>(&self, create: impl FnOnce(&Path) -> io::Result<T>) -> Result<T> {
        let mut unfinished = unfinished();
        *unfinished = Some(self.part.clone());
        create(&self.part).map_err(|error| self.unwritable(&error).into())
    }

    /// What an error of the file system means for it.
    pub fn unwritable(&self, error: &io::Error) -> Failure {
        let hint = match error.kind() {
            io::ErrorKind::StorageFull => "make room, or choose another place with -o",
            _ => "choose another place with -o",
        };
        Failure::new(format!("{} cannot be written: {error}", self.target.display())).hint(hint)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // After `publish` a directory has no such name any more, and a file still has it beside its own.
        remove(&self.part);
    }
}

fn remove(part: &Path) {
    let is_gone = |_: &usize| {
        fs::remove_file(part).or_else(|_| fs::remove_dir_all(part)).is_ok() || !part.exists()
    };
    let _ = (0..REMOVALS).find(is_gone);
}

fn create(path: &Path) -> io::Result<BufWriter<File>> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(BufWriter::with_capacity(BUFFER_BYTES, file))
}

/// A link fails where the name is taken; a rename would replace what has it. Some file systems have no links.
fn link(part: &Path, target: &Path) -> io::Result<()> {
    let without_links = |error: &io::Error| {
        matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied)
    };
    match fs::hard_link(part, target) {
        Err(error) if without_links(&error) && target.symlink_metadata().is_err() => {
            fs::rename(part, target)
        }
        linked => linked,
    }
}

fn exists(target: &Path) -> Failure {
    Failure::new(format!("{} exists", target.display()))
        .hint("choose another name with -o; nothing is overwritten")
}

/// Ends a file: what is held back is written, and an error is not lost.
pub fn finish(mut file: BufWriter<File>) -> Result<()> {
    file.flush()?;
    Ok(file.get_ref().sync_all()?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn write(target: &Path, bytes: &[u8]) -> Result<()> {
        let output = Output::named(target)?;
        let mut file = output.file()?;
        file.write_all(bytes)?;
        finish(file)?;
        output.publish()
    }

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

    #[test]
    fn what_is_not_published_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let output = Output::named(&folder.path().join("all")).unwrap();
        output.directory().unwrap();
        drop(output.member("one").unwrap());
        drop(output);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
