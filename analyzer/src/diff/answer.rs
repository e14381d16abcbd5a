//! What both answers have in common: the scale, the change, and how the rows are printed.

use std::cmp::Ordering;
use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use arrow::array::{ArrayRef, Float64Array, StringArray};
use arrow::record_batch::RecordBatch;

use super::{Options, Side};
use crate::recording::WallClock;
use crate::render::{self, Format, TableStyle, escape};

/// What a figure is multiplied with, of A and of B.
pub fn scale(options: &Options, sides: &[Side; 2]) -> [f64; 2] {
    sides.each_ref().map(|side| if options.raw { 1.0 } else { 1.0 / side.seconds() })
}

/// A figure of A and of B, scaled; none where there is nothing to take the mean of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pair {
    pub a: Option<f64>,
    pub b: Option<f64>,
}

impl Pair {
    pub fn of(a: f64, b: f64) -> Self {
        Self { a: Some(a), b: Some(b) }
    }

    pub fn change(self) -> Option<f64> {
        Some(self.b? - self.a?)
    }

    /// In percent of A, where A has any.
    pub fn percent(self) -> Option<f64> {
        let a = self.a.filter(|a| *a != 0.0)?;
        Some(self.change()? / a * 100.0)
    }

    /// The larger change comes first, whatever its sign; what has no change to tell comes last.
    pub fn by_change(self, other: Self) -> Ordering {
        let size = |pair: Self| pair.change().map_or(-1.0, f64::abs);
        size(other).total_cmp(&size(self))
    }
}

/// What the figures are, and of what.
pub fn headline(what: &str, options: &Options, sides: &[Side; 2]) -> String {
    let how = if options.raw { "as recorded" } else { "per second of the window" };
    headline_of(what, how, sides)
}

pub fn headline_of(what: &str, how: &str, sides: &[Side; 2]) -> String {
    let [a, b] = sides;
    let (view, a_s, b_s) = (&a.order.view.name, a.seconds(), b.seconds());
    let line =
        format!("{view}: {what} {how}: A {a_s:.3} s of {}, B {b_s:.3} s of {}", a.name, b.name);
    escape(&line).into_owned()
}

/// The headline goes where it cannot be taken for data.
pub fn write_headline(line: &str, options: &Options, out: &mut dyn Write) -> Result<()> {
    if options.format == Format::Table {
        writeln!(out, "{line}\n")?;
    } else {
        say!("note: {line}");
    }
    Ok(())
}

/// Columns of the answer, in their order.
#[derive(Default)]
pub struct Columns {
    columns: Vec<(String, ArrayRef)>,
    headings: Vec<Option<String>>,
}

impl Columns {
    pub fn text<'a>(
        &mut self,
        name: &str,
        heading: Option<String>,
        values: impl Iterator<Item = Option<&'a str>>,
    ) {
        self.columns.push((name.into(), Arc::new(values.collect::<StringArray>())));
        self.headings.push(heading);
    }

    pub fn number(&mut self, name: &str, array: ArrayRef) {
        self.columns.push((name.into(), array));
        self.headings.push(None);
    }

    pub fn figures(&mut self, name: &str, values: impl Iterator<Item = Option<f64>>) {
        self.number(name, Arc::new(values.collect::<Float64Array>()));
    }

    /// `a`, `b`, `change` and `change_pct`, with a word before each.
    pub fn pairs(&mut self, before: &str, pairs: impl Iterator<Item = Pair> + Clone) {
        self.figures(&format!("{before}a"), pairs.clone().map(|pair| pair.a));
        self.figures(&format!("{before}b"), pairs.clone().map(|pair| pair.b));
        self.figures(&format!("{before}change"), pairs.clone().map(Pair::change));
        self.figures(&format!("{before}change_pct"), pairs.map(Pair::percent));
    }

    pub fn print(self, format: Format, out: &mut dyn Write) -> Result<()> {
        let columns = self.columns.into_iter().map(|(name, array)| (name, array, true));
        let batch = RecordBatch::try_from_iter_with_nullable(columns)?;
        let style = TableStyle::View { clock: WallClock::default(), headings: self.headings };
        let mut sink = render::sink(format, out, &batch.schema(), style)?;
        sink.write(&batch)?;
        sink.finish()
    }
}

/// Says what the limit left out, or that there is nothing.
pub fn report(shown: usize, all: usize, changed: bool, options: &Options) {
    if all > shown && options.format == Format::Table {
        say!("note: {} more changed less; --limit {all} shows them all", all - shown);
    }
    match (all, changed) {
        (0, _) => say!("note: there is nothing to compare in these windows, with these flags"),
        (_, false) => say!("note: nothing changed"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_signed_and_ordered_by_size() {
        let grew = Pair::of(2.0, 5.0);
        assert_eq!((grew.change(), grew.percent()), (Some(3.0), Some(150.0)));
        assert_eq!(Pair::of(5.0, 2.0).percent(), Some(-60.0));
        assert_eq!(Pair::of(0.0, 2.0).percent(), None, "nothing has no percentage");
        let alone = Pair { a: Some(1.0), b: None };
        let mut pairs = [alone, Pair::of(1.0, 1.0), grew, Pair::of(9.0, 1.0)];
        pairs.sort_by(|one, other| one.by_change(*other));
        assert_eq!(pairs, [Pair::of(9.0, 1.0), grew, Pair::of(1.0, 1.0), alone]);
    }
}
