//! Latency heat maps: time from left to right, latency from bottom to top, darker where more fell in.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};

use super::columns::{numbers, value};
use super::context::Context;
use super::packed::Packed;

pub const DISK: &str = include_str!("sql/disk_latency.sql");
pub const RUN_QUEUE: &str = include_str!("sql/runqueue_latency.sql");
pub const CALLS: &str = include_str!("sql/call_latency.sql");

/// Columns at most.
const COLUMNS: i64 = 200;
/// Rows of an octave.
const ROWS: i64 = 4;

/// The counts of a window by slot and latency.
pub fn ask(context: &mut Context<'_>, sql: &str) -> Result<Value> {
    let slot = slot(context.length());
    let mut batches = Vec::new();
    context.query(sql, &[("slot", slot)], &mut batches)?;
    let mut cells: BTreeMap<i64, BTreeMap<i64, i64>> = BTreeMap::new();
    let mut summed = 0;
    for batch in &batches {
        let (slots, buckets) = (numbers(batch, "slot")?, numbers(batch, "bucket")?);
        let counts = numbers(batch, "count")?;
        for row in 0..batch.num_rows() {
            match value(&slots, row) {
                Some(slot) if slot >= 0 => {
                    let place = place(buckets.value(row));
                    *cells.entry(slot).or_default().entry(place).or_default() += counts.value(row);
                }
                _ => summed += counts.value(row),
            }
        }
    }
    let rows = || cells.values().flat_map(|column| column.keys().copied());
    let (first, last) = (rows().min().unwrap_or(0), rows().max().unwrap_or(0));
    let mut packed = Packed::default();
    let mut before = 0;
    for (slot, column) in &cells {
        packed.push(slot - before);
        packed.push(column.len());
        before = *slot;
        for (place, count) in column {
            packed.push(place - first);
            packed.push(*count);
        }
    }
    let count: i64 = cells.values().flat_map(BTreeMap::values).sum();
    Ok(json!({
        "slot": slot,
        "columns": (context.length() + slot - 1) / slot,
        "first": first,
        "rows": last - first + 1,
        "count": count,
        "summed": summed,
        "cells": packed.text(),
    }))
}

/// The shortest round length that gives few enough columns.
fn slot(length: i64) -> i64 {
    let rounds = (0..18).flat_map(|power| [1, 2, 5].map(|one| one * 10_i64.pow(power)));
    let mut fitting = rounds.filter(|slot| (length - 1) / slot < COLUMNS);
    fitting.next().unwrap_or(i64::MAX)
}

/// The row of a latency by the least of its bucket: octaves, each in four of equal width.
fn place(least: i64) -> i64 {
    let octave = least.max(4).ilog2();
    let quarter = ((least.max(4) - (1 << octave)) * ROWS) >> octave;
    i64::from(octave) * ROWS + quarter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octaves_have_four_rows() {
        assert_eq!([4, 5, 6, 7, 8, 10, 1024, 1280].map(place), [8, 9, 10, 11, 12, 13, 40, 41]);
        assert_eq!(place(0), 8);
        assert!(place(i64::MAX) < 256);
    }

    #[test]
    fn columns_are_round_and_few() {
        assert_eq!(slot(30_000_000_000), 200_000_000);
        assert_eq!(slot(20_000_000_000), 100_000_000);
        assert_eq!(slot(1), 1);
        assert!(slot(i64::MAX) > i64::MAX / 400);
    }
}
