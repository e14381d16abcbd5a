//! Flags that choose: each answer is the part of the oracle's that the flag names.

use std::collections::BTreeMap;

use afterwake_tests::chains::{States, all_states, totals};
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::recording::{self, Form};
use afterwake_tests::machine::world::World;
use afterwake_tests::machine::{MICROSECOND, contract};
use afterwake_tests::oracle::chain::roots;
use afterwake_tests::oracle::timeline::{Interval, Kind};
use afterwake_tests::oracle::{sum, sums::time_in};
use afterwake_tests::program::{afterwake, sql, view};
use tempfile::TempDir;

const SIZE: Size = Size { cpus: 3, threads: 20, steps: 3_000 };
const GRAPHS: [&str; 4] = ["offcputime", "offwaketime", "chaingraph", "criticalpath"];

/// Off-CPU nanoseconds of the waits that `takes` admits.
fn off_cpu(world: &World, takes: impl Fn(&Interval) -> bool) -> u64 {
    roots(&world.timeline).filter(|wait| takes(wait)).map(|wait| wait.on - wait.out).sum()
}

#[track_caller]
fn assert_graphs(world: &World, flags: &[&str], takes: impl Fn(&Interval) -> bool) {
    let expected = off_cpu(world, takes);
    assert!(expected > 0, "{flags:?} take nothing");
    for name in GRAPHS {
        assert_eq!(sum(&totals(name, world.path(), flags)), expected, "{name} {flags:?}");
    }
}

#[test]
fn durations_choose() {
    let world = World::random(21, SIZE);
    let us = |wait: &Interval| (wait.on - wait.out) / MICROSECOND;
    assert_graphs(&world, &["-m", "1500"], |wait| us(wait) >= 1500);
    assert_graphs(&world, &["-M", "2500"], |wait| us(wait) <= 2500);
    assert_graphs(&world, &["-m", "300", "-M", "9000"], |wait| (300..=9000).contains(&us(wait)));
}

#[test]
fn states_choose() {
    let world = World::random(22, SIZE);
    for (mask, number) in [("1", 1), ("2", 2), ("4", 4), ("3", 3)] {
        assert_graphs(&world, &["--state", mask], |wait| wait.leave.state & number != 0);
    }
}

#[test]
fn kinds_of_thread_choose() {
    let world = World::random(23, SIZE);
    let kernel = |wait: &Interval| world.machine.threads[wait.thread].kernel;
    assert_graphs(&world, &["-k"], kernel);
    assert_graphs(&world, &["-u"], |wait| !kernel(wait));
}

#[test]
fn preempted_time_is_added_on_request() {
    let world = World::random(24, SIZE);
    let segments = world.timeline.segments.iter().flatten();
    let pushed = segments.filter(|one| one.kind == Kind::Preempted && !one.open);
    let pushed: u64 = pushed.map(|one| one.to - one.from).sum();
    let all = sum(&totals("offcputime", world.path(), &["--preempted"]));
    assert_eq!(all, off_cpu(&world, |_| true) + pushed);
    let rows = view("offcputime", world.path(), &["--preempted"]);
    let marked = rows
        .iter()
        .filter(|row| row["folded"].as_str().is_some_and(|folded| folded.contains("[preempted]")));
    let marked: u64 = marked.filter_map(|row| row["value"].as_u64()).sum();
    assert_eq!(marked * MICROSECOND, pushed);
}

#[test]
fn states_of_windows_add_up() {
    let world = World::random(25, SIZE);
    let us = world.machine.stop / MICROSECOND;
    let cuts: Vec<String> = (0..=4).map(|part| format!("{}us", us * part / 4)).collect();
    let all = all_states(world.path());
    let mut parts: BTreeMap<String, States> = BTreeMap::new();
    for window in cuts.windows(2) {
        let flags = ["-t", "-n", "--from", &window[0], "--to", &window[1]];
        for row in view("threadstates", world.path(), &flags) {
            let name = row["comm"].as_str().unwrap_or_default().to_owned();
            let sums = parts.entry(name).or_default();
            for state in ["running", "runnable", "preempted", "blocked", "unknown", "lost"] {
                let ns = row[format!("{state}_ns")].as_u64();
                let ns = ns.unwrap_or_else(|| panic!("{state} of {row}"));
                *sums.entry(state.to_owned()).or_default() += ns;
            }
        }
    }
    // The machine stops a microsecond after the last whole part, which is part of the last window.
    assert_eq!(parts, all);
}

