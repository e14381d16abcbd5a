//! Where the time of every thread went, as bars.

use anyhow::Result;
use arrow::array::Array;
use serde_json::{Value, json};

use super::columns::{numbers, texts};
use super::context::Context;

/// Bars; the threads beyond are added up in one.
const BARS: usize = 40;

const STATES: [&str; 6] =
    ["running_ns", "runnable_ns", "preempted_ns", "blocked_ns", "unknown_ns", "lost_ns"];

#[derive(Clone, Copy, Default)]
struct Sums {
    states: [i64; 6],
    threads: i64,
}

/// The busiest threads one by one, all others together, and the whole.
pub fn ask(context: &mut Context<'_>) -> Result<Value> {
    let (answer, _) = context.view("threadstates", &["--threads", "--nanoseconds"], usize::MAX)?;
    let mut bars = Vec::new();
    let (mut rest, mut all) = (Sums::default(), Sums::default());
    for batch in &answer.batches {
        let columns: Vec<_> =
            STATES.iter().map(|name| numbers(batch, name)).collect::<Result<_>>()?;
        let (pid, tid, comm) =
            (numbers(batch, "pid")?, numbers(batch, "tid")?, texts(batch, "comm")?);
        for row in 0..batch.num_rows() {
            let states: Vec<i64> = columns.iter().map(|column| column.value(row)).collect();
            all.add(&states);
            if bars.len() < BARS {
                let comm = if comm.is_valid(row) { comm.value(row) } else { "" };
                let name = context.names.number(comm);
                bars.push(json!([name, tid.value(row), pid.value(row), states]));
            } else {
                rest.add(&states);
            }
        }
    }
    Ok(json!({
        "bars": bars,
        "rest": [rest.threads, rest.states],
        "all": [all.threads, all.states],
        "cpus": context.cpus(),
    }))
}

impl Sums {
    fn add(&mut self, states: &[i64]) {
        self.threads += 1;
        for (sum, state) in self.states.iter_mut().zip(states) {
            *sum += state;
        }
    }
}
