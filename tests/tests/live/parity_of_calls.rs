//! The tools of processes, files and system calls, run on the same seconds: execsnoop, exitsnoop, opensnoop,
//! syscount and killsnoop of libbpf-tools; statsnoop by bpftrace, since that of libbpf-tools does not know
//! `newfstatat`. They start before the load and end after it, so of the load they see what the
//! recorder sees, and no difference is tolerated.

use afterwake_tests::program::{sql, view};
use serde_json::Value;

use crate::machine::{Machine, on_disk, workload};
use crate::tool::Tool;
use crate::truth::Truth;

const STREAMS: &str = "path,io,sock,misc,calls,fork,exec,exit,signal";

#[test]
fn programs_start_and_end_alike() {
    let Some(machine) = Machine::take() else { return };
    let (execsnoop, exitsnoop) = (Tool::start("execsnoop", &[]), Tool::start("exitsnoop", &[]));
    let output = machine.record(&["-e", STREAMS], &[&workload(), "execs"]);
    let [execsnoop, exitsnoop] = [execsnoop, exitsnoop].map(|tool| tool.stop());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let parent = Truth::parse(&output.stdout).get("pid");

    // PCOMM PID PPID RET ARGS
    let theirs = lines_of(&execsnoop, 2, parent, |words| {
        [words[1], words[3], words.last().unwrap_or(&"")].join(" ")
    });
    let ours =
        texts(&view("execsnoop", &machine.recording(), &["-P", &parent.to_string()]), |row| {
            let arguments = row["args"].as_str().unwrap_or_default();
            format!(
                "{} {} {}",
                row["pid"],
                row["ret"],
                arguments.split_whitespace().last().unwrap_or_default()
            )
        });
    assert_eq!(theirs.len(), 211, "execsnoop has seen all: {execsnoop}");
    assert_same("execsnoop", &ours, &theirs);

    // PCOMM PID PPID TID AGE(s) EXIT_CODE
    let theirs = lines_of(&exitsnoop, 2, parent, |words| {
        [words[1], words[3], &words[5..].join(" ")].join(" ")
    });
    let pids = sql(&machine.recording(), &format!("SELECT pid FROM exit WHERE ppid = {parent}"));
    let pids: Vec<i64> = pids.iter().filter_map(|row| row["pid"].as_i64()).collect();
    let mut ours = texts(&view("exitsnoop", &machine.recording(), &[]), |row| {
        let code = row["exit_code"].to_string().trim_matches('"').to_owned();
        format!("{} {} {code}", row["pid"], row["tid"])
    });
    ours.retain(|line| pids.iter().any(|pid| line.starts_with(&format!("{pid} "))));
    assert_eq!(theirs.len(), 211, "exitsnoop has seen all: {exitsnoop}");
    assert_same("exitsnoop", &ours, &theirs);
}

#[test]
fn calls_are_seen_alike() {
    let Some(machine) = Machine::take() else { return };
    let disk = on_disk();
    let directory = disk.path().to_string_lossy().into_owned();
    let opensnoop = Tool::start("opensnoop", &[]);
    let killsnoop = Tool::start("killsnoop", &["-k"]);
    let statsnoop = Tool::bpftrace(
        "tracepoint:syscalls:sys_enter_newfstatat { @[tid] = args->filename; }
         tracepoint:syscalls:sys_exit_newfstatat /@[tid]/
            { printf(\"%d %d %s\\n\", pid, args->ret < 0 ? -args->ret : 0, str(@[tid])); delete(@[tid]); }",
    );
    let syscount = Tool::start("syscount", &["-T", "400"]);
    let output = machine.record(&["-e", STREAMS], &[&workload(), "calls", &directory]);
    let [opensnoop, killsnoop, statsnoop, syscount] =
        [opensnoop, killsnoop, statsnoop, syscount].map(|tool| tool.stop());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let truth = Truth::parse(&output.stdout);
    let (recording, pid) = (machine.recording(), truth.get("pid"));
    let own = ["-p", &pid.to_string()];

    // PID COMM FD ERR PATH
    let theirs = lines_of(&opensnoop, 0, pid, |words| words[2..].join(" "));
    let ours = texts(&view("opensnoop", &recording, &own), |row| {
        format!("{} {} {}", row["fd"], row["err"], row["path"].as_str().unwrap_or_default())
    });
    assert!(theirs.len() as i64 >= truth.get("opens") + truth.get("missing"), "{opensnoop}");
    assert_same("opensnoop", &ours, &theirs);

    let theirs = lines_of(&statsnoop, 0, pid, |words| words[1..].join(" "));
    let ours = texts(&view("statsnoop", &recording, &own), |row| {
        format!("{} {}", row["err"], row["path"].as_str().unwrap_or_default())
    });
    assert!(theirs.len() as i64 >= truth.get("stats"), "{statsnoop}");
    assert_same("statsnoop", &ours, &theirs);

    // TIME PID COMM SIG TPID RESULT
    let theirs = lines_of(&killsnoop, 1, pid, |words| words[3..].join(" "));
    let ours = texts(&view("killsnoop", &recording, &own), |row| {
        format!("{} {} {}", row["sig"], row["tpid"], row["result"])
    });
    assert_eq!(theirs.len() as i64, truth.get("kills"), "{killsnoop}");
    assert_same("killsnoop", &ours, &theirs);

    // SYSCALL COUNT, of the whole machine, the recorder's own too: calls that it never makes.
    let ours = view("syscount", &recording, &["-T", "400"]);
    for name in ["getppid", "renameat", "unlink"] {
        let counted =
            |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse::<i64>().ok();
        let theirs: i64 = syscount.lines().filter_map(counted).sum();
        let row = ours.iter().find(|row| row["syscall"] == name);
        let ours = row.and_then(|row| row["count"].as_i64()).unwrap_or(0);
        // Somebody else may make one before or after the recording.
        assert!(
            ours > 0 && (0..=3).contains(&(theirs - ours)),
            "{name}: {ours}, syscount has {theirs}"
        );
    }
}

/// Asserts that two sorted lists are equal, and shows what only one of them has.
#[track_caller]
fn assert_same(what: &str, ours: &[String], theirs: &[String]) {
    let only = |list: &[String], other: &[String]| -> Vec<String> {
        list.iter().filter(|line| !other.contains(line)).take(5).cloned().collect()
    };
    let (more, fewer) = (only(ours, theirs), only(theirs, ours));
    let (our_count, their_count) = (ours.len(), theirs.len());
    assert!(
        ours == theirs,
        "{what}: {our_count} lines, theirs {their_count}; only ours {more:?}, only theirs {fewer:?}"
    );
}

/// The lines whose word number `column` is `id`, each told by `tell`, sorted.
fn lines_of(said: &str, column: usize, id: i64, tell: impl Fn(&[&str]) -> String) -> Vec<String> {
    let id = id.to_string();
    let mut lines: Vec<String> = said
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|words| words.get(column) == Some(&id.as_str()))
        .map(|words| tell(&words))
        .collect();
    lines.sort();
    lines
}

fn texts(rows: &[Value], tell: impl Fn(&Value) -> String) -> Vec<String> {
    let mut texts: Vec<String> = rows.iter().map(tell).collect();
    texts.sort();
    texts
}
