//! Tables and metrics.

use std::collections::BTreeMap;

use afterwake_schema::streams::ALL;
use afterwake_tests::program::{afterwake, number};
use serde_json::Value;

use crate::machine::{check, demo, machine, run, sums};

#[test]
fn every_table_is_a_file() {
    let place = machine(7, 0);
    for (name, recording) in [("machine", place.path()), ("demo", demo())] {
        for format in ["csv", "arrow"] {
            let output = place.output(&format!("{name}.{format}"));
            run(&recording, format, &output, &[]).good();
            let Some(tables) = check("tables.py", &output, &[], "every_table_is_a_file") else {
                return;
            };
            assert_eq!(tables.as_object().expect("an object").len(), ALL.len());
            for stream in ALL {
                let told = &tables[stream.name];
                let query = format!("SELECT count(*) FROM \"{}\"", stream.name);
                assert_eq!(told["rows"], number(&recording, &query), "{}", stream.name);
                let columns: Vec<&str> =
                    stream.columns().iter().map(|column| column.name).collect();
                assert_eq!(told["columns"], serde_json::json!(columns), "{}", stream.name);
            }
        }
    }
    let (one, two) = (place.output("one"), place.output("two"));
    for output in [&one, &two] {
        run(&place.path(), "csv", output, &["--from", "50ms", "--to", "60ms"]).good();
    }
    let wait = std::fs::read_to_string(one.join("wait.csv")).expect("a table");
    assert_eq!(wait, std::fs::read_to_string(two.join("wait.csv")).expect("a table"));
    let count = number(
        &place.path(),
        "SELECT count(*) FROM wait CROSS JOIN recording \
         WHERE coalesce(CASE WHEN open THEN stop_ts END, on_ts, off_ts) >= start_ts + 50000000 \
           AND coalesce(CASE WHEN off_ts IS NULL AND NOT born THEN start_ts END, least(off_ts - coalesce(ran_ns, 0), woken_ts), on_ts) <= start_ts + 60000000",
    );
    assert_eq!(wait.lines().count() as i64 - 1, count);
}

#[test]
fn openmetrics_are_the_sums() {
    let place = machine(8, 5);
    for (name, recording) in [("machine", place.path()), ("demo", demo())] {
        let output = place.output(name);
        run(&recording, "openmetrics", &output, &[]).good();
        let Some(samples) = check("openmetrics.py", &output, &[], "openmetrics_are_the_sums")
        else {
            return;
        };
        let samples = samples.as_array().expect("a list");
        let end =
            number(&recording, "SELECT wall_ns + stop_ts - start_ts FROM recording") as f64 / 1e9;
        assert!(
            samples.iter().all(|sample| (sample["at"].as_f64().unwrap_or(0.0) - end).abs() < 1e-3)
        );
        let told = |name: &str, label: &str| -> BTreeMap<String, f64> {
            let own = samples.iter().filter(|sample| sample["name"] == name);
            let pair = |sample: &Value| {
                let label = sample["labels"][label].as_str().unwrap_or_default().to_owned();
                (label, sample["value"].as_f64().expect("a number"))
            };
            let mut sums = BTreeMap::new();
            own.map(pair).for_each(|(label, value)| *sums.entry(label).or_default() += value);
            sums
        };
        let same = |told: BTreeMap<String, f64>, query: &str, unit: f64| {
            let expected = sums(&recording, query);
            let told: BTreeMap<_, _> =
                told.into_iter().filter(|(_, value)| *value != 0.0).collect();
            assert_eq!(
                told.keys().collect::<Vec<_>>(),
                expected.keys().collect::<Vec<_>>(),
                "{query}"
            );
            for (key, value) in told {
                let expected = expected[&key] as f64 / unit;
                assert!(
                    (value - expected).abs() <= 1e-6 * expected.abs(),
                    "{query}: {key}: {value}, not {expected}"
                );
            }
        };
        let queued = "SELECT '', sum(count) FROM (SELECT count(*) AS count FROM wait WHERE on_ts IS NOT NULL AND state & 128 = 0 \
            AND ((off_ts IS NULL AND woken_ts IS NOT NULL) OR (off_ts IS NOT NULL AND (preempted OR state = 0 OR off_ts - woken_ts <= 1000000))))";
        same(told("afterwake_run_queue_latency_seconds_count", ""), queued, 1.0);
        same(
            told("afterwake_disk_latency_seconds_count", "disk"),
            "SELECT disk, sum(count) FROM disk_io WHERE service_ns IS NOT NULL GROUP BY disk",
            1.0,
        );
        same(
            told("afterwake_disk_latency_seconds_sum", "disk"),
            "SELECT disk, sum(total_ns) FROM disk_io GROUP BY disk",
            1e9,
        );
        if name == "machine" {
            // Of a real one the rarest calls are one.
            same(
                told("afterwake_syscall_latency_seconds_count", "syscall"),
                "SELECT name, sum(count) FROM calls WHERE ts IS NOT NULL GROUP BY name",
                1.0,
            );
        }
        same(
            told("afterwake_lost_rows_total", "stream"),
            "SELECT stream, sum(rows) FROM lost GROUP BY stream",
            1.0,
        );
        let states =
            afterwake(["threadstates", &recording.to_string_lossy(), "-n", "--format", "json"])
                .rows();
        for state in ["running", "runnable", "preempted", "blocked", "unknown", "lost"] {
            let expected: i64 =
                states.iter().filter_map(|row| row[format!("{state}_ns")].as_i64()).sum();
            let value = told("afterwake_thread_seconds_total", "state")[state];
            assert!(
                (value - expected as f64 / 1e9).abs() < 1e-6,
                "{state}: {value}, not {expected} ns"
            );
        }
        // Buckets are those that the view prints, in powers of two of a microsecond.
        let histogram =
            afterwake(["biolatency", &recording.to_string_lossy(), "--format", "json"]).rows();
        let expected: i64 = histogram
            .iter()
            .filter(|row| row["bucket"].as_i64() < Some(64))
            .filter_map(|row| row["count"].as_i64())
            .sum();
        let value: f64 = samples
            .iter()
            .filter(|sample| {
                sample["name"] == "afterwake_disk_latency_seconds_bucket"
                    && sample["labels"]["le"] == "0.000065535"
            })
            .filter_map(|sample| sample["value"].as_f64())
            .sum();
        // Below 64 us are at most 65,535 ns, and some that the view rounds down.
        assert!(value >= expected as f64, "{value} of at least {expected}");
    }
}
