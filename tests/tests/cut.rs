//! `afterwake cut`: a part of a recording answers as the whole one does about the same part.

mod cuts;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use afterwake_schema::streams::ALL;
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::recording::{self, Form};
use afterwake_tests::machine::{Machine, contract};
use afterwake_tests::program::{afterwake, number, sql};
use cuts::{Cut, cut, cut_to, demo, files, full, views};
use serde_json::Value;
use tempfile::TempDir;

/// What a view cannot know of the time before a part of a recording, and so may tell otherwise.
const LOOKS_BACK: [&str; 3] = ["filelife", "waitcause", "exitsnoop"];

/// Equal answers, but for seconds that count from where the recording began.
#[track_caller]
fn assert_same(name: &str, part: &[Value], whole: &[Value], begin_s: f64) {
    let later = |row: &Value| {
        let mut row = row.clone();
        for (column, value) in row.as_object_mut().into_iter().flatten() {
            if let (true, Some(seconds)) = (is_since_begin(name, column), value.as_f64()) {
                *value = format!("{:.6}", seconds + begin_s).into();
            }
        }
        row
    };
    let part: Vec<Value> = part.iter().map(later).collect();
    let zero = |row: &Value| {
        let mut row = row.clone();
        for (column, value) in row.as_object_mut().into_iter().flatten() {
            if let (true, Some(seconds)) = (is_since_begin(name, column), value.as_f64()) {
                *value = format!("{seconds:.6}").into();
            }
        }
        row
    };
    let whole: Vec<Value> = whole.iter().map(zero).collect();
    for (place, (part, whole)) in part.iter().zip(&whole).enumerate() {
        assert_eq!(part, whole, "{name}: row {place}");
    }
    assert_eq!(part.len(), whole.len(), "{name}: rows");
}

/// Seconds since the recording began; of other views `time_s` is how long something took.
fn is_since_begin(view: &str, column: &str) -> bool {
    column == "time_s" && view != "top"
}

/// Every view answers about the part as about the interval of the whole recording.
#[track_caller]
fn assert_views(whole: &Path, from: &str, to: &str, least: usize) {
    let part = cut(whole, &["--from", from, "--to", to]);
    let begin = "SELECT min(start_ts) FROM recording";
    let begin_s = (number(part.path(), begin) - number(whole, begin)) as f64 / 1e9;
    let mut told = 0;
    for name in views() {
        let ask = |recording: &Path, more: &[&str]| {
            let path = recording.to_string_lossy();
            let answer = afterwake([&[&name, &*path, "--format", "json"][..], more].concat());
            (answer.code == Some(0)).then(|| answer.rows())
        };
        let Some(of_whole) = ask(whole, &["--from", from, "--to", to]) else { continue };
        let of_part = ask(part.path(), &[]).unwrap_or_else(|| panic!("{name} fails of the part"));
        told += usize::from(!of_whole.is_empty());
        match name.as_str() {
            "chaingraph" | "criticalpath" => assert_chains(&name, &of_part, &of_whole),
            // Its parts are views, and told of by themselves.
            "checklist" => {}
            "threadstates" => {
                assert_same(&name, &unseen_in_all(&of_part), &unseen_in_all(&of_whole), begin_s);
            }
            _ if LOOKS_BACK.contains(&name.as_str()) => {
                assert_later(&name, &of_part, &of_whole, begin_s);
            }
            _ => assert_same(&name, &of_part, &of_whole, begin_s),
        }
    }
    assert!(told > least, "only {told} views have anything to tell");
}

/// Time of which no row tells is unknown before a thread's first row and lost after it, and which row is the first
/// differs in a part of a recording that lost some.
fn unseen_in_all(rows: &[Value]) -> Vec<Value> {
    let mut rows = rows.to_vec();
    for row in rows.iter_mut().filter_map(Value::as_object_mut) {
        let parts = ["unknown_s", "lost_s"].map(|column| row.remove(column));
        let seconds: f64 = parts.iter().flatten().filter_map(Value::as_f64).sum();
        row.insert("unseen_s".into(), format!("{seconds:.6}").into());
    }
    rows
}

