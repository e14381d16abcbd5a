//! The recorder's memory over minutes of a busy machine: short processes, switches, messages.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::place::{Place, tool};
use crate::report::{median, megabytes, promise};
use crate::{child, tracer};

const MOST_MEGABYTES: f64 = 100.0;
/// Growth of the resident memory from the second quarter of the run to the last.
const MOST_GROWTH_MEGABYTES: f64 = 5.0;

pub fn run(place: &Place) -> Result<()> {
    let minutes = std::env::var("BENCH_MINUTES").ok().and_then(|text| text.parse::<f64>().ok());
    let length = Duration::from_secs_f64(minutes.unwrap_or(1.0) * 60.0);
    let recording = place.scratch().join("memory.wake");
    let mut process = tracer::recorder(place, &recording)?;
    let pid = process.child.id();
    let begin = Instant::now();
    let busy = thread::spawn(move || keep_busy(begin + length));
    let mut resident = Vec::new();
    while begin.elapsed() < length {
        thread::sleep(Duration::from_millis(500));
        process.must_be_alive()?;
        resident.push(megabytes(status(pid, "VmRSS:")?));
    }
    let runs = busy.join().ok().context("the load failed")??;
    let peak = megabytes(status(pid, "VmHWM:")?);
    let mut stopping = Vec::new();
    let stopped = thread::spawn(move || process.stop());
    while !stopped.is_finished() {
        stopping.extend(status(pid, "VmHWM:"));
        thread::sleep(Duration::from_millis(5));
    }
    stopped.join().ok().context("the recorder was not stopped")??;

    let quarter = resident.len() / 4;
    let early = median(resident[quarter..2 * quarter].to_vec());
    let late = median(resident[3 * quarter..].to_vec());
    println!(
        "{runs} rounds of load in {:.0} s, {} rows lost",
        length.as_secs_f64(),
        tracer::lost(place, &recording)?
    );
    println!("resident: {early:.1} MB in the second quarter, {late:.1} MB in the last");
    let peak = stopping.into_iter().map(megabytes).fold(peak, f64::max);
    promise("peak memory, the stop included", peak, MOST_MEGABYTES, "MB");
    promise("growth", late - early, MOST_GROWTH_MEGABYTES, "MB");
    Ok(fs::remove_dir_all(recording)?)
}

/// Rounds of messages, switches and short processes; how many.
fn keep_busy(end: Instant) -> Result<u64> {
    let mut rounds = 0;
    while Instant::now() < end {
        child::run(tool("perf")?.args(["bench", "sched", "messaging", "-g", "4", "-l", "20"]))?;
        child::run(tool("perf")?.args(["bench", "sched", "pipe", "-l", "20000"]))?;
        for _ in 0..20 {
            child::run(&mut tool("true")?)?;
        }
        thread::sleep(Duration::from_millis(100));
        rounds += 1;
    }
    Ok(rounds)
}

/// A memory figure of a process, in bytes.
fn status(pid: u32, field: &str) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)).context("it has ended")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}
