//! Comma-separated values, as RFC 4180 has them but with control characters escaped.

use std::io::Write;

use anyhow::Result;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::Sink;
use super::cells::Cells;

pub struct CsvSink<'a> {
    out: &'a mut dyn Write,
}

impl<'a> CsvSink<'a> {
    pub fn new(out: &'a mut dyn Write, schema: &SchemaRef) -> Result<Self> {
        let names: Vec<_> = schema.fields().iter().map(|field| quoted(field.name())).collect();
        writeln!(out, "{}", names.join(","))?;
        Ok(Self { out })
    }
}

impl Sink for CsvSink<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns: Vec<_> =
            batch.columns().iter().map(|array| Cells::new(array, None)).collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            for (index, column) in columns.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                write!(self.out, "{comma}{}", quoted(&column.text(row)))?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        Ok(self.out.flush()?)
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into()
    }
}
