//! Runs one view as the command line asks for it.

mod possible;
mod rows;
mod stacks;

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::ops::Range;
use std::path::PathBuf;

use anyhow::Result;
use arrow::datatypes::SchemaRef;

use super::{Interval, Session, losses, stdout};
use crate::failure::Failure;
use crate::render::Format;
use crate::view::{Render, Shown, View, substitute};

/// A view with everything that the command line says about it.
pub struct Order {
    pub view: View,
    /// Literals of the view's parameters; those of the window are added here.
    pub literals: BTreeMap<String, String>,
    pub window: Range<i64>,
    pub interval: Option<Interval>,
    pub output: Output,
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
pub async fn run(session: &Session, order: &Order) -> Result<()> {
    if order.output.show_sql {
        let sql = substitute(&order.view.sql, &order.all_literals(session, &order.window));
        return Ok(writeln!(stdout(), "{}", sql.trim())?);
    }
    if order.output.format == Format::Arrow && std::io::stdout().is_terminal() {
        return Err(Failure::usage("the Arrow format is not for a terminal")
            .hint("send it to a file or a program: --format arrow > rows.arrow")
            .into());
    }
    possible::check(session, &order.view).await?;
    let mut blocks =
        order.interval.map_or_else(Vec::new, |interval| interval.blocks(&order.window));
    if blocks.is_empty() {
        blocks.push(order.window.clone());
    }
    match (order.view.render, order.output.format) {
        (Render::Stacks, Format::Table) => stacks::print(session, order, &blocks).await?,
        _ => rows::print(session, order, &blocks).await?,
    }
    losses::report(session, &order.view.needs).await
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

    fn sql(&self, session: &Session, window: &Range<i64>) -> String {
        substitute(&self.view.sql, &self.all_literals(session, window))
    }

    fn is_given(&self, flag: &str) -> bool {
        self.literals
            .get(flag)
            .is_some_and(|literal| literal != "FALSE" && !literal.starts_with("CAST(NULL"))
    }

    /// The places of the columns that are part of the output.
    fn shown(&self, schema: &SchemaRef) -> Result<Vec<usize>> {
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
        let is_shown = |shown: &Shown| match shown {
            Shown::Always => true,
            Shown::With(flag) => self.is_given(flag),
            Shown::Without(flag) => !self.is_given(flag),
        };
        let columns = self.view.columns.iter().enumerate();
        Ok(columns.filter(|(_, column)| is_shown(&column.shown)).map(|(index, _)| index).collect())
    }
}