/// Chains lead out of a part: what ends in `[cut]` began as some chain of the whole does, and all time is there.
#[track_caller]
fn assert_chains(name: &str, part: &[Value], whole: &[Value]) {
    let paths = |rows: &[Value]| -> Vec<(String, i64)> {
        let path = |row: &Value| row["folded"].as_str().unwrap_or_default().to_owned();
        rows.iter().map(|row| (path(row), row["ns"].as_i64().unwrap_or_default())).collect()
    };
    let (part, whole) = (paths(part), paths(whole));
    let sum = |paths: &[(String, i64)]| paths.iter().map(|(_, ns)| ns).sum::<i64>();
    assert_eq!(sum(&part), sum(&whole), "{name}: all time");
    for (path, ns) in &part {
        let known = path.strip_suffix("[cut]").unwrap_or(path);
        let below = whole.iter().filter(|(path, _)| match known.len() {
            all if all == known.len() && !known.ends_with(';') => path == known,
            _ => path.starts_with(known.trim_end_matches(";--;").trim_end_matches(';')),
        });
        let of_whole: i64 = below.map(|(_, ns)| ns).sum();
        assert!(*ns <= of_whole, "{name}: {path} has {ns}, the whole recording {of_whole}");
    }
}

/// Rows about what began in the part are those of the whole; the others may know less.
#[track_caller]
fn assert_later(name: &str, part: &[Value], whole: &[Value], begin_s: f64) {
    let number = |row: &Value, column: &str| row[column].as_f64().unwrap_or_default();
    let is_later = |row: &Value, since: f64| match name {
        "waitcause" => number(row, "time_s") - number(row, "blocked_us") / 1e6 > since + 1e-3,
        // Their begin is not told in seconds of the recording.
        _ => false,
    };
    let of_part: Vec<Value> = part.iter().filter(|row| is_later(row, 0.0)).cloned().collect();
    let of_whole: Vec<Value> = whole.iter().filter(|row| is_later(row, begin_s)).cloned().collect();
    assert_same(name, &of_part, &of_whole, begin_s);
    assert!(part.len() <= whole.len(), "{name}: {} of {} rows", part.len(), whole.len());
}

#[test]
fn views_of_a_part_are_views_of_its_interval() {
    let (short, long) = (full(600), cuts::long());
    for (from, to) in [("10ms", "60ms"), ("30ms", "999s")] {
        assert_views(short.path(), from, to, 20);
    }
    assert_views(long.path(), "900ms", "2300ms", 20);
}

#[test]
fn views_of_a_part_of_a_real_recording_too() {
    let demo = demo();
    let length = number(&demo, "SELECT stop_ts - start_ts FROM recording");
    let at = |part: i64| format!("{}ns", length * part / 10);
    assert_views(&demo, &at(3), &at(8), 10);
}

#[test]
fn a_part_of_a_process_is_the_flag_p() {
    let whole = full(600);
    let (from, to) = ("10ms", "60ms");
    let pid = number(
        whole.path(),
        "SELECT pid FROM wait GROUP BY pid ORDER BY count(*) DESC, pid LIMIT 1",
    );
    let pid = pid.to_string();
    let part = cut(whole.path(), &["--from", from, "--to", to, "--pid", &pid]);
    assert_eq!(sql(part.path(), "SELECT DISTINCT pid FROM wait").len(), 1);
    let mut told = 0;
    for name in cuts::views_with("--pid PID INT") {
        let ask = |recording: &Path, more: &[&str]| {
            let path = recording.to_string_lossy();
            afterwake([&[&name, &*path, "--format", "json"][..], more].concat()).rows()
        };
        let of_whole = ask(whole.path(), &["--from", from, "--to", to, "-p", &pid]);
        let of_part = ask(part.path(), &["-p", &pid]);
        told += usize::from(!of_whole.is_empty());
        match name.as_str() {
            "chaingraph" | "criticalpath" => assert_chains(&name, &of_part, &of_whole),
            // Another process may have asked for what it waited for.
            "waitcause" => {
                let without = |rows: &[Value]| -> Vec<Value> {
                    let mut rows = rows.to_vec();
                    for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                        row.remove("cause");
                        row.remove("detail");
                    }
                    rows
                };
                assert_same(&name, &without(&of_part), &without(&of_whole), 0.01);
            }
            _ if LOOKS_BACK.contains(&name.as_str()) => {
                assert_later(&name, &of_part, &of_whole, 0.01);
            }
            _ => assert_same(&name, &of_part, &of_whole, 0.01),
        }
    }
    assert!(told > 10, "only {told} views have anything to tell");
}

