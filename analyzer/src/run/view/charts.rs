//! A view's rows as a picture.

use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result};
use arrow::record_batch::RecordBatch;

use super::{Order, write_svg};
use crate::render::chart::{Answer, Page, Shape, svg};
use crate::run::Session;
use crate::view::Render;

/// Runs the view once per block and draws all of it; gives the number of rows.
pub fn draw(session: &Session, order: &Order, blocks: &[Range<i64>], path: &Path) -> Result<usize> {
    let view = &order.view;
    let mut answers = Vec::new();
    for block in blocks {
        let mut batches = session.rows(&order.sql(session, block))?;
        if let Some(batch) = batches.first() {
            let shown = order.shown(&batch.schema())?;
            // A chart of a table may be drawn from columns that the text leaves out.
            if matches!(order.render(), Render::Histogram(_)) {
                batches =
                    batches.iter().map(|batch| batch.project(&shown)).collect::<Result<_, _>>()?;
            }
        }
        answers.push(Answer { block: block.clone(), batches });
    }
    let shape = match (order.render(), order.interval) {
        (Render::Histogram(buckets), Some(_)) => Shape::HeatOfHistograms(buckets),
        (Render::Histogram(buckets), None) => Shape::Bars(buckets),
        _ => Shape::Table(view.chart.as_ref().context("--svg draws only the histogram")?),
    };
    let page = Page {
        view: &view.name,
        title: &view.help,
        window: order.window.clone(),
        start: session.recording.span().start,
        clock: session.recording.wall_clock(),
        answers: &answers,
    };
    let picture = svg(&page, &shape)?;
    write_svg(path, |out| out.write_all(picture.as_bytes()))?;
    let rows = answers.iter().flat_map(|answer| &answer.batches).map(RecordBatch::num_rows);
    Ok(rows.sum())
}
