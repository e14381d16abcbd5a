//! Where bytes lie: a file, or a part of one that is a member of a pack.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use super::bounds::LARGEST_READ;

/// A run of bytes. Files of a directory are opened when they are read, since there may be many; a pack stays open,
/// so that what was checked and what is read are the same file.
#[derive(Clone, Debug)]
pub struct Extent {
    source: Source,
    offset: u64,
    length: u64,
}

#[derive(Clone, Debug)]
enum Source {
    Path(PathBuf),
    Open(Arc<File>),
}

impl Extent {
    /// A whole file.
    pub fn file(path: &Path, length: u64) -> Self {
        Self { source: Source::Path(path.into()), offset: 0, length }
    }

    pub fn member(file: &Arc<File>, offset: u64, length: u64) -> Self {
        Self { source: Source::Open(Arc::clone(file)), offset, length }
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    pub fn open(&self) -> io::Result<OpenExtent> {
        let file = match &self.source {
            Source::Path(path) => Arc::new(File::open(path)?),
            Source::Open(file) => Arc::clone(file),
        };
        Ok(OpenExtent { file, offset: self.offset, length: self.length })
    }
}

/// An extent whose file is open. Places count from the begin of the extent, and nothing outside it can be read.
#[derive(Clone, Debug)]
pub struct OpenExtent {
    file: Arc<File>,
    offset: u64,
    length: u64,
}

impl OpenExtent {
    /// Bytes from `start` on; an error where the extent does not hold that many, or they are absurdly many.
    pub fn bytes(&self, start: u64, length: u64) -> Result<Bytes> {
        let ends_inside = start.checked_add(length).is_some_and(|end| end <= self.length);
        if !ends_inside || length > LARGEST_READ {
            return Err(ParquetError::EOF(format!("{length} bytes at {start} are not there")));
        }
        let mut bytes = vec![0; length as usize];
        self.file.read_exact_at(&mut bytes, self.offset + start).map_err(external)?;
        Ok(bytes.into())
    }

    /// The bytes from `start` to the end, one piece after the other.
    pub fn stream(&self, start: u64) -> Pieces {
        let at = start.min(self.length);
        Pieces { file: Arc::clone(&self.file), at: self.offset + at, left: self.length - at }
    }
}

impl Length for OpenExtent {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for OpenExtent {
    type T = BufReader<Pieces>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(BufReader::new(self.stream(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.bytes(start, length as u64)
    }
}

/// Reads an extent to its end, by `pread`: the file has no position that could be shared.
pub struct Pieces {
    file: Arc<File>,
    at: u64,
    left: u64,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let count = self.file.read_at(&mut buffer[..most], self.at)?;
        self.at += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}

fn external(error: io::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}
