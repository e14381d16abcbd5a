//! What ran on every CPU and what the busiest threads did, in slots of time.

use std::collections::HashMap;
use std::ops::Range;

use anyhow::Result;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use serde_json::{Value, json};

use super::columns::{numbers, texts, value};
use super::context::Context;
use super::packed::Packed;
use crate::run::Take;

const RUNS: &str = include_str!("sql/runs.sql");
const AT_STOP: &str = include_str!("sql/running_at_stop.sql");
const NAMES: &str = include_str!("sql/names.sql");

/// Slots of all lanes together, and of one at most.
const CELLS: usize = 72_000;
const SLOTS: usize = 2000;
/// Lanes.
const CPUS: usize = 64;
pub const THREADS: usize = 32;
/// Threads that are told apart in a slot of a CPU: while counting, and in the page.
const COUNTED: usize = 128;
const TOLD: usize = 3;
/// Shares are told in so many parts.
const PARTS: i64 = 127;

/// The lanes of the CPUs, and of the threads that `busiest` names.
pub fn ask(context: &mut Context<'_>, busiest: &[i64]) -> Result<Value> {
    let cpus = context.cpus().min(CPUS);
    let lanes = (cpus + busiest.len()).max(1);
    let slots = (CELLS / lanes).min(SLOTS) as i64;
    let slot = (context.length() + slots - 1) / slots;
    let slots = ((context.length() + slot - 1) / slot) as usize;
    let mut lanes = Lanes {
        window: context.window.clone(),
        slot,
        cpus: vec![vec![Vec::new(); slots]; cpus],
        threads: vec![vec![[0; 3]; slots]; busiest.len()],
        numbers: busiest.iter().enumerate().map(|(lane, thread)| (*thread, lane)).collect(),
    };
    context.query(RUNS, &[], &mut lanes)?;
    context.query(AT_STOP, &[], &mut AtStop(&mut lanes))?;
    let who = names(context)?;
    let mut told: Vec<i64> = Vec::new();
    let mut numbers = HashMap::new();
    let cpus: Vec<String> =
        lanes.cpus.iter().map(|lane| of_cpu(lane, slot, &mut told, &mut numbers)).collect();
    let threads: Vec<Value> = (lanes.threads.iter().zip(busiest))
        .map(|(lane, thread)| json!({ "who": who(*thread), "cells": of_thread(lane, slot) }))
        .collect();
    let who: Vec<Value> = told.iter().map(|thread| who(*thread)).collect();
    Ok(json!({ "slot": slot, "slots": slots, "cpus": cpus, "threads": threads, "who": who }))
}

struct Lanes {
    window: Range<i64>,
    slot: i64,
    /// Per CPU and slot, threads and how long they ran.
    cpus: Vec<Vec<Vec<(i64, i64)>>>,
    /// Per thread and slot, how long it ran, waited for a CPU, slept.
    threads: Vec<Vec<[i64; 3]>>,
    numbers: HashMap<i64, usize>,
}

impl Lanes {
    /// The slots that a piece of time touches, and how much of each.
    fn pieces(&self, begin: i64, end: i64) -> impl Iterator<Item = (usize, i64)> + use<> {
        let (from, slot) = (self.window.start, self.slot);
        // Damaged rows may state any instant, also an end before the window.
        let begin = begin.clamp(from, self.window.end) - from;
        let end = end.clamp(from, self.window.end) - from;
        let slots = if begin < end { begin / slot..(end - 1) / slot + 1 } else { 0..0 };
        slots.map(move |number| {
            let length = end.min((number + 1) * slot) - begin.max(number * slot);
            (number as usize, length)
        })
    }

    fn ran(&mut self, cpu: i64, thread: i64, begin: i64, end: i64) {
        for (slot, length) in self.pieces(begin, end) {
            let lane = usize::try_from(cpu).ok().and_then(|cpu| self.cpus.get_mut(cpu));
            let Some(cell) = lane.and_then(|lane| lane.get_mut(slot)) else { continue };
            // One more than can be told apart goes to nobody.
            let is_full = cell.len() >= COUNTED && !cell.iter().any(|(other, _)| *other == thread);
            let who = if is_full { NOBODY } else { thread };
            match cell.iter_mut().find(|(other, _)| *other == who) {
                Some((_, sum)) => *sum += length,
                None => cell.push((who, length)),
            }
        }
    }

    fn was(&mut self, thread: i64, state: usize, begin: Option<i64>, end: Option<i64>) {
        let (Some(lane), Some(begin), Some(end)) = (self.numbers.get(&thread).copied(), begin, end)
        else {
            return;
        };
        for (slot, length) in self.pieces(begin, end) {
            if let Some(cell) = self.threads[lane].get_mut(slot) {
                cell[state] += length;
            }
        }
    }
}

/// Threads of a crowded slot that are not told apart.
const NOBODY: i64 = -1;

