//! Chains that lead out of a part of a recording, worked out by hand, in milliseconds.

use std::path::Path;

use afterwake_tests::chains::totals;
use afterwake_tests::machine::MILLISECOND;
use afterwake_tests::machine::world::World;
use afterwake_tests::program::sql;

use super::{Cut, cut};

/// A waits for B, B for C, C for a timer; X takes B's CPU. See the worked example of the goldens.
const RELAY: &str = "
    cpus 2
    thread A tid 1 pid 1
    thread B tid 2 pid 2
    thread C tid 3 pid 3
    0 cpu0: C -> A S
    0 cpu1: idle -> B
    5 cpu1: B -> idle S
    10 cpu0: A -> idle S
    30 hardirq:hrtimer wakes C
    31 cpu0: idle -> C
    50 C wakes B
    53 cpu1: idle -> B
    55 cpu0: C -> idle S
    58 hardirq:hrtimer wakes X @1
    60 cpu1: B -> X preempted
    64 cpu1: X -> B S
    70 B wakes A @1
    72 cpu0: idle -> A
    75 cpu1: B -> idle S
    80 cpu0: A -> idle S
    stop 100";

/// B slept long ago; then A waits for B, which runs all the time.
const LONG_AGO: &str = "
    cpus 2
    thread A tid 1 pid 1
    thread B tid 2 pid 2
    0 cpu0: idle -> A
    0 cpu1: idle -> B
    5 cpu1: B -> idle S
    15 hardirq:hrtimer wakes B @1
    20 cpu1: idle -> B
    40 cpu0: A -> idle S
    60 B wakes A @1
    62 cpu0: idle -> A
    65 cpu1: B -> idle S
    70 cpu0: A -> idle S
    stop 100";

/// The chains of A, as `A--B--[cut] 60` for each.
fn told(view: &str, recording: &Path, flags: &[&str]) -> Vec<String> {
    let totals = totals(view, recording, &[&["-t", "1"], flags].concat());
    totals.iter().map(|(path, ns)| format!("{} {}", path.join("--"), ns / MILLISECOND)).collect()
}

fn parts(script: &str, flags: &[&str]) -> (World, Cut) {
    let world = World::scripted(script);
    let part = cut(world.path(), flags);
    (world, part)
}

#[test]
fn a_relay_that_is_cut_in_the_middle_ends_there() {
    let (world, part) = parts(RELAY, &["--from", "60ms", "--to", "80ms"]);
    assert_eq!(
        told("chaingraph", world.path(), &["--from", "60ms", "--to", "80ms"]),
        ["A--B--C--[hardirq:hrtimer] 60", "A--[runqueue] 2"]
    );
    assert_eq!(told("chaingraph", part.path(), &[]), ["A--B--[cut] 60", "A--[runqueue] 2"]);
    // B's run from 53 on belongs to a row that crosses the edge, and is kept whole.
    assert_eq!(
        told("criticalpath", part.path(), &[]),
        ["A--B--[cut] 43", "A--B--[preempted] 4", "A--B--[running] 13", "A--[runqueue] 2"]
    );
    let walk = |function: &str| {
        let arguments = "NULL, NULL, NULL, FALSE, FALSE, NULL, NULL, NULL, NULL, NULL, FALSE, FALSE, FALSE, FALSE";
        let query = format!(
            "SELECT CAST(sum(ns) / 1000000 AS BIGINT) AS ms FROM {function}({arguments}) WHERE folded LIKE '%[cut]'"
        );
        sql(part.path(), &query)[0]["ms"].as_i64()
    };
    // X was woken in the part and waited for its CPU, B is preempted in it: only A's chain leads out.
    assert_eq!((walk("chain_graph"), walk("critical_path")), (Some(60), Some(43)));
}

#[test]
fn a_relay_that_is_there_is_told_to_its_end() {
    let window = ["--from", "20ms", "--to", "80ms"];
    let (world, part) = parts(RELAY, &window);
    for view in ["chaingraph", "criticalpath"] {
        assert_eq!(told(view, part.path(), &[]), told(view, world.path(), &window), "{view}");
    }
    assert_eq!(
        told("chaingraph", part.path(), &[]),
        ["A--B--C--[hardirq:hrtimer] 60", "A--[runqueue] 2"]
    );
}

#[test]
fn other_processes_are_cut_off() {
    let (_world, alone) = parts(RELAY, &["--pid", "1"]);
    assert_eq!(told("chaingraph", alone.path(), &[]), ["A--B--[cut] 60", "A--[runqueue] 2"]);
    assert_eq!(told("criticalpath", alone.path(), &[]), ["A--B--[cut] 60", "A--[runqueue] 2"]);
    let (_world, two) = parts(RELAY, &["--pid", "1,2"]);
    assert_eq!(told("chaingraph", two.path(), &[]), ["A--B--C--[cut] 60", "A--[runqueue] 2"]);
    assert_eq!(
        told("criticalpath", two.path(), &[]),
        [
            "A--B--C--[cut] 40",
            "A--B--[preempted] 4",
            "A--B--[running] 13",
            "A--B--[runqueue] 3",
            "A--[runqueue] 2"
        ]
    );
}

#[test]
fn what_was_over_before_does_not_explain() {
    let window = ["--from", "30ms", "--to", "80ms"];
    let (world, part) = parts(LONG_AGO, &window);
    for view in ["chaingraph", "criticalpath"] {
        assert_eq!(told(view, part.path(), &[]), told(view, world.path(), &window), "{view}");
    }
    assert_eq!(told("chaingraph", part.path(), &[]), ["A--B 20", "A--[runqueue] 2"]);
    let unbounded = |recording, more: &[&str]| {
        told("chaingraph", recording, &[&["--unbounded"], more].concat())
    };
    assert_eq!(unbounded(world.path(), &window), ["A--B--[hardirq:hrtimer] 20", "A--[runqueue] 2"]);
    assert_eq!(unbounded(part.path(), &[]), ["A--B--[cut] 20", "A--[runqueue] 2"]);
}
