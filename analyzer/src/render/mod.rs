//! What comes out of a query, as text, data or picture.
//!
//! A [`Sink`] takes batches as they come; everything from a recording passes [`escape`] before it
//! reaches a terminal.

mod arrow_stream;
mod cells;
pub mod chart;
mod csv;
mod escape;
pub mod flame;
mod histogram;
mod json;
pub mod stacks;
mod table;

use std::io::Write;

use anyhow::Result;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

pub use arrow_stream::ArrowSink;
pub use cells::Cells;
pub use csv::CsvSink;
pub use escape::escape;
pub use histogram::{HistogramSink, Sections};
pub use json::JsonSink;
pub use table::{TableSink, heading};

use crate::recording::WallClock;

/// `--format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Table,
    Csv,
    Json,
    Arrow,
}

impl Format {
    pub const NAMES: [&str; 4] = ["table", "csv", "json", "arrow"];

    pub fn named(name: &str) -> Self {
        match name {
            "csv" => Self::Csv,
            "json" => Self::Json,
            "arrow" => Self::Arrow,
            _ => Self::Table,
        }
    }
}

/// Takes the rows of one result.
pub trait Sink {
    fn write(&mut self, batch: &RecordBatch) -> Result<()>;
    /// Ends the result; a result without rows still gets its headings.
    fn finish(&mut self) -> Result<()>;
}

/// The sink for a result of that schema in any format but as a histogram or as stacks.
pub fn sink<'a>(
    format: Format,
    out: &'a mut dyn Write,
    schema: &SchemaRef,
    table: TableStyle,
) -> Result<Box<dyn Sink + 'a>> {
    Ok(match format {
        Format::Table => Box::new(TableSink::new(out, schema, table)),
        Format::Csv => Box::new(CsvSink::new(out, schema)?),
        Format::Json => Box::new(JsonSink::new(out)),
        Format::Arrow => Box::new(ArrowSink::new(out, schema)?),
    })
}

/// How a table's columns are named and its instants shown.
#[derive(Clone, Debug, Default)]
pub enum TableStyle {
    /// Names as they are: the answer to a piece of SQL.
    #[default]
    Plain,
    /// Headings like those of the tools, given or made of the names, and the column `time` as wall-clock time.
    View { clock: WallClock, headings: Vec<Option<String>> },
}

impl TableStyle {
    /// Like a view of which nothing is known.
    pub fn view() -> Self {
        Self::View { clock: WallClock::default(), headings: Vec::new() }
    }
}

/// The result of a stack view, as [`stacks`] and [`flame`] take it.
pub struct Stacks<'a> {
    /// Name of the view.
    pub view: &'a str,
    /// Its one-line help.
    pub title: &'a str,
    /// Of the values: `us`, `ns` or `samples`.
    pub unit: &'a str,
    /// How [`flame`] colours it.
    pub palette: &'a str,
    /// Length of the window that was asked for, in nanoseconds.
    pub span_ns: i64,
    /// The rows: at least the columns `folded` and `value`.
    pub batches: &'a [RecordBatch],
}
