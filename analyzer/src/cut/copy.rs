//! Copies the part that is kept, table by table, and then what its rows refer to.

use std::collections::BTreeSet;
use std::path::Path;

use afterwake_schema::Stream;
use afterwake_schema::streams;
use anyhow::{Context, Result};
use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, SchemaRef};

use super::manifest;
use super::part::{Part, process_columns};
use super::references::{REFERRED_TO, References};
use crate::failure::Failure;
use crate::recording::Member;
use crate::rewrite::Rewrite;
use crate::run::{Session, Take};

/// Writes the part to `target`.
pub fn write(session: &Session, member: &Member, part: &Part, target: &Path) -> Result<()> {
    let mut copy = Copy {
        rewrite: Rewrite::create(target)?,
        references: References::default(),
        absent: part.pids.clone(),
    };
    for stream in streams::ALL {
        if let Some(sql) = part.sql(stream) {
            session.query(&sql, &mut Rows { copy: &mut copy, stream, place: None })?;
            copy.rewrite.flush(stream)?;
        }
    }
    if let Some(pid) = copy.absent.first() {
        return Err(Failure::new(format!("process {pid} has no part in this"))
            .hint("`afterwake pidstat RECORDING` lists processes, and takes --from and --to too")
            .into());
    }
    for (place, (table, _)) in REFERRED_TO.iter().enumerate() {
        let stream = streams::by_name(table).context("a table is declared")?;
        let sql = format!("SELECT * FROM \"{table}\"");
        session.query(&sql, &mut Rows { copy: &mut copy, stream, place: Some(place) })?;
        copy.rewrite.flush(stream)?;
    }
    // Whether the whole one had its end is told by `cut.complete`.
    copy.rewrite.finish(manifest::of_part(&session.recording, member, part), true)
}

struct Copy {
    rewrite: Rewrite,
    references: References,
    /// Processes that were asked for and have not been seen yet.
    absent: BTreeSet<u32>,
}

/// Takes the rows of one table.
struct Rows<'a> {
    copy: &'a mut Copy,
    stream: &'static Stream,
    /// Where others refer to the table: its place among [`REFERRED_TO`].
    place: Option<usize>,
}

impl Take for Rows<'_> {
    fn schema(&mut self, _schema: &SchemaRef) -> Result<()> {
        Ok(())
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<()> {
        let batch = match self.place {
            Some(place) => self.copy.references.referred_to(place, &batch)?,
            None => batch,
        };
        if self.place.is_none() && !self.copy.absent.is_empty() {
            for column in process_columns(self.stream) {
                batch.column_by_name(column).into_iter().for_each(|pids| self.see(pids));
            }
        }
        self.copy.references.add(self.stream, &batch);
        self.copy.rewrite.write(self.stream, &batch)
    }
}

impl Rows<'_> {
    fn see(&mut self, pids: &ArrayRef) {
        let pids = pids.as_primitive_opt::<Int32Type>().into_iter().flatten();
        for pid in pids.flatten() {
            self.copy.absent.remove(&(pid as u32));
        }
    }
}
