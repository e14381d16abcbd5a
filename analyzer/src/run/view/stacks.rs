//! A view's stacks as text, folded, or as a flame graph.

use std::io::Write;
use std::ops::Range;

use anyhow::Result;
use arrow::record_batch::RecordBatch;

use super::{Order, write_svg};
use crate::render::{Stacks, flame, stacks};
use crate::run::Session;

/// Runs the view once per block and prints or draws the stacks; what they add up to goes to `err`.
pub fn print(
    session: &Session,
    order: &Order,
    blocks: &[Range<i64>],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<usize> {
    let mut rows = 0;
    for block in blocks {
        let batches = session.rows(&order.sql(session, block))?;
        rows += batches.iter().map(RecordBatch::num_rows).sum::<usize>();
        if let Some(batch) = batches.first() {
            order.shown(&batch.schema())?;
        }
        let view = &order.view;
        let page = Stacks {
            view: &view.name,
            title: &view.help,
            unit: if view.unit.is_empty() { "us" } else { &view.unit },
            palette: &view.palette,
            span_ns: block.end - block.start,
            batches: &batches,
        };
        if order.interval.is_some() && order.output.svg.is_none() {
            writeln!(out, "{}", session.recording.wall_clock().time_of_day(block.start))?;
        }
        match &order.output.svg {
            Some(path) => write_svg(path, |file| flame::svg(file, &page))?,
            None if order.output.folded => stacks::folded(out, &page)?,
            None => stacks::text(out, &page)?,
        }
        out.flush()?;
        stacks::totals(err, &page)?;
    }
    Ok(rows)
}
