//! Writes the zip file.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::mem::ManuallyDrop;
use std::path::Path;

use anyhow::Result;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::failure::Failure;
use crate::output::{Output, finish};
use crate::recording::inventory::{self, FORMAT, Inventory, Item};
use crate::recording::{hexadecimal, sha256};

const PIECE: usize = 256 << 10;

/// The pack that is being written. Dropped before [`Pack::finish`], it is removed.
pub struct Pack {
    output: Output,
    /// Dropped, it would complete what is given up, and print what comes in between.
    zip: ManuallyDrop<ZipWriter<BufWriter<File>>>,
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
        let output = Output::named(target)?;
        let zip = ManuallyDrop::new(ZipWriter::new(output.file()?));
        let tool = format!("afterwake {}", env!("CARGO_PKG_VERSION"));
        let inventory = Inventory { format: FORMAT, tool, ..Inventory::default() };
        Ok(Self { output, zip, inventory })
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
        let Self { output, zip, inventory } = self;
        let complete = || -> Result<u64> {
            let file = ManuallyDrop::into_inner(zip).finish().map_err(io::Error::from)?;
            let size = file.get_ref().metadata()?.len() + file.buffer().len() as u64;
            finish(file)?;
            Ok(size)
        };
        let size = complete().map_err(|error| output.explain(error))?;
        output.publish()?;
        Ok(Written { size, members: inventory.members.len() + 1, fingerprint })
    }

    /// Copies the bytes and gives their SHA-256.
    fn copy(&mut self, name: &str, size: u64, mut bytes: impl Read) -> Result<String> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o600)
            .large_file(size >= u32::MAX.into());
        let mut copy = || -> io::Result<(u64, String)> {
            self.zip.start_file(name, options)?;
            let (mut sum, mut copied, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
            loop {
                let count = bytes.read(&mut piece)?;
                if count == 0 {
                    return Ok((copied, hexadecimal(&sum.finalize())));
                }
                sum.update(&piece[..count]);
                self.zip.write_all(&piece[..count])?;
                copied += count as u64;
            }
        };
        let (copied, sum) = copy().map_err(|error| self.output.unwritable(&error))?;
        if copied != size {
            return Err(Failure::new(format!("{name} changed while it was packed"))
                .hint("pack the recording when afterwake-record has ended")
                .into());
        }
        Ok(sum)
    }
}
