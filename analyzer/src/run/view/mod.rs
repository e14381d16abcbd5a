//! Runs one view as the command line asks for it.

mod charts;
mod parts;
pub mod possible;
mod rows;
mod stacks;
pub mod thresholds;

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write, stderr};
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::Result;
use arrow::datatypes::SchemaRef;

pub use parts::print_all as print_parts;

use super::{Interval, Session, losses, stdout};
use crate::failure::Failure;
use crate::render::Format;
use crate::view::{Column, Extent, Render, View, substitute};

/// A view with everything that the command line says about it.
pub struct Order {
    pub view: View,
    /// Literals of the view's parameters; those of the window are added here.
    pub literals: BTreeMap<String, String>,
    pub window: Range<i64>,
    pub interval: Option<Interval>,
    pub output: Output,
    /// What a view made of parts consists of.
    pub parts: Vec<Piece>,
}

/// A part: the first of some views that has rows.
pub struct Piece {
    pub heading: String,
    pub extent: Extent,
    pub choices: Vec<Choice>,
}

/// One of them.
pub struct Choice {
    /// The command that shows all of it.
    pub command: String,
    /// Or why it cannot be shown.
    pub order: Result<Order>,
}

/// Where the rows go.
#[derive(Clone, Debug, Default)]
pub struct Output {
    pub format: Format,
    pub folded: bool,
    pub svg: Option<PathBuf>,
    pub show_sql: bool,
}

/// Runs the view; what it misses is said on stderr.
pub fn run(session: &Session, order: &Order) -> Result<()> {
    if order.output.show_sql {
        let sql = substitute(&order.view.sql, &order.all_literals(session, &order.window));
        return Ok(writeln!(stdout(), "{}", sql.trim())?);
    }
    if order.output.format == Format::Arrow && std::io::stdout().is_terminal() {
        return Err(Failure::usage("the Arrow format is not for a terminal")
            .hint("send it to a file or a program: --format arrow > rows.arrow")
            .into());
    }
    let mut out = stdout();
    if order.view.is(Render::Parts) {
        parts::print_all(session, order, &mut out)?;
    } else {
        let count = print(session, order, &mut out, &mut stderr())?;
        if count == 0 && order.output.format == Format::Table {
            say!("note: there is nothing to show in this window, with these flags");
        }
    }
    drop(out);
    let parts = order.parts.iter().flat_map(|piece| &piece.choices);
    let parts = parts.filter_map(|choice| choice.order.as_ref().ok());
    let views: Vec<&View> =
        std::iter::once(&order.view).chain(parts.map(|part| &part.view)).collect();
    thresholds::report(session, &views)?;
    losses::report(session, &losses::tables(session, &views))
}

/// Runs the view and says how many rows there were.
fn print(
    session: &Session,
    order: &Order,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<usize> {
    possible::check(session, &order.view)?;
    let mut blocks = match order.interval {
        Some(interval) => interval.blocks(&order.window)?,
        None => Vec::new(),
    };
    if blocks.is_empty() {
        blocks.push(order.window.clone());
    }
    match (order.render(), order.output.format, &order.output.svg) {
        (Render::Stacks, Format::Table, _) => stacks::print(session, order, &blocks, out, err),
        (_, _, Some(path)) => charts::draw(session, order, &blocks, path),
        _ => rows::print(session, order, &blocks, out),
    }
}

/// Writes a picture to the file that `--svg` names.
pub fn write_svg(path: &Path, draw: impl Fn(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    let unwritable = |error: std::io::Error| {
        Failure::new(format!("{} cannot be written: {error}", path.display()))
            .hint("--svg names a file; `--svg -` writes to standard output")
    };
    if path == Path::new("-") {
        let mut out = stdout();
        draw(&mut out)?;
        return Ok(out.flush()?);
    }
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).map_err(unwritable)?);
    draw(&mut file)?;
    file.flush().map_err(unwritable)?;
    say!("wrote {}", path.display());
    Ok(())
}

impl Order {
    fn all_literals(&self, session: &Session, window: &Range<i64>) -> BTreeMap<String, String> {
        let span = session.recording.span();
        let mut literals = self.literals.clone();
        for (name, instant) in
            [("from", window.start), ("to", window.end), ("start", span.start), ("stop", span.end)]
        {
            literals.insert(name.into(), format!("CAST({instant} AS BIGINT)"));
        }
        literals
    }

    /// The SQL with every parameter replaced.
    pub fn sql(&self, session: &Session, window: &Range<i64>) -> String {
        substitute(&self.view.sql, &self.all_literals(session, window))
    }

    pub fn is_given(&self, flag: &str) -> bool {
        self.literals
            .get(flag)
            .is_some_and(|literal| literal != "FALSE" && !literal.starts_with("CAST(NULL"))
    }

    /// What its rows are made into.
    pub fn render(&self) -> Render {
        self.view.render(|flag| self.is_given(flag))
    }

    /// The places of the columns that are part of the output.
    pub fn shown(&self, schema: &SchemaRef) -> Result<Vec<usize>> {
        let declared: Vec<_> =
            self.view.columns.iter().map(|column| column.name.as_str()).collect();
        let found: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        if declared != found {
            return Err(Failure::new(format!(
                "{} declares the columns {} but its SQL gives {}",
                self.view.file,
                declared.join(", "),
                found.join(", ")
            ))
            .hint("the column lines of the header and the SELECT list go together")
            .into());
        }
        let is_shown = |column: &Column| column.shown.holds(|flag| self.is_given(flag));
        let columns = self.view.columns.iter().enumerate();
        Ok(columns.filter(|(_, column)| is_shown(column)).map(|(index, _)| index).collect())
    }
}
