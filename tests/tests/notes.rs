//! What the analyzer says beside its answers: what was not recorded, what is summed, what it refuses.

use std::path::Path;

use afterwake_schema::kind::Reason;
use afterwake_schema::streams::Lost;
use afterwake_tests::machine::START;
use afterwake_tests::machine::contract;
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::recording::{self, Form};
use afterwake_tests::program::afterwake;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A recording whose manifest was changed.
fn recorded(change: impl Fn(&mut Value)) -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let machine = generate::machine(5, Size { cpus: 2, threads: 6, steps: 200 });
    let form = Form { everyday: 40, ..Form::default() };
    recording::write(&machine, contract::rows(&machine), directory.path(), form);
    let path = directory.path().join("recording.json");
    let text = std::fs::read_to_string(&path).expect("a manifest");
    let mut manifest: Value = serde_json::from_str(&text).expect("JSON");
    change(&mut manifest);
    std::fs::write(&path, manifest.to_string()).expect("writable");
    directory
}

/// A recording without a stream.
fn without(stream: &str) -> TempDir {
    let directory = recorded(|manifest| {
        for state in manifest["streams"].as_array_mut().expect("streams") {
            if state["name"] == stream {
                state["on"] = json!(false);
                state["note"] = json!("the kernel refused");
            }
        }
    });
    // A stream that is only summed has no table.
    let _ = std::fs::remove_dir_all(directory.path().join(stream));
    directory
}

/// A view of the user's own, so that no change to ours changes these tests.
fn ask(recording: &Path, needs: &str, sql: &str) -> afterwake_tests::program::Answer {
    let views = tempfile::tempdir().expect("a temporary directory");
    let text = format!(
        "-- Just a number.\n--\n-- group: own\n-- needs: {needs}\n-- column: n -- A number.\n-- render: table\n{sql}\n"
    );
    std::fs::write(views.path().join("mine.sql"), text).expect("writable");
    let folder = views.path().to_string_lossy();
    afterwake(["--views", &folder, "mine", &recording.to_string_lossy()])
}

#[test]
fn sql_is_told_what_was_not_recorded() {
    let directory = without("wait");
    let path = directory.path().to_string_lossy();
    let said = |query: &str| afterwake(["sql", &path, query]).good().stderr;
    let note = "note: wait has no rows, as it was not recorded: the kernel refused";
    for query in ["SELECT count(*) FROM wait", "SELECT ts FROM sched_switch LIMIT 1"] {
        assert!(said(query).contains(note), "{query}: {}", said(query));
    }
    // A column may have the name of a table.
    assert!(!said("SELECT count(*) AS wait FROM path").contains("was not recorded"));
}

#[test]
fn what_was_not_recorded_says_how_to() {
    for stream in ["io", "block_io", "calls", "page_cache"] {
        let recording = without(stream);
        let answer = ask(recording.path(), stream, "SELECT 1 AS n").bad(1);
        for word in [stream, "the kernel refused", &format!("afterwake-record -e {stream}")] {
            assert!(answer.stderr.contains(word), "no {word}: {}", answer.stderr);
        }
    }
}

#[test]
fn a_threshold_is_told_where_events_are_shown() {
    let recording = recorded(|manifest| {
        manifest["options"]["minimum_ns"] = json!({ "io": 1_000_000, "path": 0, "sock": 1500 });
    });
    let note = "note: io has rows from 1ms on; what was shorter is only summed, and not shown here";
    let events = ask(recording.path(), "io path", "SELECT count(*) AS n FROM io").good();
    assert_eq!(events.stderr.matches("has rows from").count(), 1, "{}", events.stderr);
    assert!(events.stderr.contains(note), "{}", events.stderr);
    let whole = "SELECT (SELECT count(*) FROM io) + (SELECT count(*) FROM rest) AS n";
    let counted = ask(recording.path(), "io", whole).good();
    assert!(!counted.stderr.contains("has rows from"), "{}", counted.stderr);
    let without = "SELECT sum(count) AS n FROM calls WHERE NOT summed";
    let events = ask(recording.path(), "io", without).good();
    assert!(events.stderr.contains(note), "{}", events.stderr);
}

