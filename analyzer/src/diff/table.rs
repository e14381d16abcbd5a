//! Tables side by side: a line for each measure of each key.

use std::collections::BTreeMap;

use anyhow::Result;

use super::answer::{self, Columns, Pair};
use super::groups::{Groups, Key, Sum};
use super::{Options, Side};
use crate::failure::Failure;
use crate::run::{Order, stdout};
use crate::view::{Column, Measure};

/// One line of the answer.
struct Line {
    measure: usize,
    key: Key,
    pair: Pair,
}

pub fn compare(options: &Options, sides: &[Side; 2]) -> Result<()> {
    let order = &sides[0].order;
    let (keys, measures) = parts(order)?;
    let mut both: BTreeMap<Key, [Option<Vec<Sum>>; 2]> = BTreeMap::new();
    for (place, side) in sides.iter().enumerate() {
        let mut groups = Groups::new(&side.order, &keys, &measures);
        side.answer(&mut groups)?;
        for (key, sums) in groups.found {
            both.entry(key).or_default()[place] = Some(sums);
        }
    }
    let scale = answer::scale(options, sides);
    let mut lines = Vec::new();
    for (key, sums) in &both {
        for (number, measure) in measures.iter().enumerate() {
            let figure = |place: usize| figure(measure, sums[place].as_ref(), number, scale[place]);
            let pair = Pair { a: figure(0), b: figure(1) };
            lines.push(Line { measure: number, key: key.clone(), pair });
        }
    }
    // Seconds and bytes cannot be ordered among each other.
    lines.sort_by(|one, other| {
        let by_measure = one.measure.cmp(&other.measure);
        by_measure
            .then_with(|| one.pair.by_change(other.pair))
            .then_with(|| one.key.cmp(&other.key))
    });
    let (all, changed) = (both.len(), lines.iter().any(|line| line.pair.a != line.pair.b));
    let mut seen = vec![0; measures.len()];
    lines.retain(|line| {
        seen[line.measure] += 1;
        seen[line.measure] <= options.limit()
    });
    let mut columns = Columns::default();
    let names: Vec<String> = measures.iter().map(|measure| label(measure, options)).collect();
    columns.text("measure", None, lines.iter().map(|line| Some(&*names[line.measure])));
    for (place, name) in keys.iter().enumerate() {
        let values = lines.iter().map(|line| line.key[place].as_deref());
        columns.text(name, heading(order, name), values);
    }
    columns.pairs("", lines.iter().map(|line| line.pair));
    let mut out = stdout();
    let what = if options.raw { "sums" } else { "sums with /s are" };
    answer::write_headline(&answer::headline(what, options, sides), options, &mut out)?;
    columns.print(options.format, &mut out)?;
    answer::report(all.min(options.limit()), all, changed, options);
    Ok(())
}

/// The keys and measures whose columns the flags leave in.
fn parts(order: &Order) -> Result<(Vec<String>, Vec<Measure>)> {
    let is_given = |flag: &str| order.is_given(flag);
    let compare = order.view.compare(is_given).cloned().unwrap_or_default();
    let (mut keys, mut measures) = (compare.keys, compare.measures);
    keys.retain(|name| is_shown(order, name));
    measures.retain(|measure| measure.columns().all(|name| is_shown(order, name)));
    if measures.is_empty() {
        return Err(Failure::new(format!(
            "{} has nothing to compare with these flags",
            order.view.name
        ))
        .hint("leave some out, or extend the line `compare: …` in the header of the view")
        .into());
    }
    Ok((keys, measures))
}

fn declared<'a>(order: &'a Order, name: &str) -> Option<&'a Column> {
    order.view.columns.iter().find(|column| column.name == name)
}

pub fn is_shown(order: &Order, name: &str) -> bool {
    declared(order, name).is_some_and(|column| column.shown.holds(|flag| order.is_given(flag)))
}

pub fn heading(order: &Order, name: &str) -> Option<String> {
    declared(order, name).and_then(|column| column.heading.clone())
}

/// What the measure makes of the rows of one key; no rows add up to nothing and have no mean.
fn figure(measure: &Measure, sums: Option<&Vec<Sum>>, number: usize, scale: f64) -> Option<f64> {
    let sum = sums.map_or(Sum::default(), |sums| sums[number]);
    match measure {
        Measure::Rows | Measure::Sum(_) => Some(sum.value * scale),
        Measure::Rate(_) => Some(sum.value),
        Measure::Mean { .. } => (sum.weight > 0.0).then(|| sum.value / sum.weight),
    }
}

fn label(measure: &Measure, options: &Options) -> String {
    let per = if options.raw { "" } else { "/s" };
    match measure {
        Measure::Rows => format!("rows{per}"),
        Measure::Sum(column) => format!("{column}{per}"),
        Measure::Rate(column) => column.clone(),
        Measure::Mean { column, .. } => format!("mean {column}"),
    }
}
