//! A view's stacks as text, folded, or as a flame graph.

use std::fs::File;
use std::io::{Write, stderr};
use std::ops::Range;
use std::path::Path;

use anyhow::Result;

use super::Order;
use crate::failure::Failure;
use crate::render::{Stacks, flame, stacks};
use crate::run::{Session, stdout};

/// Runs the view once per block and prints or draws the stacks.
pub async fn print(session: &Session, order: &Order, blocks: &[Range<i64>]) -> Result<()> {
    let mut out = stdout();
    for block in blocks {
        let batches = session.rows(&order.sql(session, block)).await?;
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
            Some(path) => write_svg(path, &page)?,
            None if order.output.folded => stacks::folded(&mut out, &page)?,
            None => stacks::text(&mut out, &page)?,
        }
        out.flush()?;
        stacks::totals(&mut stderr(), &page)?;
    }
    Ok(())
}

fn write_svg(path: &Path, page: &Stacks) -> Result<()> {
    let unwritable = |error: std::io::Error| {
        Failure::new(format!("{} cannot be written: {error}", path.display()))
            .hint("--svg names a file; `--svg -` writes to standard output")
    };
    if path == Path::new("-") {
        let mut out = stdout();
        flame::svg(&mut out, page)?;
        return Ok(out.flush()?);
    }
    let mut file = std::io::BufWriter::new(File::create(path).map_err(unwritable)?);
    flame::svg(&mut file, page)?;
    file.flush().map_err(unwritable)?;
    eprintln!("wrote {}", path.display());
    Ok(())
}
