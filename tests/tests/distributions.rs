//! Histograms and lists of single waits against the oracle, row by row.

use std::collections::BTreeMap;

use afterwake_tests::machine::generate::Size;
use afterwake_tests::machine::world::World;
use afterwake_tests::machine::{MICROSECOND, MILLISECOND};
use afterwake_tests::oracle::Kind;
use afterwake_tests::program::view;

const SIZE: Size = Size { cpus: 3, threads: 20, steps: 4_000 };

type Histogram = BTreeMap<u64, u64>;

/// Lower edge of the power-of-two bucket of a value: 0 for 0 and 1, then 2, 4, 8 …
fn bucket(value: u64) -> u64 {
    if value < 2 { 0 } else { 1 << value.ilog2() }
}

fn histogram(values: impl Iterator<Item = u64>) -> Histogram {
    let mut histogram = Histogram::new();
    values.for_each(|value| *histogram.entry(bucket(value)).or_default() += 1);
    histogram
}

fn answered(world: &World, name: &str, flags: &[&str]) -> Histogram {
    let mut histogram = Histogram::new();
    for row in view(name, world.path(), flags) {
        let number = |column: &str| {
            row[column].as_u64().unwrap_or_else(|| panic!("{name}: no {column} in {row}"))
        };
        if number("count") > 0 {
            *histogram.entry(number("bucket")).or_default() += number("count");
        }
    }
    histogram
}

/// Nanoseconds of every whole segment of one of the kinds, with its thread.
fn whole_segments(world: &World, of: impl Fn(Kind) -> bool) -> Vec<(usize, u64)> {
    let mut found = Vec::new();
    for (thread, segments) in world.timeline.segments.iter().enumerate() {
        let whole = segments.iter().filter(|one| of(one.kind) && one.to < world.machine.stop);
        found.extend(whole.map(|one| (thread, one.to - one.from)));
    }
    found
}

fn queued(world: &World) -> Vec<(usize, u64)> {
    whole_segments(world, |kind| matches!(kind, Kind::Woken | Kind::New | Kind::Preempted))
}

#[test]
fn runqlat_counts_every_wait_for_a_cpu() {
    let world = World::random(8, SIZE);
    let waits = queued(&world);
    assert!(waits.len() > 500);
    let us = histogram(waits.iter().map(|(_, ns)| ns / MICROSECOND));
    assert_eq!(answered(&world, "runqlat", &[]), us);
    let ms = histogram(waits.iter().map(|(_, ns)| ns / MILLISECOND));
    assert_eq!(answered(&world, "runqlat", &["-m"]), ms);
    for flag in ["-P", "-L"] {
        assert_eq!(answered(&world, "runqlat", &[flag]), us, "{flag} only divides");
    }
    let pid = world.machine.threads[0].pid;
    let own = waits.iter().filter(|(thread, _)| world.machine.threads[*thread].pid == pid);
    let own = histogram(own.map(|(_, ns)| ns / MICROSECOND));
    assert_eq!(answered(&world, "runqlat", &["-p", &pid.to_string()]), own);
}

#[test]
fn runqslower_lists_those_above_the_threshold() {
    let world = World::random(9, SIZE);
    for threshold in [100, 1_000, 5_000] {
        let mut expected: Vec<u64> = queued(&world)
            .iter()
            .map(|(_, ns)| ns / MICROSECOND)
            .filter(|us| *us >= threshold)
            .collect();
        expected.sort_unstable();
        let rows = view("runqslower", world.path(), &[&threshold.to_string()]);
        let latency = |row: &serde_json::Value| row["lat_us"].as_u64().expect("lat_us");
        let mut found: Vec<u64> = rows.iter().map(latency).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "threshold {threshold}");
    }
}

#[test]
fn cpudist_counts_every_run() {
    let world = World::random(10, SIZE);
    let runs = whole_segments(&world, |kind| kind == Kind::Running);
    let us = histogram(runs.iter().map(|(_, ns)| ns / MICROSECOND));
    assert_eq!(answered(&world, "cpudist", &[]), us);
    for flag in ["-P", "-L"] {
        assert_eq!(answered(&world, "cpudist", &[flag]), us, "{flag} only divides");
    }
}