#[test]
fn a_part_of_a_part_is_a_part() {
    let whole = full(600);
    let first = cut(whole.path(), &["--from", "5ms", "--to", "80ms"]);
    // Times count from the begin of the recording that is cut.
    let twice = cut(first.path(), &["--from", "5ms", "--to", "55ms"]);
    let once = cut(whole.path(), &["--from", "10ms", "--to", "60ms"]);
    let again = cut(whole.path(), &["--from", "10ms", "--to", "60ms"]);
    assert_eq!(files(once.path()), files(again.path()), "the same part has the same bytes");
    let tables = |part: &Cut| {
        let mut files = files(part.path());
        files.retain(|name, _| name.ends_with(".parquet"));
        files
    };
    assert!(tables(&twice).len() > 15);
    assert_eq!(tables(&twice), tables(&once));
    let info = afterwake(["info", &twice.path().to_string_lossy()]).good().stdout;
    let name = whole.path().file_name().expect("a name").to_string_lossy();
    assert!(info.contains("part of    0.010 s to 0.060 s of "), "{info}");
    assert!(info.contains(&*name), "{info}");
}

#[test]
fn nothing_is_kept_that_nothing_refers_to() {
    let whole = full(600);
    let part = cut(whole.path(), &["--from", "10ms", "--to", "30ms"]);
    let count = |query: &str| number(part.path(), query);
    for (table, key, referring) in [
        ("frame", "id", "SELECT unnest(frames) AS referred FROM stack"),
        ("module", "id", "SELECT module AS referred FROM frame"),
        (
            "stack",
            "id",
            "SELECT kstack AS referred FROM wait UNION ALL SELECT ustack FROM wait UNION ALL SELECT waker_kstack FROM wait \
             UNION ALL SELECT waker_ustack FROM wait UNION ALL SELECT kstack FROM sample \
             UNION ALL SELECT ustack FROM sample UNION ALL SELECT kstack FROM block_io",
        ),
    ] {
        let rows = count(&format!("SELECT count(*) FROM {table}"));
        assert!(rows > 0 && rows <= number(whole.path(), &format!("SELECT count(*) FROM {table}")));
        let stray = format!(
            "SELECT count(*) FROM {table} WHERE {key} NOT IN (SELECT referred FROM ({referring}) WHERE referred IS NOT NULL)"
        );
        assert_eq!(count(&stray), 0, "{table} that nothing refers to");
        let missing = format!(
            "SELECT count(*) FROM ({referring}) WHERE referred IS NOT NULL AND referred NOT IN (SELECT {key} FROM {table})"
        );
        assert_eq!(count(&missing), 0, "{table} that is missing");
    }
    let wakers = "SELECT count(*) FROM wait WHERE waker IS NOT NULL AND waker NOT IN (SELECT thread FROM thread)";
    assert_eq!(count(wakers), 0);
    let own = "SELECT count(*) FROM wait WHERE thread NOT IN (SELECT thread FROM thread)";
    assert_eq!(count(own), 0);
}

#[test]
fn rows_are_whole_and_their_number_is_the_share_of_the_time() {
    let machine = generate::machine(9, Size { cpus: 4, threads: 25, steps: 30_000 });
    let whole = written(&machine);
    let stop = machine.stop / 1_000;
    let (from, to) = (format!("{}us", stop * 4 / 10), format!("{}us", stop / 2));
    let part = cut(whole.path(), &["--from", &from, "--to", &to]);
    let rows = |recording: &Path| number(recording, "SELECT count(*) FROM wait");
    let share = rows(part.path()) as f64 / rows(whole.path()) as f64;
    assert!((0.08..0.13).contains(&share), "a tenth of the time has {share} of the rows");
    let size = |recording: &Path| files(recording).values().map(Vec::len).sum::<usize>() as f64;
    assert!(size(part.path()) < 0.25 * size(whole.path()), "{}", size(part.path()));
    // What crosses an edge shows that it does.
    let edges =
        "SELECT count(*) FROM wait, recording WHERE on_ts > stop_ts OR off_ts - ran_ns < start_ts";
    assert!(number(part.path(), edges) > 0);
    for thread in ["wait", "path", "io"] {
        assert_in_order(part.path(), thread);
    }
}

