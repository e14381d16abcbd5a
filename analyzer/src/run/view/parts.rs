//! A view that consists of others.

use std::io::{Write, sink};
use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::record_batch::RecordBatch;

use super::{Choice, Order, Piece, print};
use crate::failure::Failure;
use crate::render::{self, Format, TableStyle, escape};
use crate::run::Session;
use crate::view::{Extent, Render};

/// What a part answered.
struct Answer {
    lines: Vec<String>,
    rows: usize,
}

/// Prints the parts one after the other: as text, or as a table of lines.
pub fn print_all(session: &Session, order: &Order, out: &mut dyn Write) -> Result<()> {
    let mut lines = Lines::default();
    for (number, piece) in order.parts.iter().enumerate() {
        let (choice, answer) = answer(session, piece)?;
        if order.output.format == Format::Table {
            let gap = if number == 0 { "" } else { "\n" };
            writeln!(out, "{gap}== {}", piece.heading)?;
            match answer {
                Ok(answer) => cut(piece.extent, choice, &answer, out)?,
                Err(error) => explain(&error, out)?,
            }
            out.flush()?;
        } else if let Ok(answer) = answer
            && answer.rows > 0
        {
            lines.add(choice.order.as_ref().map_or("", |order| &order.view.name), &answer);
        }
    }
    if order.output.format == Format::Table { Ok(()) } else { lines.print(order, out) }
}

/// The first answer with rows, or else the first.
fn answer<'a>(session: &Session, piece: &'a Piece) -> Result<(&'a Choice, Result<Answer>)> {
    let mut first = None;
    for choice in &piece.choices {
        let answer = whole(session, choice);
        if answer.as_ref().is_ok_and(|answer| answer.rows > 0) {
            return Ok((choice, answer));
        }
        first.get_or_insert((choice, answer));
    }
    first.context("a part names a view")
}

fn whole(session: &Session, choice: &Choice) -> Result<Answer> {
    let order = match &choice.order {
        Ok(order) => order,
        Err(error) => return Err(Failure::new(error.to_string()).into()),
    };
    let mut text = Vec::new();
    let rows = print(session, order, &mut text, &mut sink())?;
    let text = String::from_utf8_lossy(&text);
    Ok(Answer { lines: text.trim_end().lines().map(String::from).collect(), rows })
}

/// As much of the answer as the list wants to see, and how to see the rest.
fn cut(extent: Extent, choice: &Choice, answer: &Answer, out: &mut dyn Write) -> Result<()> {
    if answer.rows == 0 {
        return Ok(writeln!(out, "(nothing in this window)")?);
    }
    let is_table = choice.order.as_ref().is_ok_and(|order| order.render() == Render::Table);
    let (headings, lines) = answer.lines.split_at(usize::from(is_table && answer.lines.len() > 1));
    let (shown, hidden) = match extent {
        Extent::First(most) => {
            let (shown, hidden) = lines.split_at(most.min(lines.len()));
            (shown, hidden.len())
        }
        Extent::Last(most) => {
            let (hidden, shown) = lines.split_at(lines.len().saturating_sub(most));
            (shown, hidden.len())
        }
    };
    let shown = shown.iter().skip_while(|line| line.is_empty());
    headings.iter().chain(shown).try_for_each(|line| writeln!(out, "{line}"))?;
    if hidden > 0 {
        writeln!(out, "({hidden} more lines: {})", escape(&choice.command))?;
    }
    Ok(())
}

fn explain(error: &anyhow::Error, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "({})", escape(&error.to_string()))?;
    if let Some(hint) = error.downcast_ref::<Failure>().and_then(|failure| failure.hint.as_ref()) {
        writeln!(out, "({})", escape(hint))?;
    }
    Ok(())
}

/// The lines of all parts, as columns.
#[derive(Default)]
struct Lines {
    parts: Vec<String>,
    numbers: Vec<i64>,
    texts: Vec<String>,
}

impl Lines {
    fn add(&mut self, part: &str, answer: &Answer) {
        for (number, line) in (1..).zip(&answer.lines) {
            self.parts.push(part.to_owned());
            self.numbers.push(number);
            self.texts.push(line.clone());
        }
    }

    fn print(self, order: &Order, out: &mut dyn Write) -> Result<()> {
        let batch = RecordBatch::try_from_iter([
            ("part", Arc::new(StringArray::from(self.parts)) as ArrayRef),
            ("line", Arc::new(Int64Array::from(self.numbers))),
            ("text", Arc::new(StringArray::from(self.texts))),
        ])?;
        order.shown(&batch.schema())?;
        let mut sink =
            render::sink(order.output.format, out, &batch.schema(), TableStyle::default())?;
        sink.write(&batch)?;
        sink.finish()
    }
}
