//! Loads whose truth is known by construction.
//!
//! `workload NAME [ARGUMENTS]` runs one of them for at most a few seconds and prints one JSON
//! object: what its threads did, stamped by themselves with `CLOCK_MONOTONIC` and their own CPU
//! clocks, and what the kernel counted for them meanwhile. A test records the machine while a load
//! runs and compares the recording with these stamps, never with constants.

mod actor;
mod barrier;
mod calls;
mod clock;
mod contention;
mod convoy;
mod counted;
mod counters;
mod crew;
mod disk;
mod fork_tree;
mod futex;
mod hung;
#[cfg(target_arch = "x86_64")]
mod jit;
mod json;
mod named;
mod oracle;
mod pingpong;
mod producer;
mod relay;
mod shortlived;
mod tar_gzip;
mod tcp;
mod timer;

use std::process::ExitCode;

use json::Object;

/// A load: its name on the command line, what it takes and does, and the function.
type Load = (&'static str, &'static str, fn(&[String]) -> Object);

const LOADS: &[Load] = &[
    ("w1", "a thread sleeps by timer while every CPU is busy", timer::run),
    ("w2", "a relay of pipes: source, two stages, sink", relay::run),
    ("w3", "two processes play ping-pong over pipes", pingpong::free),
    ("w4", "the same, each pinned to a CPU of its own", pingpong::pinned),
    ("w5", "four threads queue for a lock that is held over a sleep", convoy::run),
    ("w6", "a consumer waits for a producer that computes", producer::burning),
    ("w7", "a consumer waits for a producer that sleeps", producer::sleeping),
    ("w8", "requests over TCP loopback through three processes", tcp::run),
    ("w9", "DIRECTORY: writes and fsyncs a file there", disk::run),
    ("w10", "DIRECTORY: tar piped into gzip over files made there", tar_gzip::run),
    ("w11", "two spinning threads per CPU", contention::run),
    ("w12", "threads that burn, sleep and yield by known counts", oracle::run),
    ("w13", "a tree of processes, each waits for its child and sleeps", fork_tree::run),
    ("w14", "a fast and a slow worker meet at a barrier", barrier::run),
    ("w15", "short-lived threads, and one thread id used again and again", shortlived::run),
    ("sleeps", "1009 sleeps", counted::sleeps),
    ("execs", "211 programs run, each with its own argument and exit status", counted::execs),
    ("takeover", "a process whose second thread runs a program", counted::takeover),
    ("threads", "307 threads start and end", counted::threads),
    ("renames", "101 new names for one thread", counted::renames),
    ("kills", "13 processes are killed by a signal", counted::kills),
    ("calls", "DIRECTORY: system calls by the prime on files made there", calls::run),
    ("hung", "SECONDS: processes that sleep through, interruptibly and not", hung::run),
    ("named", "MILLISECONDS: burns in functions of known names", named::run),
    #[cfg(target_arch = "x86_64")]
    ("jit", "MILLISECONDS: burns in generated code that a perf map names", jit::run),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = match arguments.split_first() {
        Some((name, rest)) => (name.as_str(), rest),
        None => ("", &[][..]),
    };
    if name == counted::STATUS {
        return counted::status(rest);
    }
    let Some((name, _, run)) = LOADS.iter().find(|(known, ..)| *known == name) else {
        eprintln!("usage: workload NAME [ARGUMENTS]");
        for (name, about, _) in LOADS {
            eprintln!("  {name:8} {about}");
        }
        return ExitCode::from(2);
    };
    let begin = clock::monotonic();
    let truth = run(rest);
    println!(
        "{}",
        Object::new()
            .text("load", name)
            .number("begin_ns", begin)
            .number("end_ns", clock::monotonic())
            .join(truth)
    );
    ExitCode::SUCCESS
}
