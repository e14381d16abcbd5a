//! One closed Parquet file of one table.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

/// A segment: its footer is read at first use, and once.
#[derive(Debug)]
pub struct Segment {
    table: &'static str,
    path: PathBuf,
    size: u64,
    footer: OnceLock<std::result::Result<Arc<ParquetMetaData>, String>>,
    /// Set when the footer was fine but a page was not.
    torn: OnceLock<String>,
}

impl Segment {
    pub(super) fn new(table: &'static str, path: PathBuf, size: u64) -> Self {
        Self { table, path, size, footer: OnceLock::new(), torn: OnceLock::new() }
    }

    pub fn table(&self) -> &'static str {
        self.table
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// The footer; `None` where the segment is damaged and therefore left out.
    pub fn footer(&self) -> Option<&Arc<ParquetMetaData>> {
        let footer = self.footer.get_or_init(|| {
            let read = || {
                File::open(&self.path)
                    .map_err(external)
                    .and_then(|file| ParquetMetaDataReader::new().parse_and_finish(&file))
            };
            quietly(read).map(Arc::new)
        });
        footer.as_ref().ok().filter(|_| self.torn.get().is_none())
    }

    /// Why the segment is left out, if it is known to be damaged.
    pub fn problem(&self) -> Option<String> {
        match self.footer.get() {
            Some(Err(problem)) => Some(problem.clone()),
            _ => self.torn.get().cloned(),
        }
    }

    /// Whether anything has asked for its content.
    pub(super) fn is_used(&self) -> bool {
        self.footer.get().is_some()
    }

    pub fn rows(&self) -> u64 {
        self.footer().map_or(0, |footer| footer.file_metadata().num_rows().max(0) as u64)
    }

    /// Decodes every page; returns true where this finds damage that was not known.
    pub(super) fn verify(&self) -> bool {
        if self.footer().is_none() {
            return false;
        }
        let decode = || {
            let file = File::open(&self.path).map_err(external)?;
            for batch in ParquetRecordBatchReaderBuilder::try_new(file)?.build()? {
                batch?;
            }
            Ok(())
        };
        quietly(decode).is_err_and(|problem| self.torn.set(problem).is_ok())
    }

    /// Bytes of the file, for the reader.
    pub(super) fn read(&self, file: &File, offset: u64, length: usize) -> Result<Bytes> {
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, offset).map_err(external)?;
        Ok(bytes.into())
    }
}

pub(super) fn external(error: std::io::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

/// Runs a decoder over bytes that may be anything: its panics are errors like its errors.
fn quietly<T>(decode: impl FnOnce() -> Result<T>) -> std::result::Result<T, String> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(_) => Err("its content makes no sense".into()),
    }
}
