//! Frames have the names that their programs give them, also when process and file are gone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use afterwake_tests::program::{number, view};

use crate::machine::{Machine, record, workload};

const KNOWN_STACK: &str = "main;first_step;second_step;third_step";

/// A Rust program without frame pointers: the innermost user frame is certain.
#[test]
fn the_innermost_function_is_named() {
    let Some(recorded) = record("named", &["1000"]) else { return };
    let pid = recorded.truth.part("named").get("pid").to_string();
    assert_in_most("profile", &recorded.path, &["-p", &pid], "spin_in_a_named_function");
}

#[test]
fn generated_code_is_named_by_its_map() {
    let Some(recorded) = record("jit", &["1000"]) else { return };
    let pid = recorded.truth.part("jit").get("pid").to_string();
    let map = PathBuf::from(format!("/tmp/perf-{pid}.map"));
    assert_in_most("profile", &recorded.path, &["-p", &pid], "generated::count_down");
    fs::remove_file(map).expect("the load has written it");
}

/// A C program with frame pointers: the whole stack is certain, on the CPU and off it.
#[test]
fn a_whole_user_stack_is_named() {
    let Some(machine) = Machine::take() else { return };
    let program = compile(machine.directory());
    let program = program.to_string_lossy();
    let output = machine.record(&[], &[&program, "700"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let recording = machine.recording();
    assert_in_most("profile", &recording, &["-p", &pid_of(&recording)], KNOWN_STACK);
    // The C library's own frame may hide its caller: it is compiled without frame pointers.
    let flags = ["-p", &pid_of(&recording)];
    assert_in_most("offcputime", &recording, &flags, "main;first_step;second_step");
    assert_in_most("offcputime", &recording, &flags, "do_nanosleep;schedule");
}

/// The same program, its file deleted while it runs, and ended long before the recording stops.
#[test]
fn the_gone_are_named() {
    let Some(machine) = Machine::take() else { return };
    compile(machine.directory());
    let script = "./known_stack 300 & sleep 0.2; rm known_stack; wait; sleep 1";
    let output = machine.record(&[], &["sh", "-c", script]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!machine.directory().join("known_stack").exists(), "the file is deleted");
    let recording = machine.recording();
    assert_in_most("profile", &recording, &["-p", &pid_of(&recording)], KNOWN_STACK);
}

/// A program that a test ran for a tenth of a second, its file deleted before the first tick after it.
#[test]
fn the_short_lived_are_named() {
    let Some(machine) = Machine::take() else { return };
    compile(machine.directory());
    let script = "./known_stack 60; rm known_stack";
    let output = machine.record(&["--frequency", "997"], &["sh", "-c", script]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let recording = machine.recording();
    assert_in_most("profile", &recording, &["-p", &pid_of(&recording)], KNOWN_STACK);
}

/// The kernel's frames have names, and the probes' own frames are not among them.
#[test]
fn kernel_frames_are_named() {
    let Some(recorded) = record("w3", &[]) else { return };
    let frames = number(&recorded.path, "SELECT count(*) FROM frame WHERE space = 'kernel'");
    assert!(frames > 20, "only {frames} kernel frames");
    let nameless = "SELECT count(*) FROM frame WHERE space = 'kernel' AND name IS NULL";
    assert_eq!(number(&recorded.path, nameless), 0, "kernel frames without a name");
    // A CPU sample may well interrupt a probe; the stack of a wait never contains one.
    let probes = "SELECT count(*)
        FROM (SELECT kstack AS stack FROM wait UNION SELECT waker_kstack FROM wait) w
        JOIN (SELECT id, unnest(frames) AS frame FROM stack) s ON s.id = w.stack
        JOIN frame f ON f.id = s.frame
        WHERE f.name LIKE 'bpf_prog_%' OR f.name LIKE 'bpf_trace_run%'
            OR f.name LIKE '__bpf_trace_%' OR f.name LIKE '__traceiter_%'
            OR f.name LIKE 'bpf_get_stack%'";
    assert_eq!(number(&recorded.path, probes), 0, "frames of the probes themselves");
}

/// The system call that a thread slept in and the kernel stack were found in different ways, and
/// must agree.
#[cfg(target_arch = "x86_64")]
#[test]
fn stacks_agree_with_system_calls() {
    let Some(machine) = Machine::take() else { return };
    let script = format!("for load in w2 w5 w8 threads; do {} $load; done", workload());
    let output = machine.record(&[], &["sh", "-c", &script]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (call, function) in [
        (libc::SYS_read, "ksys_read"),
        (libc::SYS_futex, "__x64_sys_futex"),
        (libc::SYS_recvfrom, "__x64_sys_recvfrom"),
        (libc::SYS_clock_nanosleep, "__x64_sys_clock_nanosleep"),
        (libc::SYS_wait4, "do_wait"),
    ] {
        let query = |verb: &str| {
            format!(
                "SELECT count(*) FROM wait
                 WHERE NOT preempted AND state <> 0 AND state & 128 = 0
                    AND syscall = {call} AND kstack {verb} (
                    SELECT s.id FROM (SELECT id, unnest(frames) AS frame FROM stack) s
                    JOIN frame f ON f.id = s.frame WHERE f.name = '{function}')"
            )
        };
        let right = number(&machine.recording(), &query("IN"));
        let wrong = number(&machine.recording(), &query("NOT IN"));
        assert!(right > 0, "nothing slept in {function}");
        assert_eq!(wrong, 0, "waits in {function} with a stack of something else, {right} right");
    }
}

/// Asserts that stacks with `frames` are at least three quarters of the view's total.
#[track_caller]
fn assert_in_most(name: &str, recording: &Path, flags: &[&str], frames: &str) {
    let rows = view(name, recording, flags);
    let (mut with, mut all) = (0, 0);
    for row in &rows {
        let value = row["value"].as_i64().expect("a value");
        let folded = row["folded"].as_str().expect("a stack");
        all += value;
        with += if folded.contains(frames) { value } else { 0 };
    }
    assert!(all > 0, "{name} is empty");
    assert!(with * 4 >= all * 3, "{frames} in {with} of {all}: {rows:#?}");
}

fn pid_of(recording: &Path) -> String {
    number(recording, "SELECT max(pid) FROM thread WHERE comm = 'known_stack'").to_string()
}

/// Compiles the program of the known stack.
fn compile(into: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("workloads/known_stack.c");
    let program = into.join("known_stack");
    let compiled = ["cc", "clang", "clang-14"].iter().any(|compiler| {
        let mut command = Command::new(compiler);
        command.args(["-O1", "-fno-omit-frame-pointer", "-fno-inline", "-o"]);
        command.arg(&program).arg(&source).status().is_ok_and(|status| status.success())
    });
    assert!(compiled, "no C compiler: neither cc nor clang");
    program
}
