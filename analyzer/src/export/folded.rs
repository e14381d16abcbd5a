//! The stacks of a view, folded: byte by byte what `afterwake VIEW -f` prints.

use std::io::Write;

use anyhow::Result;

use super::Export;
use crate::cli::{command::view_command, order};
use crate::failure::Failure;
use crate::output::{Output, finish};
use crate::render::{Stacks, stacks};
use crate::run::{possible, thresholds};
use crate::view::Render;

pub fn write(export: &Export<'_>, name: &str, output: &Output) -> Result<Vec<String>> {
    let session = export.session;
    let view = session.library.view(name)?;
    if !view.is(Render::Stacks) {
        return Err(Failure::usage(format!("{name} has no stacks"))
            .hint("`afterwake views` lists the views; offcputime and profile have stacks")
            .into());
    }
    let matches = view_command(&view).try_get_matches_from([name, "recording", "--folded"])?;
    let order = order::from(view, &matches, &session.recording)?;
    possible::check(session, &order.view)?;
    let batches = session.rows(&order.sql(session, &export.window))?;
    let view = &order.view;
    let page = Stacks {
        view: &view.name,
        title: &view.help,
        unit: &view.unit,
        palette: &view.palette,
        span_ns: export.window.end - export.window.start,
        batches: &batches,
    };
    let mut file = output.file()?;
    stacks::folded(&mut file as &mut dyn Write, &page)?;
    finish(file)?;
    thresholds::report(session, &[view])?;
    Ok(view.needs.clone())
}