#[test]
fn processes_are_the_sums_of_their_threads() {
    let world = World::random(26, SIZE);
    let mut expected: BTreeMap<u64, u64> = BTreeMap::new();
    for (thread, task) in world.machine.threads.iter().enumerate() {
        let running = time_in(&world.timeline, thread, |kind| kind == Kind::Running);
        *expected.entry(u64::from(task.pid)).or_default() += running;
    }
    let rows = view("threadstates", world.path(), &["-n"]);
    let found: BTreeMap<u64, u64> = rows
        .iter()
        .filter_map(|row| Some((row["pid"].as_u64()?, row["running_ns"].as_u64()?)))
        .collect();
    assert_eq!(found, expected);
}

fn sampled(counters: bool) -> TempDir {
    let machine = generate::machine(27, SIZE);
    let directory = tempfile::tempdir().expect("a temporary directory");
    let form = Form { sample_every: Some(200_000), counters, ..Form::default() };
    recording::write(&machine, contract::rows(&machine), directory.path(), form);
    directory
}

#[test]
fn a_profile_counts_every_sample() {
    let recording = sampled(true);
    for (filter, flags) in [
        ("TRUE", &[][..]),
        ("cpu = 1", &["-C", "1"]),
        ("tid = 1001", &["-L", "1001"]),
        ("pid = 999", &["-p", "999"]),
    ] {
        let mut found: BTreeMap<String, (u64, u64, u64)> = BTreeMap::new();
        for row in view("profile", recording.path(), flags) {
            let name = row["folded"].as_str().and_then(|folded| folded.split(';').next());
            found.entry(name.expect("a name").to_owned()).or_default().0 +=
                row["value"].as_u64().expect("samples");
        }
        for row in view("cpi", recording.path(), flags) {
            let name = row["folded"].as_str().and_then(|folded| folded.split(';').next());
            let sums = found.entry(name.expect("a name").to_owned()).or_default();
            sums.1 += row["value"].as_u64().expect("cycles");
            sums.2 += row["instructions"].as_u64().expect("instructions");
        }
        let query = format!(
            "SELECT comm, count(*) AS n, sum(cycles) AS c, sum(instructions) AS i \
             FROM sample WHERE {filter} GROUP BY comm"
        );
        let number = |row: &serde_json::Value, column: &str| row[column].as_u64().unwrap_or(0);
        let expected: BTreeMap<String, (u64, u64, u64)> = sql(recording.path(), &query)
            .iter()
            .map(|row| {
                let name = row["comm"].as_str().unwrap_or_default().to_owned();
                (name, (number(row, "n"), number(row, "c"), number(row, "i")))
            })
            .collect();
        assert!(!expected.is_empty(), "{filter} takes nothing");
        assert_eq!(found, expected, "{flags:?}");
    }
}

#[test]
fn without_counters_cpi_says_why_not() {
    let recording = sampled(false);
    let folder = recording.path().to_string_lossy().into_owned();
    let answer = afterwake(["cpi", &folder]);
    assert_ne!(answer.code, Some(0));
    assert!(answer.stderr.contains("counters"), "{}", answer.stderr);
    assert!(!answer.stderr.contains("panicked"), "{}", answer.stderr);
}

#[test]
fn intervals_divide_the_recording() {
    let world = World::random(28, SIZE);
    let all = view("runqlat", world.path(), &[]);
    let count = |rows: &[serde_json::Value]| -> u64 {
        rows.iter().filter_map(|row| row["count"].as_u64()).sum()
    };
    let divided = view("runqlat", world.path(), &["0.05", "1000"]);
    assert_eq!(count(&divided), count(&all));
    let mut begins: Vec<i64> =
        divided.iter().filter_map(|row| row["interval_ts"].as_i64()).collect();
    begins.dedup();
    let intervals = world.machine.stop.div_ceil(50_000_000);
    assert!(begins.len() as u64 <= intervals && begins.len() > 3, "{begins:?}");
    assert!(begins.windows(2).all(|pair| (pair[1] - pair[0]) % 50_000_000 == 0), "{begins:?}");
    let first = view("runqlat", world.path(), &["0.05", "1"]);
    let window = view("runqlat", world.path(), &["--to", "50ms"]);
    assert_eq!(count(&first), count(&window));
}
