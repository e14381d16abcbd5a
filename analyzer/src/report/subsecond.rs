//! Stacks by time: what the subsecond map shows, and the flame graph of any part of it.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use arrow::array::Array;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use serde_json::{Value, json};

use super::columns::{numbers, texts, value};
use super::context::Context;
use super::tree::{Drawn, ROOT, SMALLER, Tree};
use crate::run::Take;

/// Slots of one column of the map.
const ROWS: i64 = 50;
/// Columns at most; beyond, a column is longer than a second.
const COLUMNS: i64 = 240;
/// What is counted of a slot and a stack: kept at most while reading, and written at most.
const HELD_CELLS: usize = 1 << 21;
const CELLS: usize = 120_000;
const FRAMES: usize = 20_000;

/// What the samples or the waits of a window are asked with.
#[derive(Debug)]
pub struct Question {
    pub stacks: &'static str,
    pub slots: &'static str,
    pub unit: &'static str,
    pub palette: &'static str,
    /// How many of the values make one of the unit.
    pub divisor: i64,
}

pub const CPU: Question = Question {
    stacks: include_str!("sql/cpu_stacks.sql"),
    slots: include_str!("sql/cpu_slots.sql"),
    unit: "samples",
    palette: "cpu",
    divisor: 1,
};

pub const OFF_CPU: Question = Question {
    stacks: include_str!("sql/offcpu_stacks.sql"),
    slots: include_str!("sql/offcpu_slots.sql"),
    unit: "us",
    palette: "offcpu",
    divisor: 1000,
};

type Stack = (i64, Option<i64>, Option<i64>);

/// The answer as the page takes it.
pub fn ask(context: &mut Context<'_>, question: &Question) -> Result<Value> {
    let mut stacks = Stacks { tree: Tree::new(&mut context.names), leaves: HashMap::new() };
    let mut rows = Vec::new();
    context.query(question.stacks, &[], &mut rows)?;
    for batch in &rows {
        stacks.read(batch, context)?;
    }
    let column = column(context.length());
    let slot = column / ROWS;
    let runqueue = context.names.number("[runqueue]");
    let smaller = context.names.number(SMALLER);
    let mut cells = Cells { stacks, runqueue, smaller, values: HashMap::new() };
    context.query(question.slots, &[("slot", slot)], &mut cells)?;
    let Cells { mut stacks, values, .. } = cells;
    let values: Vec<((u32, u32), i64)> = values
        .into_iter()
        .map(|(place, value)| (place, (value + question.divisor / 2) / question.divisor))
        .filter(|(_, value)| *value > 0)
        .collect();
    for ((_, node), value) in &values {
        stacks.tree.add(*node, *value);
    }
    let (drawn, cells) = fitted(&stacks.tree, &values, context);
    Ok(json!({
        "unit": question.unit,
        "palette": question.palette,
        "slot": slot,
        "rows": ROWS,
        "columns": (context.length() + column - 1) / column,
        "tree": { "frames": drawn.text, "total": drawn.total, "least": drawn.least },
        "cells": pack(&cells),
    }))
}

/// The length of a column: a second where that gives neither one column nor too many.
fn column(length: i64) -> i64 {
    const MILLISECOND: i64 = 1_000_000;
    let lengths =
        [1, 10, 100, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 3_600_000];
    let all = lengths.map(|length| length * MILLISECOND);
    let least = if length >= 2000 * MILLISECOND { 1000 * MILLISECOND } else { length / 20 };
    let fits = |column: &i64| *column >= least && length / column < COLUMNS;
    all.into_iter().find(fits).unwrap_or(length / COLUMNS / ROWS * ROWS + ROWS)
}

struct Stacks {
    tree: Tree,
    leaves: HashMap<Stack, u32>,
}

impl Stacks {
    fn read(&mut self, batch: &RecordBatch, context: &mut Context) -> Result<()> {
        let folded = texts(batch, "folded")?;
        let stack = stack(batch)?;
        for row in 0..batch.num_rows() {
            let text = if folded.is_valid(row) { folded.value(row) } else { "[unknown]" };
            let leaf = self.tree.leaf(text, &mut context.names);
            self.leaves.insert(stack(row), leaf);
        }
        Ok(())
    }
}

