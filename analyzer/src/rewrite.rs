//! A recording written anew from another: what `cut` and `redact` have in common.
//!
//! It is an [`Output`]: whole or not at all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use afterwake_schema::recording::Manifest;
use afterwake_schema::{Stream, encoding, segment};
use anyhow::Result;
use arrow::array::{Array, AsArray, UInt32Array};
use arrow::compute::{cast, concat_batches, take_record_batch};
use arrow::datatypes::{Int64Type, Schema};
use arrow::record_batch::RecordBatch;

use crate::failure::Failure;
use crate::output::Output;
use crate::recording::{Member, Recording, schema};

/// The recording that is being written. Dropped before [`Rewrite::finish`], it is removed.
#[derive(Debug)]
pub struct Rewrite {
    output: Output,
    directory: PathBuf,
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
        let output = Output::named(target)?;
        let directory = output.directory()?.to_owned();
        Ok(Self { output, directory, tables: BTreeMap::new() })
    }

    /// Adds rows to a table. Their columns are those of the stream, in its order, by type or castable to it.
    pub fn write(&mut self, stream: &'static Stream, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        // As tables are read: text in views, so that a long name is not copied into every row.
        let schema = schema(stream);
        let columns = schema.fields().iter().zip(batch.columns());
        let columns = columns
            .map(|(field, column)| cast(column, field.data_type()))
            .collect::<Result<_, _>>();
        let batch = RecordBatch::try_new(schema, columns?)?;
        let table = self.tables.entry(stream.name).or_default();
        table.held_rows += batch.num_rows();
        table.held.push(batch);
        if table.held_rows >= encoding::ROW_GROUP_ROWS { self.flush(stream) } else { Ok(()) }
    }

    /// Ends the recording; where that is not complete which it was made of, this one has no `recording.json` either.
    /// The manifest's `rows` are counted here.
    pub fn finish(mut self, mut manifest: Manifest, complete: bool) -> Result<()> {
        for stream in afterwake_schema::streams::ALL {
            self.flush(stream)?;
        }
        manifest.rows =
            self.tables.iter().map(|(name, table)| ((*name).to_owned(), table.rows)).collect();
        let written = manifest.write(&self.directory, complete);
        written.map_err(|error| self.output.unwritable(&error))?;
        self.output.publish()
    }

    /// Writes what is held of a table. A table that is complete need not be held any longer.
    pub fn flush(&mut self, stream: &'static Stream) -> Result<()> {
        let Some(table) = self.tables.get_mut(stream.name) else { return Ok(()) };
        if table.held.is_empty() {
            return Ok(());
        }
        let batch = concat_batches(&schema(stream), &table.held)?;
        let batch = in_order(stream, &declared(stream, &batch)?)?;
        segment::write(&self.directory, stream, table.segments, &batch)
            .map_err(|error| self.output.unwritable(&error))?;
        table.segments += 1;
        table.rows += batch.num_rows() as u64;
        table.held.clear();
        table.held_rows = 0;
        Ok(())
    }
}

/// The batch with the columns as declared, but for those that a recorder did not know, which are NULL.
fn declared(stream: &Stream, batch: &RecordBatch) -> Result<RecordBatch> {
    let fields = batch.schema();
    let fields = fields.fields().iter().zip(stream.columns()).zip(batch.columns());
    let fields = fields.map(|((field, column), array)| {
        field.as_ref().clone().with_nullable(column.nullable || array.null_count() > 0)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    Ok(RecordBatch::try_new(schema, batch.columns().to_vec())?)
}

/// The rows in the order that the stream declares for a segment. What comes from several segments is several runs
/// in order, which this sort merges.
fn in_order(stream: &Stream, batch: &RecordBatch) -> Result<RecordBatch> {
    let columns: Vec<_> = stream
        .order
        .iter()
        .filter_map(|name| batch.column_by_name(name)?.as_primitive_opt::<Int64Type>())
        .collect();
    // As the recorder compares them: without a sign, an unknown one first.
    let key = |row: u32| {
        let value = |place: usize| {
            columns
                .get(place)
                .filter(|column| column.is_valid(row as usize))
                .map_or(0, |column| column.value(row as usize) as u64)
        };
        (value(0), value(1))
    };
    let mut rows: Vec<u32> = (0..batch.num_rows() as u32).collect();
    if rows.is_sorted_by_key(|row| key(*row)) {
        return Ok(batch.clone());
    }
    rows.sort_by_key(|row| key(*row));
    Ok(take_record_batch(batch, &UInt32Array::from(rows))?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use afterwake_schema::streams::by_name;
    use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
    use arrow::datatypes::Int64Type;

    use super::in_order;

    #[test]
    fn rows_are_brought_into_the_order_of_their_stream() {
        let column = |numbers: Vec<Option<i64>>| Arc::new(Int64Array::from(numbers)) as ArrayRef;
        let threads = column([2, 1, 2, 1].map(Some).into());
        let seqs = column([1, 7, 0, 6].map(Some).into());
        let batch = RecordBatch::try_from_iter([("thread", threads), ("seq", seqs)]).unwrap();
        let sorted = in_order(by_name("wait").unwrap(), &batch).unwrap();
        let number = |column: usize| sorted.column(column).as_primitive::<Int64Type>().values();
        assert_eq!((&number(0)[..], &number(1)[..]), (&[1, 1, 2, 2][..], &[6, 7, 0, 1][..]));
        // A request that is still under way has no end yet, and comes first.
        let ends = column(vec![Some(5), None, Some(3)]);
        let batch = RecordBatch::try_from_iter_with_nullable([("done_ts", ends, true)]).unwrap();
        let sorted = in_order(by_name("block_io").unwrap(), &batch).unwrap();
        let ends: Vec<_> = sorted.column(0).as_primitive::<Int64Type>().iter().collect();
        assert_eq!(ends, [None, Some(3), Some(5)]);
    }
}