/// What an answer lost is named where the answer is made of it; the overview is made of everything.
#[test]
fn the_overview_names_every_loss() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let machine = generate::machine(5, Size { cpus: 2, threads: 6, steps: 200 });
    let mut rows = contract::rows(&machine);
    for (stream, why, lost) in [("path", "ring", 7), ("sample", "queue", 11)] {
        let number = Reason::WORDS.iter().find(|(word, _)| *word == why).expect("a reason").1;
        rows.lost.push(Lost {
            ts: START,
            cpu: 0,
            reason: number,
            rows: lost,
            stream: stream.into(),
        });
    }
    recording::write(&machine, rows, directory.path(), Form::default());
    let path = directory.path().to_string_lossy().into_owned();
    let notes = [
        "7 rows of path were lost (the ring was full)",
        "11 rows of sample were lost (the recorder fell",
    ];
    let named = |view: &str| {
        let said = afterwake([view, &path]).good().stderr;
        notes.map(|note| said.contains(note))
    };
    assert_eq!(named("info"), [true, true]);
    assert_eq!(named("offcputime"), [false, false]);
    assert_eq!(named("profile"), [false, true]);
}

#[test]
fn sql_only_reads() {
    let recording = recorded(|_| {});
    let path = recording.path().to_string_lossy().into_owned();
    let stolen = recording.path().join("stolen.csv");
    let file = stolen.to_string_lossy();
    for (statement, name) in [
        (format!("COPY wait TO '{file}'"), "COPY"),
        (format!("EXPLAIN ANALYZE COPY wait TO '{file}'"), "COPY"),
        (
            "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'".into(),
            "CREATE EXTERNAL TABLE",
        ),
        ("CREATE TABLE x AS SELECT 1".into(), "CREATE"),
        ("INSERT INTO rename SELECT * FROM rename".into(), "INSERT"),
        ("DELETE FROM wait".into(), "DELETE"),
        ("DROP TABLE wait".into(), "DROP TABLE"),
    ] {
        let answer = afterwake(["sql", &path, &statement]).bad(1);
        assert!(answer.stderr.contains(name), "{statement}: {}", answer.stderr);
        assert!(answer.stderr.contains("only read"), "{statement}: {}", answer.stderr);
    }
    assert!(!stolen.exists(), "something was written");
    afterwake(["sql", &path, "SELECT * FROM '/etc/passwd'"]).bad(1);
    afterwake(["sql", &path, "CREATE VIEW mine AS SELECT 1"]).good();
}

#[test]
fn the_manifest_is_a_table() {
    let recording = recorded(|_| {});
    let rows = afterwake_tests::program::sql(
        recording.path(),
        "SELECT host, cpus, memory_bytes, stop_ts > start_ts AS ends, frequency FROM recording",
    );
    let expected = json!([{ "host": "synthetic", "cpus": 2, "memory_bytes": 8_u64 << 30, "ends": true, "frequency": 99 }]);
    assert_eq!(Value::Array(rows), expected);
    assert!(afterwake(["schema"]).good().stdout.lines().any(|line| line.starts_with("recording ")));
    assert!(afterwake(["schema", "recording"]).good().stdout.contains("memory_bytes"));
}

#[test]
fn the_begin_of_a_name_is_enough_for_a_hint() {
    let answer = afterwake(["offcpu", "nowhere"]).bad(2);
    assert!(answer.stderr.contains("did you mean offcputime?"), "{}", answer.stderr);
}

#[test]
fn counters_of_several_hosts_are_not_mixed() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    for host in ["one", "two"] {
        let machine = generate::machine(5, Size { cpus: 2, threads: 6, steps: 200 });
        let form = Form { everyday: 40, host, ..Form::default() };
        let path = folder.path().join(format!("{host}.wake"));
        recording::write(&machine, contract::rows(&machine), &path, form);
    }
    let answer = afterwake(["vmstat", &folder.path().to_string_lossy()]).bad(1);
    assert!(answer.stderr.contains("one.wake, two.wake"), "{}", answer.stderr);
}
