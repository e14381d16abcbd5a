//! Columns of a table as what is drawn.

use anyhow::{Context, Result};
use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use arrow::record_batch::RecordBatch;

use super::super::cells::Cells;
use super::Page;

/// The numbers of a column; NULL and what is no number is nothing.
pub fn numbers(batch: &RecordBatch, name: &str) -> Result<Vec<Option<f64>>> {
    let array = batch.column_by_name(name).with_context(|| format!("there is no column {name}"))?;
    let array = cast(array, &DataType::Float64)?;
    let numbers = array.as_primitive::<Float64Type>();
    Ok(numbers.iter().map(|number| number.filter(|number| number.is_finite())).collect())
}

pub fn texts(batch: &RecordBatch, name: &str) -> Result<Vec<String>> {
    let array = batch.column_by_name(name).with_context(|| format!("there is no column {name}"))?;
    let cells = Cells::new(array, Some(3))?;
    Ok((0..array.len()).map(|row| cells.text(row)).collect())
}

/// Seconds since the begin of the window.
pub fn seconds(page: &Page, batch: &RecordBatch, name: &str) -> Result<Vec<Option<f64>>> {
    if name.ends_with("_s") {
        let before = (page.window.start - page.start) as f64 / 1e9;
        let numbers = numbers(batch, name)?.into_iter();
        return Ok(numbers.map(|number| Some(number? - before)).collect());
    }
    let array = batch.column_by_name(name).with_context(|| format!("there is no column {name}"))?;
    let array = array.as_primitive_opt::<Int64Type>();
    let instants = array.with_context(|| format!("{name} is no BIGINT, so it is no instant"))?;
    let since = |instant: i64| (instant - page.window.start) as f64 / 1e9;
    Ok(instants.iter().map(|instant| instant.map(since)).collect())
}
