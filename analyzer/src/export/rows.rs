//! Results of queries, row by row, without holding more than a batch of them.

use anyhow::Result;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, SchemaRef};

use crate::run::{Session, Take};

/// One row of a result. Columns are named by their place.
pub struct Row<'a> {
    columns: &'a [ArrayRef],
    row: usize,
}

impl Row<'_> {
    /// A number; `None` for NULL.
    pub fn number(&self, column: usize) -> Option<i64> {
        let array = self.columns[column].as_primitive_opt::<Int64Type>()?;
        array.is_valid(self.row).then(|| array.value(self.row))
    }

    /// A text; empty for NULL.
    pub fn text(&self, column: usize) -> &str {
        let array = self.columns[column].as_string_view_opt();
        array.filter(|array| array.is_valid(self.row)).map_or("", |array| array.value(self.row))
    }

    /// A truth value; false for NULL.
    pub fn flag(&self, column: usize) -> bool {
        let array = self.columns[column].as_boolean_opt();
        array.is_some_and(|array| array.is_valid(self.row) && array.value(self.row))
    }

    /// A list of numbers; empty for NULL.
    pub fn numbers(&self, column: usize) -> Vec<i64> {
        let array = self.columns[column].as_list_opt::<i32>();
        let list =
            array.filter(|array| array.is_valid(self.row)).map(|array| array.value(self.row));
        let numbers = list.as_ref().and_then(|list| list.as_primitive_opt::<Int64Type>());
        numbers.map(|numbers| numbers.values().to_vec()).unwrap_or_default()
    }
}

/// Runs SQL and hands on every row of the result.
pub fn each(session: &Session, sql: &str, of: impl FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
    session.query(sql, &mut Each(of))
}

struct Each<F>(F);

impl<F: FnMut(&Row<'_>) -> Result<()>> Take for Each<F> {
    fn schema(&mut self, _schema: &SchemaRef) -> Result<()> {
        Ok(())
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<()> {
        let columns: Vec<ArrayRef> = batch.columns().iter().map(plain).collect::<Result<_>>()?;
        (0..batch.num_rows()).try_for_each(|row| (self.0)(&Row { columns: &columns, row }))
    }
}

/// Whole numbers as 64 bits, texts in one representation.
fn plain(array: &ArrayRef) -> Result<ArrayRef> {
    let to = match array.data_type() {
        number if number.is_integer() => DataType::Int64,
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        _ => return Ok(array.clone()),
    };
    Ok(cast(array, &to)?)
}
