//! A recording written anew from another: what `cut` and `redact` have in common.
//!
//! It grows under another name beside its target and takes the target's name when it is complete, so that
//! whatever goes wrong leaves nothing behind. Who may read it is decided by its owner: mode 0700, files 0600.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use afterwake_schema::recording::Manifest;
use afterwake_schema::{Stream, segment};
use anyhow::Result;
use arrow::compute::{cast, concat_batches};
use arrow::record_batch::RecordBatch;

use crate::failure::Failure;
use crate::recording::{Member, Recording};

/// The recording that is being written. Dropped before [`Rewrite::finish`], it is removed.
#[derive(Debug)]
pub struct Rewrite {
    target: PathBuf,
    part: PathBuf,
    tables: BTreeMap<&'static str, Table>,
}

#[derive(Debug, Default)]
struct Table {
    held: Vec<RecordBatch>,
    held_rows: usize,
    rows: u64,
    segments: u32,
}

/// The one recording that is to be changed; a folder of several is refused.
pub fn only(recording: &Recording) -> Result<&Member> {
    match recording.members() {
        [member] => Ok(member),
        members => Err(Failure::usage(format!("these are {} recordings", members.len()))
            .hint("name one of them; what is written is one recording")
            .into()),
    }
}

impl Rewrite {
    /// Begins the recording `target`, which must not exist.
    pub fn create(target: &Path) -> Result<Self> {
        if target.symlink_metadata().is_ok() {
            return Err(Failure::new(format!("{} exists", target.display()))
                .hint("choose another name with -o; nothing is overwritten")
                .into());
        }
        let name = target.file_name().ok_or_else(|| {
            Failure::usage(format!("{} is no name for a recording", target.display()))
                .hint("choose another one with -o, such as -o small.wake")
        })?;
        let part = target.with_file_name(format!(".{}.part", name.to_string_lossy()));
        match DirBuilder::new().mode(0o700).create(&part) {
            Ok(()) => Ok(Self { target: target.into(), part, tables: BTreeMap::new() }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Failure::new(format!("{} is being written by another run", target.display()))
                    .hint(format!("if there is none, remove {}", part.display()))
                    .into())
            }
            Err(error) => Err(unwritable(target, &error).into()),
        }
    }

    /// Adds rows to a table. Their columns are those of the stream, in its order, by type or castable to it.
    pub fn write(&mut self, stream: &'static Stream, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let schema = stream.arrow();
        let columns = schema.fields().iter().zip(batch.columns());
        let columns = columns
            .map(|(field, column)| cast(column, field.data_type()))
            .collect::<Result<_, _>>();
        let batch = RecordBatch::try_new(schema, columns?)?;
        let table = self.tables.entry(stream.name).or_default();
        table.held_rows += batch.num_rows();
        table.held.push(batch);
        if table.held_rows >= segment::ROW_GROUP_ROWS { self.flush(stream) } else { Ok(()) }
    }

    /// Completes the recording. The manifest's `rows` are counted here.
    pub fn finish(mut self, mut manifest: Manifest) -> Result<()> {
        for stream in afterwake_schema::streams::ALL {
            self.flush(stream)?;
        }
        manifest.rows =
            self.tables.iter().map(|(name, table)| ((*name).to_owned(), table.rows)).collect();
        let complete = || {
            manifest.write(&self.part, true)?;
            close(&self.part)?;
            fs::rename(&self.part, &self.target)
        };
        complete().map_err(|error| unwritable(&self.target, &error).into())
    }

    fn flush(&mut self, stream: &'static Stream) -> Result<()> {
        let Some(table) = self.tables.get_mut(stream.name) else { return Ok(()) };
        if table.held.is_empty() {
            return Ok(());
        }
        let batch = concat_batches(&stream.arrow(), &table.held)?;
        segment::write(&self.part, stream, table.segments, &batch)
            .map_err(|error| unwritable(&self.target, &error))?;
        table.segments += 1;
        table.rows += batch.num_rows() as u64;
        table.held.clear();
        table.held_rows = 0;
        Ok(())
    }
}

impl Drop for Rewrite {
    fn drop(&mut self) {
        // After `finish` there is nothing under this name any more.
        let _ = fs::remove_dir_all(&self.part);
    }
}

/// Keeps everything in the directory from others.
fn close(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let is_directory = entry.file_type()?.is_dir();
        let mode = if is_directory { 0o700 } else { 0o600 };
        fs::set_permissions(entry.path(), Permissions::from_mode(mode))?;
        if is_directory {
            close(&entry.path())?;
        }
    }
    Ok(())
}

fn unwritable(target: &Path, error: &io::Error) -> Failure {
    let path = target.display();
    let hint = match error.kind() {
        io::ErrorKind::StorageFull => "make room, or choose another place with -o",
        _ => "choose another place with -o",
    };
    Failure::new(format!("{path} cannot be written: {error}")).hint(hint)
}
