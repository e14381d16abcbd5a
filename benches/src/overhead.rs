//! What recording adds to an operation, and what a row takes on disk.
//!
//! Tracers take turns within a round, each one first in its turn, so that what the machine does meanwhile
//! hits all of them; the time added is the median over the rounds of the difference to the bare runs of
//! the same round. Beside it stands what the kernel counts in the tracers' BPF programs, with the CPU
//! time of their processes: most of what they add, and nothing that the load does by itself.

use std::fs;
use std::path::Path;

use afterwake_schema::recording::Manifest;
use anyhow::Result;

use crate::load::{self, Load, Pace};
use crate::noise;
use crate::place::Place;
use crate::probes::Counting;
use crate::report::{median, promise, promise_within, spread, table};
use crate::tracer::Tracer;

/// A load, the rounds of all tracers, which `BENCH_ROUNDS` overrides, and the runs in each turn. An
/// operation of the last load takes so long beside what anybody adds to it that it must be asked often.
const LOADS: [(Load, usize, usize); 4] = [
    (load::PIPE_ON_ONE_CPU, 5, 1),
    (load::PIPE, 5, 1),
    (load::MESSAGING_ON_ONE_CPU, 10, 2),
    (load::MESSAGING, 20, 4),
];
/// Rounds in which the kernel counts.
const COUNTED: usize = 5;
const MOST_BYTES_PER_WAIT: f64 = 12.0;

/// What one tracer did to one load, round by round.
#[derive(Default)]
struct Readings {
    wall_us: Vec<f64>,
    cpu_us: Vec<f64>,
    disturbed: usize,
    missed: Vec<String>,
}

/// What is stored of a wait, and the least that its times could take.
#[derive(Default)]
struct Stored {
    bytes: Vec<f64>,
    ideal: Vec<f64>,
}

pub fn run(place: &Place) -> Result<()> {
    let wanted = std::env::var("BENCH_ROUNDS").ok().and_then(|text| text.parse().ok());
    for (load, rounds, runs) in LOADS {
        measure(place, &load, wanted.unwrap_or(rounds), runs)?;
        count(place, &load)?;
    }
    Ok(())
}

fn measure(place: &Place, load: &Load, rounds: usize, runs: usize) -> Result<()> {
    println!("\n## {}, {rounds} x {runs} runs, microseconds per operation", load.name);
    let mut readings: [Readings; Tracer::SCHEDULER.len()] = Default::default();
    let mut stored = Stored::default();
    load.run()?;
    for round in 0..rounds {
        for turn in 0..readings.len() {
            let index = (round + turn) % readings.len();
            let missed = take_turn(place, load, runs, index, &mut readings[index])?;
            readings[index].missed.push(missed);
            if Tracer::SCHEDULER[index] == Tracer::Afterwake {
                let recording = place.scratch().join("traced/load.wake");
                stored.bytes.push(bytes_per_wait(&recording)?);
                stored.ideal.push(noise::bytes_per_wait(place, &recording)?);
            }
        }
    }
    let [bare, afterwake, tools, perf] = &readings;
    print(bare, &readings);
    for (name, other, most) in
        [("offcputime + wakeuptime", tools, 0.5), ("perf record -g", perf, 1.0)]
    {
        let (ratio, error) =
            ratio(&added(&afterwake.wall_us, &bare.wall_us), &added(&other.wall_us, &bare.wall_us));
        promise_within(&format!("time added / {name}"), ratio, error, most, "x");
    }
    let (bytes, ideal) = (median(stored.bytes), median(stored.ideal));
    promise("stored, with stacks and symbols", bytes, MOST_BYTES_PER_WAIT, "bytes per wait");
    println!("its four times alone, each in an ideal code: {ideal:.1} bytes");
    Ok(())
}

/// Runs the load several times under one tracer, and keeps the mean; what the tracer missed.
fn take_turn(
    place: &Place,
    load: &Load,
    runs: usize,
    tracer: usize,
    readings: &mut Readings,
) -> Result<String> {
    let mut running = Tracer::SCHEDULER[tracer].start(place)?;
    let paces = (0..runs).map(|_| load.run()).collect::<Result<Vec<Pace>>>()?;
    let tries = paces.iter().map(|pace| pace.tries).sum::<usize>() as f64;
    let own_us = load.per_operation(running.cpu()?) / tries;
    let mean = |of: fn(&Pace) -> f64| paces.iter().map(of).sum::<f64>() / runs as f64;
    readings.wall_us.push(mean(|pace| pace.wall_us));
    readings.cpu_us.push(mean(|pace| pace.cpu_us) + own_us);
    readings.disturbed += paces.iter().filter(|pace| pace.disturbed).count();
    running.stop(place)
}

/// What the probes of the tracers and their processes take of the CPUs, as the kernel counts it.
fn count(place: &Place, load: &Load) -> Result<()> {
    let tracers = [Tracer::Afterwake, Tracer::LibbpfTools];
    let mut taken_us: [Vec<f64>; 2] = Default::default();
    for _ in 0..COUNTED {
        for (tracer, taken_us) in tracers.into_iter().zip(&mut taken_us) {
            let counting = Counting::begin()?;
            let mut running = tracer.start(place)?;
            let before = counting.taken();
            let pace = load.run()?;
            let probes = (counting.taken() - before).as_secs_f64();
            taken_us.push(load.per_operation(probes + running.cpu()?) / pace.tries as f64);
            running.stop(place)?;
        }
    }
    let [afterwake, tools] = taken_us.map(median);
    println!(
        "CPU of probes and tracer: {afterwake:.3} and {tools:.3} us, {:.2} x offcputime + wakeuptime",
        afterwake / tools
    );
    Ok(())
}

/// What one adds to what the other adds, and the standard error of that.
fn ratio(one: &[f64], other: &[f64]) -> (f64, f64) {
    let below = median(other.to_vec());
    let ratio = median(one.to_vec()) / below;
    (ratio, spread(one).hypot(ratio * spread(other)) / below)
}

fn added(readings: &[f64], bare: &[f64]) -> Vec<f64> {
    readings.iter().zip(bare).map(|(reading, bare)| reading - bare).collect()
}

fn print(bare: &Readings, readings: &[Readings]) {
    let mut rows = Vec::new();
    for (tracer, reading) in Tracer::SCHEDULER.into_iter().zip(readings) {
        let mut missed = reading.missed.clone();
        missed.sort();
        missed.dedup();
        // Each round loses another number of chunks.
        let more = missed.len().saturating_sub(2);
        missed.truncate(2);
        if more > 0 {
            missed.push(format!("{more} more"));
        }
        let figure = |all: &[f64]| format!("{:.3}", median(all.to_vec()));
        let added = |all, bare| {
            let added = added(all, bare);
            format!("{:.3} ±{:.3}", median(added.clone()), spread(&added))
        };
        rows.push(vec![
            tracer.name().to_owned(),
            figure(&reading.wall_us),
            added(&reading.wall_us, &bare.wall_us),
            figure(&reading.cpu_us),
            added(&reading.cpu_us, &bare.cpu_us),
            reading.disturbed.to_string(),
            missed.join("; "),
        ]);
    }
    table(&["tracer", "time", "added", "CPU", "added", "disturbed", "missed"], &rows);
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
