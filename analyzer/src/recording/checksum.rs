//! What the bytes of a member must add up to.

use std::io::Read;

use parquet::errors::{ParquetError, Result};
use sha2::{Digest, Sha256};

use super::extent::OpenExtent;

const PIECE: usize = 256 << 10;

/// A sum that was taken when the member was packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// In lower-case hexadecimal, from the pack's manifest.
    Sha256(String),
    /// Of a zip that has no such manifest.
    Crc32(u32),
}

impl Checksum {
    /// Reads the extent and compares.
    pub fn check(&self, extent: &OpenExtent) -> Result<()> {
        let is_same = match self {
            Self::Sha256(expected) => *expected == sha256(extent.stream(0))?,
            Self::Crc32(expected) => *expected == crc32(extent.stream(0))?,
        };
        let name = if matches!(self, Self::Sha256(_)) { "SHA-256" } else { "CRC-32" };
        if is_same {
            Ok(())
        } else {
            Err(ParquetError::General(format!("its {name} is not that of what was packed")))
        }
    }
}

/// The SHA-256 of everything that can be read, in lower-case hexadecimal.
pub fn sha256(bytes: impl Read) -> std::io::Result<String> {
    let mut sum = Sha256::new();
    pieces(bytes, |piece| sum.update(piece))?;
    Ok(hexadecimal(&sum.finalize()))
}

fn crc32(bytes: impl Read) -> std::io::Result<u32> {
    let mut sum = crc32fast::Hasher::new();
    pieces(bytes, |piece| sum.update(piece))?;
    Ok(sum.finalize())
}

fn pieces(mut bytes: impl Read, mut take: impl FnMut(&[u8])) -> std::io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        match bytes.read(&mut piece)? {
            0 => return Ok(()),
            count => take(&piece[..count]),
        }
    }
}

pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
