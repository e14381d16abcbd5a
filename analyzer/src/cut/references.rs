//! What the kept rows refer to: threads, stacks, and by way of those frames and modules.

use std::collections::HashSet;

use afterwake_schema::{Column, Stream};
use anyhow::{Context, Result};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Int64Type};

/// Tables of which only those rows are kept that others refer to, with their keys. Each stands after those that
/// refer to it.
pub const REFERRED_TO: [(&str, &str); 4] =
    [("stack", "id"), ("frame", "id"), ("module", "id"), ("thread", "thread")];

pub fn is_referred_to(table: &str) -> bool {
    REFERRED_TO.iter().any(|(name, _)| *name == table)
}

/// Keys of the rows that are referred to, by table.
#[derive(Debug, Default)]
pub struct References {
    keys: [HashSet<i64>; REFERRED_TO.len()],
}

impl References {
    /// Adds what the rows of a table refer to.
    pub fn add(&mut self, stream: &Stream, batch: &RecordBatch) {
        for (column, array) in stream.columns().iter().zip(batch.columns()) {
            if let Some(place) = target(stream, column) {
                add(&mut self.keys[place], array);
            }
        }
    }

    /// The rows of one of [`REFERRED_TO`] that others refer to.
    pub fn referred_to(&self, place: usize, batch: &RecordBatch) -> Result<RecordBatch> {
        let key = REFERRED_TO[place].1;
        let keys = batch.column_by_name(key).context("a table has its key")?;
        let keys = keys.as_primitive::<Int64Type>();
        let wanted = |key: Option<i64>| key.is_some_and(|key| self.keys[place].contains(&key));
        let mask: BooleanArray = keys.iter().map(|key| Some(wanted(key))).collect();
        Ok(filter_record_batch(batch, &mask)?)
    }
}

/// The table that a column refers to, by its place in [`REFERRED_TO`].
fn target(stream: &Stream, column: &Column) -> Option<usize> {
    // `frame.id, innermost first` refers to frames.
    let meaning = column.meaning.split(',').next()?;
    REFERRED_TO
        .iter()
        .position(|(table, key)| *table != stream.name && meaning == format!("{table}.{key}"))
}

fn add(keys: &mut HashSet<i64>, array: &ArrayRef) {
    let array = match array.data_type() {
        DataType::List(_) => array.as_list::<i32>().values(),
        _ => array,
    };
    let Some(numbers) = array.as_primitive_opt::<Int64Type>() else { return };
    // Rows of one thread lie side by side, and so do equal stacks.
    let mut last = None;
    for number in numbers.iter().filter(Option::is_some) {
        if number != last {
            keys.extend(number);
            last = number;
        }
    }
}
