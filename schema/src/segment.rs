//! A segment: one closed Parquet file of one table.
//!
//! `NAME/000017.parquet.part` while it is written, fsync, then `NAME/000017.parquet`; never changed after.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::errors::ParquetError;

use crate::encoding::properties;
use crate::private;
use crate::stream::Stream;

pub fn path(directory: &Path, stream: &Stream, number: u32) -> PathBuf {
    directory.join(stream.name).join(format!("{number:06}.parquet"))
}

/// Writes one batch as a closed segment and returns its size in bytes.
///
/// # Errors
/// Whatever the file system says; the partial file is removed, earlier segments stay.
pub fn write(
    directory: &Path,
    stream: &Stream,
    number: u32,
    batch: &RecordBatch,
) -> io::Result<u64> {
    Unsealed::write(directory, stream, number, batch)?.seal()
}

/// A segment that is written, but may not be on the disk yet. It must be sealed: until then it has
/// another name, and readers pass over it.
pub struct Unsealed {
    file: File,
    part: PathBuf,
    target: PathBuf,
}

impl Unsealed {
    /// Writes one batch.
    ///
    /// # Errors
    /// Whatever the file system says; the partial file is removed.
    pub fn write(
        directory: &Path,
        stream: &Stream,
        number: u32,
        batch: &RecordBatch,
    ) -> io::Result<Self> {
        let target = path(directory, stream, number);
        let part = target.with_extension("parquet.part");
        private::directory(&directory.join(stream.name))?;
        match write_part(&part, stream, batch) {
            Ok(file) => Ok(Self { file, part, target }),
            Err(error) => {
                let _ = fs::remove_file(&part);
                Err(error)
            }
        }
    }

    /// Waits for the disk, gives the segment its name, and returns its size in bytes.
    ///
    /// # Errors
    /// Whatever the file system says; the partial file is removed.
    pub fn seal(self) -> io::Result<u64> {
        self.file
            .sync_data()
            .and_then(|()| self.file.metadata())
            .and_then(|about| fs::rename(&self.part, &self.target).map(|()| about.len()))
            .inspect_err(|_| drop(fs::remove_file(&self.part)))
    }
}

fn write_part(part: &Path, stream: &Stream, batch: &RecordBatch) -> io::Result<File> {
    let file = private::file(part)?;
    let options = ArrowWriterOptions::new()
        .with_properties(properties(stream, batch))
        .with_skip_arrow_metadata(true);
    let mut writer =
        ArrowWriter::try_new_with_options(file, batch.schema(), options).map_err(cause)?;
    writer.write(batch).map_err(cause)?;
    writer.into_inner().map_err(cause)
}

/// The error of the file system that Parquet wraps, so that its kind is known.
fn cause(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(inner) => io::Error::other(inner),
        },
        other => io::Error::other(other),
    }
}
