//! A view's rows in one of the formats, or as histograms.

use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use anyhow::Result;
use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;

use super::Order;
use crate::recording::WallClock;
use crate::render::{self, Format, HistogramSink, Sink, TableStyle};
use crate::run::{Session, Take};
use crate::view::Render;

/// Runs the view once per block and prints the rows, of which it gives the number.
pub fn print(
    session: &Session,
    order: &Order,
    blocks: &[Range<i64>],
    out: &mut dyn Write,
) -> Result<usize> {
    let mut count = 0;
    let is_text = order.output.format == Format::Table;
    if is_text {
        for (number, block) in blocks.iter().enumerate() {
            if order.interval.is_some() {
                let gap = if number == 0 { "" } else { "\n" };
                let time = session.recording.wall_clock().time_of_day(block.start);
                writeln!(out, "{gap}{time}")?;
            }
            let mut rows = Rows::new(session, order, out);
            session.query(&order.sql(session, block), &mut rows)?;
            count += rows.finish()?;
        }
        return Ok(count);
    }
    let mut rows = Rows::new(session, order, out);
    for block in blocks {
        rows.begin = order.interval.map(|_| block.start);
        session.query(&order.sql(session, block), &mut rows)?;
    }
    rows.finish()
}

/// Hands the shown columns of a result to the sink of its format, which exists once the schema is known.
struct Rows<'a> {
    order: &'a Order,
    clock: WallClock,
    out: Option<&'a mut dyn Write>,
    sink: Option<Box<dyn Sink + 'a>>,
    shown: Vec<usize>,
    /// The begin of the interval, for formats that have it as a column.
    begin: Option<i64>,
    count: usize,
}

impl<'a> Rows<'a> {
    fn new(session: &Session, order: &'a Order, out: &'a mut dyn Write) -> Self {
        let clock = session.recording.wall_clock();
        let (sink, shown, begin, count) = (None, Vec::new(), None, 0);
        Self { order, clock, out: Some(out), sink, shown, begin, count }
    }

    fn finish(mut self) -> Result<usize> {
        self.sink.as_mut().map_or(Ok(()), |sink| sink.finish())?;
        Ok(self.count)
    }

    fn arrange(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let batch = batch.project(&self.shown)?;
        let Some(begin) = self.begin else { return Ok(batch) };
        let begins: ArrayRef = Arc::new(Int64Array::from(vec![begin; batch.num_rows()]));
        let columns = [vec![begins], batch.columns().to_vec()].concat();
        Ok(RecordBatch::try_new(with_begin(&batch.schema()), columns)?)
    }
}

fn with_begin(schema: &SchemaRef) -> SchemaRef {
    let begin = Arc::new(Field::new("interval_ts", DataType::Int64, false));
    let fields = std::iter::once(begin).chain(schema.fields().iter().cloned());
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

impl Take for Rows<'_> {
    fn schema(&mut self, schema: &SchemaRef) -> Result<()> {
        self.shown = self.order.shown(schema)?;
        let Some(out) = self.out.take() else { return Ok(()) };
        let mut shown = Arc::new(schema.project(&self.shown)?);
        if self.begin.is_some() {
            shown = with_begin(&shown);
        }
        let format = self.order.output.format;
        self.sink = Some(match (self.order.render(), format) {
            (Render::Histogram(buckets), Format::Table) => {
                Box::new(HistogramSink::new(out, buckets, self.clock))
            }
            _ => {
                let column = |index: &usize| self.order.view.columns[*index].heading.clone();
                let headings = self.shown.iter().map(column).collect();
                let style = TableStyle::View { clock: self.clock, headings };
                render::sink(format, out, &shown, style)?
            }
        });
        Ok(())
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<()> {
        self.count += batch.num_rows();
        let batch = self.arrange(&batch)?;
        self.sink.as_mut().map_or(Ok(()), |sink| sink.write(&batch))
    }
}