/// Who and where a row tells of.
fn stack(batch: &RecordBatch) -> Result<impl Fn(usize) -> Stack> {
    let thread = numbers(batch, "thread")?;
    let (user, kernel) = (numbers(batch, "ustack")?, numbers(batch, "kstack")?);
    Ok(move |row| (value(&thread, row).unwrap_or(-1), value(&user, row), value(&kernel, row)))
}

/// Adds values up by slot and node as they come.
struct Cells {
    stacks: Stacks,
    runqueue: u32,
    smaller: u32,
    values: HashMap<(u32, u32), i64>,
}

impl Take for Cells {
    fn schema(&mut self, _schema: &SchemaRef) -> Result<()> {
        Ok(())
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<()> {
        let slots = numbers(&batch, "slot")?;
        let (values, queued) = (numbers(&batch, "value")?, numbers(&batch, "queued")?);
        let stack = stack(&batch)?;
        for row in 0..batch.num_rows() {
            let leaf = self.stacks.leaves.get(&stack(row)).copied().unwrap_or(ROOT);
            let slot = slots.value(row) as u32;
            *self.values.entry((slot, leaf)).or_default() += values.value(row);
            if queued.value(row) > 0 {
                let queue = self.stacks.tree.child(leaf, self.runqueue);
                *self.values.entry((slot, queue)).or_default() += queued.value(row);
            }
        }
        if self.values.len() > HELD_CELLS {
            self.coarsen();
        }
        Ok(())
    }
}

impl Cells {
    /// Puts the rarer half of the stacks together.
    fn coarsen(&mut self) {
        let mut sums: BTreeMap<u32, i64> = BTreeMap::new();
        for ((_, node), value) in &self.values {
            *sums.entry(*node).or_default() += value;
        }
        let mut order: Vec<i64> = sums.values().copied().collect();
        order.sort_unstable();
        let median = order.get(order.len() / 2).copied().unwrap_or(0);
        let other = self.stacks.tree.child(ROOT, self.smaller);
        for ((slot, node), value) in std::mem::take(&mut self.values) {
            let node = if sums[&node] <= median { other } else { node };
            *self.values.entry((slot, node)).or_default() += value;
        }
    }
}

type Grid = BTreeMap<u32, BTreeMap<u32, i64>>;

/// The values by slot and drawn frame, few enough of both.
fn fitted(tree: &Tree, values: &[((u32, u32), i64)], context: &mut Context) -> (Drawn, Grid) {
    let mut drawn = tree.fitted(FRAMES, &mut context.names);
    loop {
        let mut grid = Grid::new();
        for ((slot, node), value) in values {
            let place = drawn.places[*node as usize];
            *grid.entry(*slot).or_default().entry(place).or_default() += value;
        }
        let count: usize = grid.values().map(BTreeMap::len).sum();
        if count <= CELLS || drawn.least > drawn.total {
            return (drawn, grid);
        }
        drawn = tree.drawn(drawn.least * 2, &mut context.names);
    }
}

/// Per slot: how far it lies behind the last, how many stacks, and each with its value.
fn pack(grid: &Grid) -> String {
    let mut packed = super::packed::Packed::default();
    let mut last = 0;
    for (slot, stacks) in grid {
        packed.push(slot - last);
        packed.push(stacks.len());
        last = *slot;
        let mut before = 0;
        for (frame, value) in stacks {
            packed.push(frame - before);
            packed.push(*value);
            before = *frame;
        }
    }
    packed.text()
}

#[cfg(test)]
mod tests {
    use super::column;

    #[test]
    fn columns_are_seconds_where_they_can_be() {
        const SECOND: i64 = 1_000_000_000;
        assert_eq!(column(30 * SECOND), SECOND);
        assert_eq!(column(2 * SECOND), SECOND);
        assert_eq!(column(SECOND / 2), SECOND / 10);
        assert_eq!(column(600 * SECOND), 5 * SECOND);
        for length in [1, 1000, SECOND, 86_400 * SECOND, 86_400_000 * SECOND] {
            let column = column(length);
            assert!(
                column >= 50 && column % 50 == 0 && length / column < 240,
                "{length}: {column}"
            );
        }
    }
}
