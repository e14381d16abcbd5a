//! Reads folded stacks back into paths of thread names.
//!
//! A folded chain is `comm;frames…;--;waker frames…;waker;--;…`: the first part begins with its thread,
//! every later part ends with its own, or is only a frame in brackets that says how the chain ends.

use std::collections::BTreeMap;
use std::path::Path;

use crate::machine::MICROSECOND;
use crate::oracle::{Totals, add};
use crate::program;

/// Nanoseconds by path, of a stack view that answers in microseconds.
#[track_caller]
pub fn totals(view: &str, recording: &Path, flags: &[&str]) -> Totals {
    let mut totals = Totals::new();
    for row in program::view(view, recording, flags) {
        let folded = row["folded"].as_str().unwrap_or_else(|| panic!("no folded stack: {row}"));
        let value = row["value"].as_u64().unwrap_or_else(|| panic!("no value: {row}"));
        add(&mut totals, &path(folded), value * MICROSECOND);
    }
    totals
}

/// The threads and endings of one folded chain.
pub fn path(folded: &str) -> Vec<String> {
    let mut parts = folded.split(";--;");
    let target = parts.next().and_then(|part| part.split(';').next()).unwrap_or_default();
    let mut path = vec![target.to_owned()];
    for part in parts {
        let mut tail: Vec<&str> = Vec::new();
        for frame in part.rsplit(';') {
            tail.push(frame);
            if !is_bracketed(frame) {
                break;
            }
        }
        // A part of stack frames and a terminal carries no thread.
        if tail.last().is_some_and(|frame| looks_like_code(frame)) {
            tail.pop();
        }
        path.extend(tail.iter().rev().map(|frame| (*frame).to_owned()));
    }
    path
}

fn is_bracketed(frame: &str) -> bool {
    frame.starts_with('[') && frame.ends_with(']')
}

/// Frames of the synthetic stacks have a lower line or are entry points; thread names are neither.
fn looks_like_code(frame: &str) -> bool {
    frame.contains('_') || frame == "main" || frame == "schedule"
}

/// Nanoseconds by waker and sleeper, of `wakeuptime`, whose folded line is `waker;stack…;target`.
#[track_caller]
pub fn wakeups(recording: &Path, flags: &[&str]) -> Totals {
    let mut totals = Totals::new();
    for row in program::view("wakeuptime", recording, flags) {
        let folded = row["folded"].as_str().unwrap_or_else(|| panic!("no folded stack: {row}"));
        let value = row["value"].as_u64().unwrap_or_else(|| panic!("no value: {row}"));
        let frames: Vec<&str> = folded.split(';').collect();
        let ends = [frames[0].to_owned(), frames[frames.len() - 1].to_owned()];
        add(&mut totals, &ends, value * MICROSECOND);
    }
    totals
}

/// Off-CPU microseconds of one thread, run queue included.
#[track_caller]
pub fn off_cpu(recording: &Path, name: &str) -> i64 {
    let rows = program::view("offcputime", recording, &["--whole"]);
    let own = |row: &&serde_json::Value| {
        row["folded"].as_str().and_then(|folded| folded.split(';').next()) == Some(name)
    };
    rows.iter().filter(own).filter_map(|row| row["value"].as_i64()).sum()
}

/// Nanoseconds by state.
pub type States = BTreeMap<String, u64>;

/// The states of one thread, of `threadstates`.
#[track_caller]
pub fn states(recording: &Path, name: &str) -> States {
    let mut all = all_states(recording);
    all.remove(name).unwrap_or_else(|| panic!("{name} is not among {all:?}"))
}

/// The states of every thread, by name.
#[track_caller]
pub fn all_states(recording: &Path) -> BTreeMap<String, States> {
    let mut all = BTreeMap::new();
    for row in program::view("threadstates", recording, &["-t", "-n"]) {
        let columns = row.as_object().unwrap_or_else(|| panic!("not a row: {row}"));
        let state = |(column, ns): (&String, &serde_json::Value)| {
            Some((column.strip_suffix("_ns")?.to_owned(), ns.as_u64()?))
        };
        let name = row["comm"].as_str().unwrap_or_else(|| panic!("no name: {row}")).to_owned();
        assert!(all.insert(name, columns.iter().filter_map(state).collect()).is_none(), "{row}");
    }
    all
}