/// Inside of each segment, rows are in the order that the stream declares.
fn assert_in_order(recording: &Path, table: &str) {
    let stream = ALL.iter().find(|stream| stream.name == table).expect("a stream");
    let mut rows = 0;
    for file in fs::read_dir(recording.join(table)).into_iter().flatten().flatten() {
        let keys = cuts::columns(&file.path(), stream.order);
        assert!(keys.is_sorted(), "{} is not in order", file.path().display());
        rows += keys.len();
    }
    assert_eq!(rows as i64, number(recording, &format!("SELECT count(*) FROM {table}")));
}

fn written(machine: &Machine) -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let form = Form { rows_per_segment: 500, ..Form::default() };
    recording::write(machine, contract::rows(machine), directory.path(), form);
    directory
}

#[test]
fn streams_are_chosen() {
    let whole = full(600);
    let part = cut(whole.path(), &["--stream", "wait,path,calls"]);
    let path = part.path().to_string_lossy().into_owned();
    let tables: BTreeSet<String> = fs::read_dir(part.path())
        .expect("a directory")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let expected =
        ["disk", "frame", "module", "path", "rest", "stack", "syscall", "thread", "wait"];
    assert_eq!(tables, expected.map(String::from).into());
    let sources = sql(part.path(), "SELECT DISTINCT source FROM rest");
    assert_eq!(sources, [serde_json::json!({"source": "calls"})]);
    for view in ["offcputime", "opensnoop", "chaingraph", "threadstates"] {
        let ask = |recording: &str| afterwake([view, recording]).good().stdout;
        assert_eq!(ask(&path), ask(&whole.path().to_string_lossy()), "{view}");
    }
    let answer = afterwake(["biosnoop", &path]).bad(1);
    let sentence = "biosnoop needs the stream block_io, which was left out by the cut";
    assert!(answer.stderr.contains(sentence), "{}", answer.stderr);
    let info = afterwake(["info", &path]).good().stdout;
    assert!(info.contains("left out by the cut"), "{info}");
}

#[test]
fn mistakes_leave_nothing_behind() {
    let whole = full(200);
    let folder = tempfile::tempdir().expect("a temporary directory");
    let target = folder.path().join("part.wake");
    let bad = |flags: &[&str], code: i32, sentence: &str| {
        let answer = cut_to(whole.path(), &target, flags).bad(code);
        assert!(answer.stderr.contains(sentence), "{flags:?}: {}", answer.stderr);
        let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").flatten().collect();
        assert!(left.is_empty(), "{flags:?} leaves {left:?}");
    };
    bad(&["--from", "3ms", "--to", "2ms"], 2, "--from lies after --to");
    bad(&["--from", "1h", "--to", "2h"], 2, "nothing between --from and --to");
    bad(&["--pid", "4711"], 1, "process 4711 has no part in this");
    bad(&["--stream", "wiat"], 2, "there is no stream wiat");
    bad(&["--stream", "stack"], 2, "stack is no stream to choose");
    bad(&["--pid", "one"], 2, "one");
    cut_to(whole.path(), &target, &[]).good();
    let before = files(&target);
    let answer = cut_to(whole.path(), &target, &["--to", "1ms"]).bad(1);
    assert!(answer.stderr.contains("exists"), "{}", answer.stderr);
    assert_eq!(files(&target), before);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    afterwake(["cut", &folder.path().join("none.wake").to_string_lossy(), "-o", "x"]).bad(1);
}

#[test]
fn damage_is_named_in_the_part() {
    let whole = full(600);
    let torn = whole.path().join("io/000000.parquet");
    fs::write(&torn, b"PAR1 nothing PAR1").expect("writable");
    let folder = tempfile::tempdir().expect("a temporary directory");
    let target = folder.path().join("part.wake");
    let answer = cut_to(whole.path(), &target, &["--from", "10ms"]).good();
    assert!(answer.stderr.contains("io/000000.parquet"), "{}", answer.stderr);
    let info = afterwake(["info", &target.to_string_lossy()]).good().stdout;
    assert!(info.contains("missing    io/000000.parquet: "), "{info}");
    let view = afterwake(["filetop", &target.to_string_lossy()]).good();
    assert!(view.stderr.contains("a file was left out: io/000000.parquet"), "{}", view.stderr);
    assert!(number(&target, "SELECT count(*) FROM wait") > 0);
}
