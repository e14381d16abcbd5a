//! Stacks: which functions, or which whole stacks, grew.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use arrow::record_batch::RecordBatch;

use super::answer::{self, Columns, Pair};
use super::{Options, Side, picture};
use crate::render::{Stacks, stacks};
use crate::run::{stdout, write_svg};

/// What stands between the parts of a stack and is no function.
const DELIMITERS: [&str; 2] = ["--", "-"];

/// Values of A and of B by stack, as recorded.
pub type Values = BTreeMap<String, [i64; 2]>;

pub fn compare(options: &Options, sides: &[Side; 2]) -> Result<()> {
    let mut values = Values::new();
    for (place, side) in sides.iter().enumerate() {
        let mut batches: Vec<RecordBatch> = Vec::new();
        side.answer(&mut batches)?;
        if let Some(batch) = batches.first() {
            side.order.shown(&batch.schema())?;
        }
        let page = page(side, &batches);
        let lines = stacks::lines(&page)?;
        for (folded, (value, _)) in stacks::merged(&lines) {
            values.entry(folded.to_owned()).or_default()[place] = value;
        }
        say!("{}: {}", side.letter, stacks::summary(&page)?);
    }
    let unit = unit(&sides[0]);
    let changed = changed(&values, answer::scale(options, sides));
    if let Some(path) = &options.svg {
        let page = page(&sides[1], &[]);
        return write_svg(path, |out| picture::svg(out, &page, options, sides, &values));
    }
    let mut out = stdout();
    if options.folded {
        return Ok(picture::folded(&mut out, unit, options, sides, &values)?);
    }
    answer::write_headline(&answer::headline(unit, options, sides), options, &mut out)?;
    let (columns, shown, all) = if options.by_stack {
        by_stack(options, sides, &values)
    } else {
        by_function(options, sides, &values)
    };
    columns.print(options.format, &mut out)?;
    answer::report(shown, all, changed, options);
    Ok(())
}

fn page<'a>(side: &'a Side, batches: &'a [RecordBatch]) -> Stacks<'a> {
    let view = &side.order.view;
    Stacks {
        view: &view.name,
        title: &view.help,
        unit: if view.unit.is_empty() { "us" } else { &view.unit },
        palette: &view.palette,
        span_ns: side.order.window.end - side.order.window.start,
        batches,
    }
}

/// What the values are.
fn unit(side: &Side) -> &str {
    let page = page(side, &[]);
    match stacks::counted(page.palette, page.unit) {
        "us" => "microseconds",
        "ns" => "nanoseconds",
        unit => unit,
    }
}

fn changed(values: &Values, scale: [f64; 2]) -> bool {
    values.values().any(|[a, b]| *a as f64 * scale[0] != *b as f64 * scale[1])
}

fn pair([a, b]: [i64; 2], scale: [f64; 2]) -> Pair {
    Pair::of(a as f64 * scale[0], b as f64 * scale[1])
}

/// The columns, how many rows they have, and how many there are.
type Table = (Columns, usize, usize);

fn by_stack(options: &Options, sides: &[Side; 2], values: &Values) -> Table {
    let scale = answer::scale(options, sides);
    let mut rows: Vec<(Pair, &str)> =
        values.iter().map(|(stack, values)| (pair(*values, scale), &**stack)).collect();
    rows.sort_by(|one, other| one.0.by_change(other.0).then_with(|| one.1.cmp(other.1)));
    let all = rows.len();
    rows.truncate(options.limit());
    let mut columns = Columns::default();
    columns.pairs("", rows.iter().map(|row| row.0));
    columns.text("stack", None, rows.iter().map(|row| Some(row.1)));
    (columns, rows.len(), all)
}

/// A function's own value and that of the stacks it is on, both of A and of B.
#[derive(Clone, Copy, Default)]
struct Function {
    own: [i64; 2],
    total: [i64; 2],
}

/// A function that is several times on a stack counts once.
fn functions(values: &Values) -> BTreeMap<&str, Function> {
    let mut functions: BTreeMap<&str, Function> = BTreeMap::new();
    let add = |sum: &mut [i64; 2], more: &[i64; 2]| {
        sum.iter_mut().zip(more).for_each(|(sum, more)| *sum = sum.saturating_add(*more));
    };
    for (stack, values) in values {
        let frames = || stack.split(';').filter(|frame| !DELIMITERS.contains(frame));
        for frame in frames().collect::<BTreeSet<_>>() {
            add(&mut functions.entry(frame).or_default().total, values);
        }
        if let Some(leaf) = frames().next_back() {
            add(&mut functions.entry(leaf).or_default().own, values);
        }
    }
    functions
}

fn by_function(options: &Options, sides: &[Side; 2], values: &Values) -> Table {
    let scale = answer::scale(options, sides);
    let functions = functions(values);
    let mut rows: Vec<(Pair, Pair, &str)> = functions
        .iter()
        .map(|(name, function)| (pair(function.own, scale), pair(function.total, scale), *name))
        .collect();
    rows.sort_by(|one, other| {
        let (own, total) = (one.0.by_change(other.0), one.1.by_change(other.1));
        let by_change = if options.by_self { own.then(total) } else { total.then(own) };
        by_change.then_with(|| one.2.cmp(other.2))
    });
    let all = rows.len();
    rows.truncate(options.limit());
    let mut columns = Columns::default();
    columns.pairs("total_", rows.iter().map(|row| row.1));
    columns.pairs("self_", rows.iter().map(|row| row.0));
    columns.text("function", None, rows.iter().map(|row| Some(row.2)));
    (columns, rows.len(), all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_counts_once_per_stack() {
        let stacks = [("a;f;g;f", [1, 2]), ("a;--;h", [10, 20])];
        let values = stacks.map(|(stack, values)| (stack.to_owned(), values)).into();
        let functions = functions(&values);
        let names: Vec<&str> = functions.keys().copied().collect();
        assert_eq!(names, ["a", "f", "g", "h"], "a delimiter is no function");
        assert_eq!((functions["f"].own, functions["f"].total), ([1, 2], [1, 2]));
        assert_eq!((functions["a"].own, functions["a"].total), ([0, 0], [11, 22]));
        assert_eq!(functions["h"].own, [10, 20]);
    }
}
