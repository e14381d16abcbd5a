//! What recording adds to an operation, and what a row takes on disk.
//!
//! Tracers take turns within a round, so that what the machine does meanwhile hits all of them;
//! the time added is the median over the rounds of the difference to the bare run beside it.

use std::fs;
use std::path::Path;

use afterwake_schema::recording::Manifest;
use anyhow::Result;

use crate::load::{self, Load, Pace};
use crate::noise;
use crate::place::Place;
use crate::report::{median, promise, table};
use crate::tracer::Tracer;

/// The loads and the rounds of all tracers, which `BENCH_ROUNDS` overrides. An operation of the last
/// one takes so long beside what anybody adds to it that it must be asked more often.
const LOADS: [(Load, usize); 3] =
    [(load::PIPE_ON_ONE_CPU, 5), (load::PIPE, 5), (load::MESSAGING, 25)];
const MOST_BYTES_PER_WAIT: f64 = 12.0;

/// What one tracer did to one load, round by round.
#[derive(Default)]
struct Readings {
    wall_us: Vec<f64>,
    cpu_us: Vec<f64>,
    added_wall_us: Vec<f64>,
    added_cpu_us: Vec<f64>,
    missed: Vec<String>,
}

pub fn run(place: &Place) -> Result<()> {
    let wanted = std::env::var("BENCH_ROUNDS").ok().and_then(|text| text.parse().ok());
    for (load, rounds) in LOADS {
        measure(place, &load, wanted.unwrap_or(rounds))?;
    }
    Ok(())
}

fn measure(place: &Place, load: &Load, rounds: usize) -> Result<()> {
    println!("\n## {}, {rounds} rounds, microseconds per operation", load.name);
    let mut readings: [Readings; Tracer::SCHEDULER.len()] = Default::default();
    let (mut stored, mut ideal) = (Vec::new(), Vec::new());
    load.run()?;
    for _ in 0..rounds {
        let mut bare = Pace::default();
        for (tracer, reading) in Tracer::SCHEDULER.into_iter().zip(&mut readings) {
            let mut running = tracer.start(place)?;
            let mut pace = load.run()?;
            pace.cpu_us += load.per_operation(running.cpu()?);
            reading.missed.push(running.stop(place)?);
            if tracer == Tracer::Nothing {
                bare = pace;
            }
            if tracer == Tracer::Afterwake {
                let recording = place.scratch().join("traced/load.wake");
                stored.push(bytes_per_wait(&recording)?);
                ideal.push(noise::bytes_per_wait(place, &recording)?);
            }
            reading.wall_us.push(pace.wall_us);
            reading.cpu_us.push(pace.cpu_us);
            reading.added_wall_us.push(pace.wall_us - bare.wall_us);
            reading.added_cpu_us.push(pace.cpu_us - bare.cpu_us);
        }
    }
    print(&readings);
    let added = |tracer: usize| median(readings[tracer].added_wall_us.clone());
    let [afterwake, tools, perf] = [1, 2, 3].map(added);
    promise("time added / offcputime + wakeuptime", afterwake / tools, 0.5, "x");
    promise("time added / perf record -g", afterwake / perf, 1.0, "x");
    let cpu = |tracer: usize| median(readings[tracer].added_cpu_us.clone());
    println!("CPU added, tracer included: {:.2} x offcputime + wakeuptime", cpu(1) / cpu(2));
    promise(
        "stored, with stacks and symbols",
        median(stored),
        MOST_BYTES_PER_WAIT,
        "bytes per wait",
    );
    println!("its four times alone, each in an ideal code: {:.1} bytes", median(ideal));
    Ok(())
}

fn print(readings: &[Readings]) {
    let figure = |values: &[f64]| format!("{:.3}", median(values.to_vec()));
    let mut rows = Vec::new();
    for (tracer, reading) in Tracer::SCHEDULER.into_iter().zip(readings) {
        let mut missed = reading.missed.clone();
        missed.sort();
        missed.dedup();
        rows.push(vec![
            tracer.name().to_owned(),
            figure(&reading.wall_us),
            figure(&reading.added_wall_us),
            figure(&reading.cpu_us),
            figure(&reading.added_cpu_us),
            missed.join("; "),
        ]);
    }
    table(&["tracer", "time", "added", "CPU", "added", "missed"], &rows);
}

/// The tables that a wait is told in: its row, its stacks, and their symbols.
const OF_WAITS: [&str; 4] = ["wait", "stack", "frame", "module"];

/// Bytes of these tables, for each row of `wait`.
fn bytes_per_wait(recording: &Path) -> Result<f64> {
    let (manifest, _) = Manifest::read(recording)?;
    let waits = manifest.rows.get("wait").copied().unwrap_or(0);
    let sizes = OF_WAITS.map(|table| bytes(&recording.join(table)));
    let sum: u64 = sizes.into_iter().sum::<Result<u64>>()?;
    Ok(sum as f64 / waits.max(1) as f64)
}

fn bytes(directory: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        sum += if entry.file_type()?.is_dir() {
            bytes(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(sum)
}
