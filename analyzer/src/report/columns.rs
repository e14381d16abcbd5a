//! Columns of a batch by name.

use anyhow::{Context, Result};
use arrow::array::{Array, AsArray, Int64Array, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use arrow::record_batch::RecordBatch;

pub fn numbers(batch: &RecordBatch, name: &str) -> Result<Int64Array> {
    let column =
        batch.column_by_name(name).with_context(|| format!("there is no column {name}"))?;
    Ok(cast(column, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

pub fn texts(batch: &RecordBatch, name: &str) -> Result<StringViewArray> {
    let column =
        batch.column_by_name(name).with_context(|| format!("there is no column {name}"))?;
    Ok(cast(column, &DataType::Utf8View)?.as_string_view().clone())
}

/// A value that may be missing.
pub fn value(array: &Int64Array, row: usize) -> Option<i64> {
    array.is_valid(row).then(|| array.value(row))
}
