//! Profiles: speedscope, Firefox Profiler, folded stacks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use afterwake_tests::program::{afterwake, number, sql};

use crate::machine::{check, demo, machine, run, sums};

#[test]
fn speedscope_adds_up() {
    let place = machine(4, 0);
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/speedscope-schema.json");
    for (name, recording) in [("machine", place.path()), ("demo", demo())] {
        let output = place.output(name);
        run(&recording, "speedscope", &output, &[]).good();
        let Some(profiles) = check("speedscope.py", &output, &[&schema], "speedscope_adds_up")
        else {
            return;
        };
        let profiles = profiles.as_array().expect("a list");
        let (blocked, running) = profiles.split_last().expect("profiles");
        let period = 1_000_000_000 / number(&recording, "SELECT frequency FROM recording");
        let told: BTreeMap<String, i64> = running
            .iter()
            .map(|profile| {
                (
                    profile["name"].as_str().expect("a name").to_owned(),
                    profile["total"].as_i64().expect("a sum"),
                )
            })
            .collect();
        let query = format!(
            "SELECT threads.comm || ' (' || sample.tid || '), on a CPU', count(*) * {period} \
             FROM sample JOIN threads ON sample.thread = threads.thread GROUP BY 1"
        );
        assert_eq!(told, sums(&recording, &query));
        assert_eq!(
            blocked["total"],
            number(&recording, "SELECT CAST(sum(off_ns) AS BIGINT) FROM waits WHERE voluntary")
        );
        let stacks = "SELECT DISTINCT concat_ws(';', threads.comm, nullif(stack_text(ustack, kstack, FALSE, FALSE), '')) AS stack \
             FROM waits JOIN threads ON waits.thread = threads.thread WHERE voluntary";
        let expected: BTreeSet<String> = sql(&recording, stacks)
            .iter()
            .map(|row| row["stack"].as_str().expect("text").to_owned())
            .collect();
        let told: BTreeSet<String> = blocked["stacks"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|stack| stack.as_str().expect("text").to_owned())
            .collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn firefox_holds_samples_and_waits() {
    let place = machine(5, 0);
    for (name, recording) in [("machine", place.path()), ("demo", demo())] {
        let output = place.output(name);
        run(&recording, "firefox", &output, &[]).good();
        let Some(threads) = check("firefox.py", &output, &[], "firefox_holds_samples_and_waits")
        else {
            return;
        };
        let by_tid = |column: &str| -> BTreeMap<String, i64> {
            let mut sums = BTreeMap::new();
            for thread in threads.as_array().expect("a list") {
                let value = thread[column].as_i64().expect("a number");
                *sums.entry(thread["tid"].to_string()).or_default() += value;
            }
            sums.retain(|_, value| *value != 0);
            sums
        };
        assert_eq!(
            by_tid("samples"),
            sums(&recording, "SELECT tid, count(*) FROM sample GROUP BY tid")
        );
        let waits = "SELECT tid, count(*) FROM (SELECT tid FROM waits UNION ALL \
            SELECT tid FROM wait WHERE open AND state <> 0 AND state & 128 = 0 AND woken_ts IS NULL) GROUP BY tid";
        assert_eq!(by_tid("markers"), sums(&recording, waits));
        let told: f64 = threads
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|thread| thread["off_ms"].as_f64())
            .sum();
        let expected =
            number(&recording, "SELECT CAST(sum(off_ns) AS BIGINT) FROM waits") as f64 / 1e6;
        assert!((told - expected).abs() < 1.0, "{told} ms, not {expected} ms");
        let mut wakers: BTreeMap<String, i64> = BTreeMap::new();
        for thread in threads.as_array().expect("a list") {
            for waker in thread["wakers"].as_array().expect("a list") {
                *wakers.entry(waker.as_str().expect("text").to_owned()).or_default() += 1;
            }
        }
        wakers.retain(|waker, _| !waker.starts_with('['));
        let expected = "SELECT threads.comm || ' (' || threads.tid || ')', count(*) \
            FROM waits JOIN threads ON waker = threads.thread WHERE woken GROUP BY 1";
        assert_eq!(wakers, sums(&recording, expected));
    }
}

#[test]
fn folded_is_what_the_view_prints() {
    let place = machine(6, 0);
    let recording = place.path();
    let path = recording.to_string_lossy();
    let cases: [(&[&str], &str, &[&str]); 3] = [
        (&[], "offcputime", &[]),
        (&["--view", "profile", "--from", "20ms"], "profile", &["--from", "20ms"]),
        (&["--view", "chaingraph", "--to", "100ms"], "chaingraph", &["--to", "100ms"]),
    ];
    for (flags, view, same) in cases {
        let output = place.output(view);
        run(&recording, "folded", &output, flags).good();
        let told = std::fs::read_to_string(output).expect("folded stacks");
        assert!(!told.is_empty());
        assert_eq!(told, afterwake([&[view, &path, "-f"], same].concat()).good().stdout);
    }
}
