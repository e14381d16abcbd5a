//! Counted system calls: as many rows, or sums, as there were calls.

use std::path::Path;

use afterwake_tests::program::{number, sql, view};

use crate::machine::{Machine, Recorded, on_disk, record_with};

const ALL_CALLS: &str = "path,io,sock,misc,calls,fork,exec,exit,signal";

fn recorded(options: &[&str], directory: &Path) -> Option<Recorded> {
    record_with(options, "calls", &[&directory.to_string_lossy()])
}

/// Every call of the load is a row with its arguments, or is counted where it has no stream.
#[test]
fn every_call_is_told() {
    let disk = on_disk();
    let Some(recorded) = recorded(&["-e", ALL_CALLS], disk.path()) else { return };
    let truth = |name: &str| recorded.truth.get(name);
    let pid = truth("pid");
    let own = disk.path().to_string_lossy().into_owned();
    let count = |query: String| number(&recorded.path, &query);
    let named = |table: &str, name: &str, filter: &str| {
        count(format!(
            "SELECT count(*) FROM {table} t JOIN syscall s ON s.number = t.syscall
             WHERE t.pid = {pid} AND s.name = '{name}' {filter}"
        ))
    };
    let data = format!("AND path = '{own}/data'");
    assert_eq!(named("path", "openat", &format!("{data} AND ret >= 0")), truth("opens"), "opens");
    let missing = format!("AND path = '{own}/missing' AND ret = -2");
    assert_eq!(named("path", "openat", &missing), truth("missing"), "failed opens");
    assert_eq!(named("path", "newfstatat", &data), truth("stats"), "stats");
    let other = format!("{data} AND other_path = '{own}/other'");
    assert_eq!(named("path", "rename", &other), truth("renames"), "renames");
    let shorts = format!("AND path LIKE '{own}/short-%' AND ret = 0");
    assert_eq!(named("path", "unlink", &shorts), truth("unlinks"), "unlinks");

    for (name, calls, bytes) in
        [("pread64", "reads", "read_bytes"), ("write", "writes", "write_bytes")]
    {
        let row = &sql(
            &recorded.path,
            &format!(
                "SELECT count(*) AS calls, sum(ret) AS bytes, sum(requested) AS requested,
                    max(\"offset\") AS furthest, count(DISTINCT \"offset\") AS places
                 FROM io t JOIN syscall s ON s.number = t.syscall
                 WHERE t.pid = {pid} AND s.name = '{name}' AND file = 'data' AND file_type = 'file'"
            ),
        )[0];
        let each = truth(bytes) / truth(calls);
        assert_eq!(row["calls"], truth(calls), "{name}: {row}");
        assert_eq!(row["bytes"], truth(bytes), "{name}: {row}");
        assert_eq!(row["requested"], truth(bytes), "{name}: {row}");
        assert_eq!(row["places"], truth(calls), "{name}: {row}");
        assert_eq!(row["furthest"], truth(bytes) - each, "{name}: {row}");
    }
    let file_system = std::process::Command::new("stat").args(["-f", "-c", "%T", &own]).output();
    let file_system = String::from_utf8(file_system.expect("stat").stdout).expect("text");
    let fs = &sql(
        &recorded.path,
        &format!("SELECT DISTINCT fs, inode, dev FROM io WHERE pid = {pid} AND file = 'data'"),
    );
    let [fs] = &fs[..] else { panic!("one file: {fs:?}") };
    let said = fs["fs"].as_str().unwrap_or_default();
    assert!(!said.is_empty() && file_system.starts_with(&said[..3]), "{said} is not {file_system}");
    assert_eq!(named("io", "fsync", "AND file = 'data' AND ret = 0"), truth("syncs"), "syncs");

    let self_kill = format!("AND first = {pid} AND second = 0 AND ret = 0");
    assert_eq!(named("misc", "kill", &self_kill), truth("kills"), "kills");
    let asked = format!("AND first = {} AND duration_ns >= first", truth("nap_ns"));
    assert_eq!(named("misc", "clock_nanosleep", &asked), truth("naps"), "naps");
    let tcp = "AND family = 2 AND socket_type = 1 AND ret >= 0 AND inode > 0";
    assert_eq!(named("sock", "socket", tcp), truth("sockets"), "sockets");
    let refused = "AND endpoint = '127.0.0.1:1' AND ret = -111";
    assert_eq!(named("sock", "connect", refused), truth("sockets"), "connects");

    let parents = format!(
        "SELECT sum(count) FROM rest r JOIN syscall s ON s.number = r.number
         WHERE r.pid = {pid} AND r.source = 'calls' AND s.name = 'getppid'"
    );
    assert_eq!(count(parents), truth("parents"), "calls without a stream");
    let shown = view("syscount", &recorded.path, &["-p", &pid.to_string(), "-T", "100"]);
    for (name, calls) in [("getppid", "parents"), ("pread64", "reads"), ("clock_nanosleep", "naps")]
    {
        let row = shown.iter().find(|row| row["syscall"] == name);
        let row = row.unwrap_or_else(|| panic!("syscount shows no {name}: {shown:?}"));
        assert_eq!(row["count"], truth(calls), "syscount: {row}");
    }
}

/// What a threshold keeps out of the rows is in the sums, to the last call and byte.
#[test]
fn a_threshold_loses_nothing() {
    let disk = on_disk();
    let options = ["-e", ALL_CALLS, "--min", "io=10s,path=10s,misc=100us"];
    let Some(recorded) = recorded(&options, disk.path()) else { return };
    let truth = |name: &str| recorded.truth.get(name);
    let pid = truth("pid");
    let rows = format!("SELECT count(*) FROM io WHERE pid = {pid} AND duration_ns IS NOT NULL");
    assert_eq!(number(&recorded.path, &rows), 0, "calls over ten seconds");
    let summed = |name: &str, what: &str| {
        let query = format!(
            "SELECT sum({what}) FROM rest r JOIN syscall s ON s.number = r.number
             WHERE r.pid = {pid} AND s.name = '{name}' AND r.source <> 'calls'"
        );
        number(&recorded.path, &query)
    };
    assert_eq!(summed("pread64", "count"), truth("reads"), "reads");
    assert_eq!(summed("pread64", "bytes"), truth("read_bytes"), "bytes read");
    assert_eq!(summed("fsync", "count"), truth("syncs"), "syncs");
    assert_eq!(summed("newfstatat", "errors"), 0, "stats that failed");
    assert!(summed("openat", "errors") >= truth("missing"), "opens that failed");
    // Each nap is longer than its threshold, each kill is shorter.
    let naps =
        format!("SELECT count(*) FROM misc WHERE pid = {pid} AND first = {}", truth("nap_ns"));
    assert_eq!(number(&recorded.path, &naps), truth("naps"), "naps");
    let kills = format!(
        "SELECT count(*) FROM misc m JOIN syscall s ON s.number = m.syscall
         WHERE m.pid = {pid} AND s.name = 'kill'"
    );
    assert_eq!(summed("kill", "count") + number(&recorded.path, &kills), truth("kills"), "kills");

    // The bucket of a sum holds every duration in it.
    let query = format!(
        "SELECT count(*) FROM rest WHERE pid = {pid} AND count > 0
            AND (total_ns < least_ns * count OR total_ns > greatest(least_ns * 2, 1) * count)"
    );
    assert_eq!(number(&recorded.path, &query), 0, "sums outside of their bucket");
}

/// A call that has not returned when the recording stops is a row without an end.
#[test]
fn a_call_under_way_has_no_end() {
    let Some(machine) = Machine::take() else { return };
    let script = "sleep 4 > /dev/null 2>&1 & echo $!; sleep 0.5";
    let output = machine.record(&["-e", ALL_CALLS], &["sh", "-c", script]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let sleeper = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let rows = sql(
        &machine.recording(),
        &format!(
            "SELECT first, duration_ns, ret FROM misc WHERE pid = {sleeper} AND first = 4000000000"
        ),
    );
    let [row] = &rows[..] else { panic!("one nap of {sleeper}: {rows:?}") };
    assert!(row["duration_ns"].is_null() && row["ret"].is_null(), "{row}");
}

/// A script is shown as it was called, without the interpreter that the kernel puts before its name.
#[test]
fn a_script_has_the_arguments_it_was_given() {
    let Some(machine) = Machine::take() else { return };
    let script = machine.directory().join("script.sh");
    std::fs::write(&script, "#!/bin/sh\nexit 0\n").expect("a script");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&script, mode).expect("it can be run");
    let output =
        machine.record(&["-e", "exec"], &["sh", "-c", "./script.sh one 'two words'; true"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let shown = view("execsnoop", &machine.recording(), &["-n", "script"]);
    let [row] = &shown[..] else { panic!("one script: {shown:?}") };
    assert_eq!(row["args"], "./script.sh one two words");
}
