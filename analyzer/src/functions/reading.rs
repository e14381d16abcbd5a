//! Reads tables of the recording on behalf of a function, outside of the query that calls it.

use std::sync::Arc;
use std::thread;

use arrow::array::{Array, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::cast::as_string_view_array;
use datafusion::common::{DataFusionError, Result, exec_datafusion_err};
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};

use crate::recording::Recording;

/// Columns of a table, to be executed.
pub fn columns(
    recording: &Recording,
    table: &str,
    columns: &[&str],
    partitions: usize,
) -> Result<DataFrame> {
    let provider = recording
        .table_named(table)
        .ok_or_else(|| exec_datafusion_err!("there is no table {table}"))?;
    let config = SessionConfig::new().with_target_partitions(partitions).with_batch_size(8 * 1024);
    let state = SessionStateBuilder::new().with_config(config).build();
    SessionContext::new_with_state(state).read_table(provider)?.select_columns(columns)
}

/// All rows of some columns. On a thread of its own, since functions run inside the query's runtime.
pub fn rows(recording: &Arc<Recording>, table: &str, names: &[&str]) -> Result<Vec<RecordBatch>> {
    let frame = columns(recording, table, names, 1)?;
    let read = || -> Result<Vec<RecordBatch>> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(|error| DataFusionError::External(error.into()))?;
        runtime.block_on(frame.collect())
    };
    thread::scope(|scope| scope.spawn(read).join())
        .unwrap_or_else(|_| Err(exec_datafusion_err!("reading the table {table} failed")))
}

/// A column of numbers; NULL reads as `None`.
pub fn number(batch: &RecordBatch, column: usize) -> impl Fn(usize) -> Option<i64> + '_ {
    let array = batch.column(column).as_primitive_opt::<Int64Type>();
    move |row| array.filter(|array| array.is_valid(row)).map(|array| array.value(row))
}

/// A column of truth values; NULL reads as false.
pub fn flag(batch: &RecordBatch, column: usize) -> impl Fn(usize) -> bool + '_ {
    let array = batch.column(column).as_boolean_opt();
    move |row| array.is_some_and(|array| array.is_valid(row) && array.value(row))
}

/// A column of text, whatever its representation.
pub fn text(batch: &RecordBatch, column: usize) -> Result<StringViewArray> {
    let array = arrow::compute::cast(batch.column(column), &DataType::Utf8View)?;
    Ok(as_string_view_array(&array)?.clone())
}
