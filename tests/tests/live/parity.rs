//! The tools people know, run on the same seconds: offcputime, runqlat and cpudist of libbpf-tools.
//!
//! They start before the load and end after it, so that they see all of it as the recorder does.
//! What differs is stated: they drop what is shorter than 1 us, runqlat starts its clock at
//! `sched_wakeup`, a little after the waking, and cpudist counts only the runs that ended while the
//! thread was still runnable.

use std::collections::BTreeMap;
use std::path::Path;

use afterwake_tests::program::{number, sql, view};

use crate::machine::{Machine, workload};
use crate::tool::Tool;
use crate::truth::{Truth, assert_near};

/// Counts by lower edge of a power-of-two bucket, in microseconds.
type Histogram = BTreeMap<i64, i64>;

#[test]
fn the_known_tools_see_the_same() {
    let Some(machine) = Machine::take() else { return };
    let offcputime = Tool::start("offcputime", &["--stack-storage-size", "16384"]);
    let runqlat = Tool::start("runqlat", &["-P"]);
    let cpudist = Tool::start("cpudist", &["-P"]);
    let output = machine.record(&[], &[&workload(), "w12"]);
    let [offcputime, runqlat, cpudist] = [offcputime, runqlat, cpudist].map(|tool| tool.stop());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let truth = Truth::parse(&output.stdout);
    let recording = machine.recording();
    let pid = truth.parts()[0].get("pid");

    for part in truth.parts() {
        let (name, tid) = (part.name(), part.get("tid"));
        let query = format!(
            "SELECT sum(on_ts - off_ts) / 1000 FROM wait
             WHERE tid = {tid} AND off_ts >= {}",
            part.get("begin_ns")
        );
        let ours = number(&recording, &query);
        assert_near(&format!("{name}: off-CPU us"), ours, off_cpu_us(&offcputime, name), 3.0);
        let flags = ["-t", &tid.to_string(), "--whole", "--preempted"];
        let shown = view("offcputime", &recording, &flags);
        let shown: i64 = shown.iter().filter_map(|row| row["value"].as_i64()).sum();
        assert_near(&format!("{name}: the view's us"), shown, ours, 1.0);
    }

    let (theirs, ours) = (section(&runqlat, pid), buckets("runqlat", &recording, pid));
    assert_alike("runqlat", &theirs, &ours);

    let runs = |filter: &str| -> Histogram {
        let query = format!(
            "SELECT CASE WHEN us < 2 THEN 0 ELSE CAST(power(2, floor(log2(us))) AS BIGINT) END
                AS bucket, count(*) AS count
             FROM (SELECT ran_ns / 1000 AS us FROM wait
                WHERE pid = {pid} AND ran_ns IS NOT NULL AND off_ts IS NOT NULL {filter})
             GROUP BY 1"
        );
        pairs(&sql(&recording, &query))
    };
    assert_alike("cpudist", &section(&cpudist, pid), &runs("AND (preempted OR state = 0)"));
    assert_eq!(buckets("cpudist", &recording, pid), runs(""), "our cpudist counts every run");
}

/// Asserts that two histograms count the same, and mostly in the same buckets.
#[track_caller]
fn assert_alike(what: &str, theirs: &Histogram, ours: &Histogram) {
    let (their_count, our_count) = (count(theirs), count(ours));
    assert!(their_count > 100, "{what} has counted little: {theirs:?}");
    // Switches that a host hides are hidden from one more than from the other; ends add a few.
    let spare = 10 + their_count / 25;
    assert!(
        (their_count - our_count).abs() <= spare,
        "{what} counts {their_count}, we {our_count}: {theirs:?} {ours:?}"
    );
    let moved: i64 = theirs
        .iter()
        .map(|(edge, counted)| (counted - ours.get(edge).copied().unwrap_or(0)).max(0))
        .sum();
    assert!(
        moved <= their_count / 5,
        "{what}: {moved} of {their_count} lie in other buckets: {theirs:?} {ours:?}"
    );
}

/// Sum of the stacks of one thread name: a line `- comm (tid)` and, after it, the microseconds.
fn off_cpu_us(said: &str, comm: &str) -> i64 {
    let mut lines = said.lines().map(str::trim);
    let mut sum = 0;
    while let Some(line) = lines.next() {
        let is_comm = line.strip_prefix('-').is_some_and(|rest| {
            rest.trim().rsplit_once(" (").is_some_and(|(name, _)| name == comm)
        });
        if is_comm {
            sum += lines.next().and_then(|value| value.parse::<i64>().ok()).unwrap_or(0);
        }
    }
    sum
}

/// The histogram under `pid = PID comm`.
fn section(said: &str, pid: i64) -> Histogram {
    let heading = format!("pid = {pid} ");
    let lines = said.lines().skip_while(|line| !line.starts_with(&heading)).skip(1);
    lines
        .take_while(|line| !line.starts_with("pid = "))
        .filter_map(|line| {
            let (edge, rest) = line.split_once("->")?;
            let counted = rest.split(':').nth(1)?.split('|').next()?;
            Some((edge.trim().parse().ok()?, counted.trim().parse().ok()?))
        })
        .filter(|(_, counted)| *counted > 0)
        .collect()
}

fn buckets(name: &str, recording: &Path, pid: i64) -> Histogram {
    pairs(&view(name, recording, &["-P", "-p", &pid.to_string()]))
}

fn pairs(rows: &[serde_json::Value]) -> Histogram {
    let pair = |row: &serde_json::Value| Some((row["bucket"].as_i64()?, row["count"].as_i64()?));
    rows.iter().filter_map(pair).filter(|(_, counted)| *counted > 0).collect()
}

fn count(histogram: &Histogram) -> i64 {
    histogram.values().sum()
}
