//! Writes the zip file. It grows under another name and takes its own when it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Result;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::failure::Failure;
use crate::recording::inventory::{self, FORMAT, Inventory, Item};
use crate::recording::{hexadecimal, sha256};

const PIECE: usize = 256 << 10;

/// The pack that is being written. Dropped before [`Pack::finish`], it is removed.
pub struct Pack {
    target: PathBuf,
    part: PathBuf,
    /// `None` when it is finished.
    zip: Option<ZipWriter<File>>,
    inventory: Inventory,
}

/// What was written.
pub struct Written {
    pub size: u64,
    pub members: usize,
    /// SHA-256 of the inventory.
    pub fingerprint: String,
}

impl Pack {
    /// Begins the pack `target`, which must not exist.
    pub fn create(target: &Path) -> Result<Self> {
        if target.symlink_metadata().is_ok() {
            return Err(Failure::new(format!("{} exists", target.display()))
                .hint("choose another name with -o; nothing is overwritten")
                .into());
        }
        let name = target.file_name().ok_or_else(|| {
            Failure::usage(format!("{} is no name for a pack", target.display()))
                .hint("choose another one with -o, such as -o small.wake.zip")
        })?;
        let part = target.with_file_name(format!(".{}.part", name.to_string_lossy()));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part);
        let file = file.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                Failure::new(format!("{} is being written by another run", target.display()))
                    .hint(format!("if there is none, remove {}", part.display()))
            }
            _ => unwritable(target, &error),
        })?;
        let tool = format!("afterwake {}", env!("CARGO_PKG_VERSION"));
        let inventory = Inventory { format: FORMAT, tool, ..Inventory::default() };
        Ok(Self { target: target.into(), part, zip: Some(ZipWriter::new(file)), inventory })
    }

    /// The name it has until it is complete.
    pub fn part(&self) -> &Path {
        &self.part
    }

    /// Adds a member.
    pub fn add(
        &mut self,
        name: &str,
        size: u64,
        rows: Option<u64>,
        bytes: impl Read,
    ) -> Result<()> {
        let sha256 = self.copy(name, size, bytes)?;
        self.inventory.members.push(Item { name: name.into(), size, sha256, rows });
        Ok(())
    }

    /// Adds the inventory and gives the pack its name.
    pub fn finish(
        mut self,
        left_out: Vec<afterwake_schema::recording::LeftOut>,
    ) -> Result<Written> {
        self.inventory.left_out = left_out;
        let mut text = serde_json::to_vec_pretty(&self.inventory)?;
        text.push(b'\n');
        let fingerprint = sha256(&text[..])?;
        self.copy(inventory::NAME, text.len() as u64, &text[..])?;
        let zip = self.zip.take();
        let complete = || -> io::Result<u64> {
            let file = zip.ok_or(io::ErrorKind::NotFound)?.finish()?;
            file.sync_all()?;
            let size = file.metadata()?.len();
            // A link, unlike a rename, overwrites nothing; not every file system has them.
            if fs::hard_link(&self.part, &self.target).is_err() {
                if self.target.symlink_metadata().is_ok() {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                fs::rename(&self.part, &self.target)?;
            }
            Ok(size)
        };
        let size = complete().map_err(|error| unwritable(&self.target, &error))?;
        Ok(Written { size, members: self.inventory.members.len() + 1, fingerprint })
    }

    /// Copies the bytes and gives their SHA-256.
    fn copy(&mut self, name: &str, size: u64, mut bytes: impl Read) -> Result<String> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o600)
            .large_file(size >= u32::MAX.into());
        let mut copy = || -> io::Result<(u64, String)> {
            let zip = self.zip.as_mut().ok_or(io::ErrorKind::NotFound)?;
            zip.start_file(name, options)?;
            let (mut sum, mut copied, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
            loop {
                let count = bytes.read(&mut piece)?;
                if count == 0 {
                    return Ok((copied, hexadecimal(&sum.finalize())));
                }
                sum.update(&piece[..count]);
                zip.write_all(&piece[..count])?;
                copied += count as u64;
            }
        };
        let (copied, sum) = copy().map_err(|error| unwritable(&self.target, &error))?;
        if copied != size {
            return Err(Failure::new(format!("{name} changed while it was packed"))
                .hint("pack the recording when afterwake-record has ended")
                .into());
        }
        Ok(sum)
    }
}

impl Drop for Pack {
    fn drop(&mut self) {
        // After a rename there is nothing under this name any more.
        let _ = fs::remove_file(&self.part);
    }
}

fn unwritable(target: &Path, error: &io::Error) -> Failure {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull => "make room, or choose another place with -o",
        _ => "choose another place with -o",
    };
    Failure::new(format!("{} cannot be written: {error}", target.display())).hint(hint)
}
