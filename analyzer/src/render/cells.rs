//! Values of a batch as text.

use anyhow::Result;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::escape;

/// One column, ready to be printed row by row.
pub struct Cells<'a> {
    array: &'a dyn Array,
    formatter: ArrayFormatter<'a>,
    decimals: Option<usize>,
}

impl<'a> Cells<'a> {
    /// `decimals` rounds numbers that are not whole; without it they are printed in full.
    pub fn new(array: &'a dyn Array, decimals: Option<usize>) -> Result<Self> {
        static OPTIONS: FormatOptions = FormatOptions::new();
        Ok(Self { array, formatter: ArrayFormatter::try_new(array, &OPTIONS)?, decimals })
    }

    /// The text of one row; NULL is empty.
    pub fn text(&self, row: usize) -> String {
        if self.array.is_null(row) {
            return String::new();
        }
        match (self.array.data_type(), self.decimals) {
            (DataType::Float64, Some(decimals)) => {
                format!("{:.decimals$}", self.array.as_primitive::<Float64Type>().value(row))
            }
            _ => {
                let text = self.formatter.value(row).to_string();
                match escape(&text) {
                    std::borrow::Cow::Borrowed(_) => text,
                    std::borrow::Cow::Owned(safe) => safe,
                }
            }
        }
    }
}