impl Take for Lanes {
    fn schema(&mut self, _schema: &SchemaRef) -> Result<()> {
        Ok(())
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<()> {
        let (thread, cpu) = (numbers(&batch, "thread")?, numbers(&batch, "cpu")?);
        let [ran, off, runnable, end] =
            ["ran_ts", "off_ts", "runnable_ts", "end_ts"].map(|name| numbers(&batch, name));
        let (ran, off, runnable, end) = (ran?, off?, runnable?, end?);
        for row in 0..batch.num_rows() {
            let who = thread.value(row);
            let (ran, off) = (value(&ran, row), value(&off, row));
            let (runnable, end) = (value(&runnable, row), value(&end, row));
            if let (Some(ran), Some(off)) = (ran, off) {
                self.ran(cpu.value(row), who, ran, off);
            }
            self.was(who, 0, ran, off);
            if end.is_some() {
                self.was(who, 2, off, runnable);
            }
            self.was(who, 1, runnable, end);
        }
        Ok(())
    }
}

struct AtStop<'a>(&'a mut Lanes);

impl Take for AtStop<'_> {
    fn schema(&mut self, _schema: &SchemaRef) -> Result<()> {
        Ok(())
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<()> {
        let (thread, cpu) = (numbers(&batch, "thread")?, numbers(&batch, "cpu")?);
        let (ran, off) = (numbers(&batch, "ran_ts")?, numbers(&batch, "off_ts")?);
        for row in 0..batch.num_rows() {
            self.0.ran(cpu.value(row), thread.value(row), ran.value(row), off.value(row));
        }
        Ok(())
    }
}

/// A share in parts, the nearest; what is there at all has one.
fn share(length: i64, slot: i64) -> i64 {
    if length == 0 { 0 } else { ((length * PARTS + slot / 2) / slot).clamp(1, PARTS) }
}

/// Per slot: how many threads are told, each with its number and share, and the share of all others.
fn of_cpu(
    lane: &[Vec<(i64, i64)>],
    slot: i64,
    told: &mut Vec<i64>,
    numbers: &mut HashMap<i64, usize>,
) -> String {
    let mut packed = Packed::default();
    for cell in lane {
        let mut cell = cell.clone();
        cell.sort_by_key(|(thread, length)| (*thread == NOBODY, -length, *thread));
        let known = cell.iter().take_while(|(thread, _)| *thread != NOBODY).count().min(TOLD);
        packed.push(known);
        for (thread, length) in &cell[..known] {
            let number = *numbers.entry(*thread).or_insert_with(|| {
                told.push(*thread);
                told.len() - 1
            });
            packed.push(number);
            packed.push(share(*length, slot));
        }
        packed.push(share(cell[known..].iter().map(|(_, length)| length).sum(), slot));
    }
    packed.text()
}

/// Per slot: the shares of the three states.
fn of_thread(lane: &[[i64; 3]], slot: i64) -> String {
    let mut packed = Packed::default();
    lane.iter().flatten().for_each(|length| packed.push(share(*length, slot)));
    packed.text()
}

/// Tells what a thread is called.
fn names(context: &mut Context<'_>) -> Result<impl Fn(i64) -> Value + use<>> {
    let mut rows = Vec::new();
    context.query(NAMES, &[], &mut rows)?;
    let mut known = HashMap::new();
    for batch in &rows {
        let (thread, tid) = (numbers(batch, "thread")?, numbers(batch, "tid")?);
        let (pid, comm) = (numbers(batch, "pid")?, texts(batch, "comm")?);
        for row in 0..batch.num_rows() {
            let name = context.names.number(comm.value(row));
            known.insert(thread.value(row), [i64::from(name), tid.value(row), pid.value(row)]);
        }
    }
    let nobody = context.names.number("[unknown]");
    Ok(move |thread: i64| json!(known.get(&thread).copied().unwrap_or([i64::from(nobody), 0, 0])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes() -> Lanes {
        Lanes {
            window: 100..200,
            slot: 10,
            cpus: vec![vec![Vec::new(); 10]],
            threads: vec![vec![[0; 3]; 10]],
            numbers: HashMap::from([(7, 0)]),
        }
    }

    #[test]
    fn pieces_tile_what_lies_in_the_window() {
        let pieces: Vec<_> = lanes().pieces(95, 121).collect();
        assert_eq!(pieces, [(0, 10), (1, 10), (2, 1)]);
        assert_eq!(lanes().pieces(195, 300).collect::<Vec<_>>(), [(9, 5)]);
        assert_eq!(lanes().pieces(0, 100).count() + lanes().pieces(130, 130).count(), 0);
    }

    #[test]
    fn a_crowd_keeps_its_sum() {
        let mut lanes = lanes();
        (0..200).for_each(|thread| lanes.ran(0, thread, 100, 101));
        let sum: i64 = lanes.cpus[0][0].iter().map(|(_, length)| length).sum();
        assert_eq!((sum, lanes.cpus[0][0].len()), (200, COUNTED + 1));
        lanes.ran(9, 1, 100, 200);
        lanes.was(7, 1, Some(105), Some(125));
        lanes.was(8, 1, Some(105), Some(125));
        assert_eq!(lanes.threads[0][..3], [[0, 5, 0], [0, 10, 0], [0, 5, 0]]);
    }
}
