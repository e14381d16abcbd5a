//! Plain aligned columns, as the BCC tools print them.

use std::io::Write;

use anyhow::Result;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Int64Type, SchemaRef};
use arrow::record_batch::RecordBatch;

use super::cells::Cells;
use super::{Sink, TableStyle};
use crate::recording::WallClock;

/// Widths are those of the first rows; later rows that need more push their line to the right.
const ROWS_MEASURED: usize = 4096;
const GAP: &str = "  ";
const DECIMALS: usize = 3;
/// A wider column would push the rest off the screen for the sake of one row.
const WIDEST: usize = 64;

pub struct TableSink<'a> {
    out: &'a mut dyn Write,
    clock: WallClock,
    columns: Vec<Column>,
    /// Rows that wait until the widths are known; `None` once they are.
    waiting: Option<Vec<Vec<String>>>,
}

struct Column {
    heading: String,
    right: bool,
    time: bool,
    width: usize,
}

impl<'a> TableSink<'a> {
    pub fn new(out: &'a mut dyn Write, schema: &SchemaRef, style: TableStyle) -> Self {
        let (of_view, clock, headings) = match style {
            TableStyle::Plain => (false, WallClock::default(), Vec::new()),
            TableStyle::View { clock, headings } => (true, clock, headings),
        };
        let mut headings = headings.into_iter();
        let columns = schema.fields().iter().map(|field| {
            let name = field.name();
            let time = of_view && name == "time" && field.data_type() == &DataType::Int64;
            let given = headings.next().flatten();
            let made = || if of_view { heading(name) } else { name.clone() };
            let heading = given.unwrap_or_else(made);
            let width = heading.chars().count();
            Column { heading, right: field.data_type().is_numeric() && !time, time, width }
        });
        Self { out, clock, columns: columns.collect(), waiting: Some(Vec::new()) }
    }

    fn text(&self, column: &Column, array: &dyn Array, cells: &Cells, row: usize) -> String {
        if column.time && !array.is_null(row) {
            return self.clock.time_of_day(array.as_primitive::<Int64Type>().value(row));
        }
        cells.text(row)
    }

    fn release(&mut self) -> Result<()> {
        let Some(rows) = self.waiting.take() else { return Ok(()) };
        for row in &rows {
            for (column, cell) in self.columns.iter_mut().zip(row) {
                column.width = column.width.max(cell.chars().count().min(WIDEST));
            }
        }
        let headings: Vec<_> = self.columns.iter().map(|column| column.heading.clone()).collect();
        self.line(&headings)?;
        rows.iter().try_for_each(|row| self.line(row))
    }

    fn line(&mut self, cells: &[String]) -> Result<()> {
        let mut line = String::new();
        for (index, (column, cell)) in self.columns.iter().zip(cells).enumerate() {
            if index > 0 {
                line.push_str(GAP);
            }
            let pad = column.width.saturating_sub(cell.chars().count());
            let (before, after) = if column.right { (pad, 0) } else { (0, pad) };
            line.extend(std::iter::repeat_n(' ', before));
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', after));
        }
        Ok(writeln!(self.out, "{}", line.trim_end())?)
    }
}

impl Sink for TableSink<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let cells: Vec<_> = batch
            .columns()
            .iter()
            .map(|array| Cells::new(array, Some(DECIMALS)))
            .collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            let texts: Vec<_> = (self.columns.iter().zip(batch.columns()).zip(&cells))
                .map(|((column, array), cells)| self.text(column, array, cells, row))
                .collect();
            match &mut self.waiting {
                Some(rows) if rows.len() < ROWS_MEASURED => rows.push(texts),
                _ => {
                    self.release()?;
                    self.line(&texts)?;
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.release()?;
        Ok(self.out.flush()?)
    }
}

/// The heading of a column of a view: `lat_us` is `LAT(us)`.
pub fn heading(name: &str) -> String {
    for unit in ["ns", "us", "ms", "s", "bytes", "pct"] {
        if let Some(stem) = name.strip_suffix(unit).and_then(|stem| stem.strip_suffix('_')) {
            let unit = if unit == "pct" { "%" } else { unit };
            return format!("{}({unit})", stem.to_uppercase());
        }
    }
    name.to_uppercase()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

    use super::*;

    fn print(batch: &RecordBatch, style: TableStyle) -> String {
        let mut text = Vec::new();
        let mut sink = TableSink::new(&mut text, &batch.schema(), style);
        sink.write(batch).unwrap();
        sink.finish().unwrap();
        drop(sink);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn columns_line_up() {
        let clock = WallClock { wall_minus_clock_ns: 3_600_000_000_000, utc_offset_s: 60 };
        let batch = RecordBatch::try_from_iter([
            ("time", Arc::new(Int64Array::from(vec![Some(0), None])) as ArrayRef),
            ("comm", Arc::new(StringArray::from(vec!["a\x1b[m", "bash"]))),
            ("lat_us", Arc::new(Int64Array::from(vec![7, 12345678]))),
            ("load", Arc::new(Float64Array::from(vec![0.12345, 10.0]))),
        ])
        .unwrap();
        assert_eq!(
            print(&batch, TableStyle::View { clock, headings: vec![None, Some("Comm".into())] }),
            "TIME      Comm      LAT(us)    LOAD\n\
             01:01:00  a\\x1b[m         7   0.123\n\
             \u{20}         bash     12345678  10.000\n"
        );
    }

    #[test]
    fn no_rows_still_have_headings() {
        let batch = RecordBatch::try_from_iter([(
            "x",
            Arc::new(Int64Array::from(Vec::<i64>::new())) as ArrayRef,
        )])
        .unwrap();
        assert_eq!(print(&batch, TableStyle::Plain), "x\n");
    }
}
