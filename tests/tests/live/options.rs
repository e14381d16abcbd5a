//! What the options choose is what is in the recording, and the recording says so.

use afterwake_schema::recording::Manifest;
use afterwake_tests::program::{number, sql};

use crate::machine::{Machine, record_with, workload};

/// Stacks are walked for long waits only; the waits themselves are all there.
#[test]
fn stacks_only_over_the_threshold() {
    let Some(recorded) = record_with(&["--stack-min", "1ms"], "w8", &[]) else { return };
    let rows = sql(
        &recorded.path,
        "SELECT on_ts - off_ts >= 1000000 AS long, count(*) AS waits,
            count(kstack) AS own, count(waker_kstack) AS wakers,
            count(*) FILTER (WHERE woken_ts - off_ts >= 1000000) AS wakings
         FROM wait WHERE comm LIKE 'w8-%' AND on_ts IS NOT NULL AND off_ts IS NOT NULL
         GROUP BY 1 ORDER BY 1",
    );
    let [short, long] = &rows[..] else { panic!("short and long waits: {rows:?}") };
    assert_eq!(short["own"], 0, "{short}");
    assert_eq!(short["wakers"], 0, "{short}");
    assert!(long["waits"].as_i64() > Some(500), "it waits for whole milliseconds: {long}");
    assert_eq!(long["own"], long["waits"], "{long}");
    assert_eq!(long["wakers"], long["wakings"], "{long}");
    let (manifest, _) = Manifest::read(&recorded.path).expect("a manifest");
    assert_eq!(manifest.options.stack_min_ns, 1_000_000);
}

/// Only the chosen streams have rows, and the recording tells which were on.
#[test]
fn streams_that_were_not_chosen_are_empty() {
    let Some(machine) = Machine::take() else { return };
    let output = machine.record(&["-e", "fork,exec"], &[&workload(), "execs"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let recording = machine.recording();
    for stream in ["wait", "sample", "exit", "rename", "stack"] {
        assert_eq!(number(&recording, &format!("SELECT count(*) FROM {stream}")), 0, "{stream}");
    }
    assert!(number(&recording, "SELECT count(*) FROM exec") >= 211, "the programs are there");
    let (manifest, _) = Manifest::read(&recording).expect("a manifest");
    let mut on: Vec<&str> =
        manifest.streams.iter().filter(|state| state.on).map(|state| state.name.as_str()).collect();
    on.sort_unstable();
    assert_eq!(on, ["exec", "fork"], "{:?}", manifest.streams);
}

/// The frequency asked for is the one recorded, within what a busy machine allows.
#[test]
fn samples_come_at_the_frequency() {
    let Some(recorded) = record_with(&["--frequency", "499"], "named", &["800"]) else { return };
    let part = recorded.truth.part("named");
    let query = format!("SELECT count(*) FROM sample WHERE tid = {}", part.get("tid"));
    let samples = number(&recorded.path, &query);
    let expected = part.get("cpu_ns") * 499 / 1_000_000_000;
    crate::truth::assert_near("samples at 499 Hz", samples, expected, 15.0);
}

/// Names are told whatever is recorded: without the stream `exec`, a program has its own name all the same.
#[test]
fn names_do_not_depend_on_the_streams() {
    let disk = crate::machine::on_disk();
    let directory = disk.path().to_string_lossy().into_owned();
    let Some(recorded) = record_with(&["-e", "path"], "calls", &[&directory]) else { return };
    let query =
        format!("SELECT count(*) FROM path WHERE path = '{directory}/data' AND comm <> 'workload'");
    assert_eq!(number(&recorded.path, &query), 0, "calls under the name of the recorder");
    assert_eq!(number(&recorded.path, "SELECT count(*) FROM exec"), 0, "not chosen");
}
