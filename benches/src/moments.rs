//! From the start to recording, and from the stop to a finished recording.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use afterwake_schema::recording::Manifest;
use anyhow::{Context, Result};

use crate::place::Place;
use crate::report::{median, promise};
use crate::{child, frames, tracer};

const STARTS: usize = 5;

pub fn run(place: &Place) -> Result<()> {
    let starts = (0..STARTS).map(|_| start(place)).collect::<Result<Vec<_>>>()?;
    promise("start to recording", median(starts), 1.0, "s");
    let (seconds, count) = stop(place)?;
    promise(&format!("stop to finished, {count} distinct frames"), seconds, 2.0, "s");
    Ok(())
}

/// Seconds from the start of the process to the begin of the recorded interval.
fn start(place: &Place) -> Result<f64> {
    let recording = place.scratch().join("start.wake");
    let before = monotonic_ns();
    let mut command = place.program("afterwake-record")?;
    child::run(command.args(["--quiet", "--for", "200ms", "-o"]).arg(&recording))?;
    let (manifest, _) = Manifest::read(&recording)?;
    fs::remove_dir_all(&recording)?;
    Ok((manifest.clock.start_ns - before) as f64 / 1e9)
}

/// Seconds from the signal to the end of the process, and how many frames it had to name.
fn stop(place: &Place) -> Result<(f64, u64)> {
    let recording = place.scratch().join("stop.wake");
    let program = frames::compile(place.scratch())?;
    let process = tracer::recorder(place, &recording)?;
    let mut program = Command::new(program).stdout(Stdio::piped()).spawn()?;
    let rounds = BufReader::new(program.stdout.take().context("it is piped")?);
    rounds.lines().take(2).collect::<Result<Vec<_>, _>>()?;
    let begin = Instant::now();
    process.stop()?;
    let seconds = begin.elapsed().as_secs_f64();
    program.kill()?;
    program.wait()?;
    let (manifest, _) = Manifest::read(&recording)?;
    let count = manifest.rows.get("frame").copied().unwrap_or(0);
    anyhow::ensure!(count >= 5_000, "only {count} frames were seen");
    Ok((seconds, count))
}

fn monotonic_ns() -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live local.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}
