//! The sums behind offcputime, against DuckDB on the same files.

use anyhow::{Context, Result};

use crate::child::{self, median_of};
use crate::place::Place;
use crate::report::{promise, table};
use crate::views;

const RUNS: usize = 5;
/// Prints the seconds of the median run, after one to warm up, then the answer.
const READER: &str = "
import sys, time, duckdb
query, runs = sys.argv[1], int(sys.argv[2])
session = duckdb.connect()
session.execute('SET threads = ' + sys.argv[3])
seconds = []
for run in range(runs + 1):
    begin = time.perf_counter()
    answer = session.execute(query).fetchall()
    seconds.append(time.perf_counter() - begin)
print(sorted(seconds[1:] or seconds)[runs // 2])
print(*answer[0], sep=',')
";

pub fn run(place: &Place) -> Result<()> {
    let recording = views::recording(place)?;
    let (ours, our_answer) = median_of(RUNS, || {
        let mut command = place.program("afterwake")?;
        command.arg("sql").arg(&recording).arg(query("wait")).args(["--format", "csv"]);
        Ok(command)
    })?;
    let files = format!("read_parquet('{}')", recording.join("wait/*.parquet").display());
    let duckdb = |runs: usize| -> Result<_> {
        let mut command = place.python()?;
        let threads = std::thread::available_parallelism()?.to_string();
        command.args(["-c", READER, &query(&files), &runs.to_string(), &threads]);
        Ok(command)
    };
    let (_, said) = child::run(&mut duckdb(RUNS)?)?;
    let (seconds, their_answer) = said.split_once('\n').context("seconds and an answer")?;
    let warm: f64 = seconds.trim().parse()?;
    let (whole, _) = median_of(RUNS, || duckdb(0))?;
    let agree = our_answer.lines().nth(1) == Some(their_answer.trim());
    anyhow::ensure!(agree, "the answers differ: {our_answer} {their_answer}");

    let row = |what: &str, seconds: f64| vec![what.to_owned(), format!("{seconds:.3} s")];
    let ours = ours.wall.as_secs_f64();
    table(
        &["who", "time"],
        &[
            row("afterwake sql, process start included", ours),
            row("DuckDB, process start included", whole.wall.as_secs_f64()),
            row("DuckDB, the warm query alone", warm),
        ],
    );
    promise("whole processes, afterwake / DuckDB", ours / whole.wall.as_secs_f64(), 1.0, "x");
    println!("our whole process / DuckDB's warm query alone: {:.2} x", ours / warm);
    Ok(())
}

/// Blocked time by process and stacks, as offcputime sums it; then one row of it, so that printing costs nothing.
fn query(waits: &str) -> String {
    format!(
        "SELECT count(*) AS stacks, CAST(sum(ns) AS BIGINT) AS ns FROM (
           SELECT pid, comm, kstack, ustack, sum(on_ts - off_ts) AS ns FROM {waits}
           WHERE state <> 0 AND NOT preempted AND NOT born AND on_ts > off_ts
           GROUP BY pid, comm, kstack, ustack) AS sums"
    )
}
