//! Folded stacks of live threads, read as chains of the threads of one load.

use std::path::Path;

use afterwake_tests::program::{number, view};

/// How lines end: at a timer, or with what the last thread did.
pub const TIMER: &str = "[hardirq";
pub const RUNNING: &str = "[running]";
pub const PREEMPTED: &str = "[preempted]";
pub const LOST: &str = "[lost]";
pub const NO_WAKER: &str = "[no-waker]";
pub const RUNQUEUE: &str = "[runqueue]";

/// One line of a stack view: only the threads of the load, in order, and how the line ends.
#[derive(Clone, Debug)]
pub struct Line {
    /// Threads, the waiting one first.
    pub threads: Vec<String>,
    /// The last frame where it is one in brackets, such as `[hardirq:hrtimer]`.
    pub ending: Option<String>,
    pub us: i64,
    pub folded: String,
}

/// The lines of a stack view whose frames name threads that begin with `prefix`.
#[track_caller]
pub fn lines(name: &str, recording: &Path, prefix: &str, flags: &[&str]) -> Vec<Line> {
    let rows = view(name, recording, flags);
    rows.iter()
        .map(|row| {
            let folded = row["folded"].as_str().expect("a stack view has `folded`").to_owned();
            let frames: Vec<&str> = folded.split(';').collect();
            let of_load = frames.iter().filter(|frame| frame.starts_with(prefix));
            let threads = of_load.map(|frame| (*frame).to_owned()).collect();
            let last = frames.last().filter(|frame| frame.starts_with('['));
            let ending = last.map(|frame| (*frame).to_owned());
            let us = row["value"].as_i64().expect("a stack view has `value`");
            Line { threads, ending, us, folded: folded.clone() }
        })
        .collect()
}

impl Line {
    /// Whether it goes through exactly these threads.
    pub fn through(&self, threads: &[&str]) -> bool {
        self.threads == threads
    }

    pub fn ends(&self, start: &str) -> bool {
        self.ending.as_ref().is_some_and(|ending| ending.starts_with(start))
    }
}

/// Microseconds of the lines that `is` picks.
pub fn sum(lines: &[Line], is: impl Fn(&Line) -> bool) -> i64 {
    lines.iter().filter(|line| is(line)).map(|line| line.us).sum()
}

/// What no chain can tell: after a switch that was not seen, or before a waking that was not.
pub fn unknown_ns(lines: &[Line]) -> i64 {
    sum(lines, |line| line.ends(LOST) || line.ends(NO_WAKER)) * 1000
}

/// What chains say that their last thread did.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    pub running_ns: i64,
    /// After a switch that was not seen, until its next one: it may have been running too.
    pub lost_ns: i64,
}

impl Told {
    /// Of the lines through exactly these threads. Nothing is lost unless the recording says that a
    /// switch was.
    #[track_caller]
    pub fn of(recording: &Path, lines: &[Line], threads: &[&str]) -> Self {
        let ns = |ending| sum(lines, |line| line.ends(ending) && line.through(threads)) * 1000;
        let told = Self { running_ns: ns(RUNNING), lost_ns: ns(LOST) };
        let unseen =
            "SELECT count(*) FROM wait WHERE on_ts IS NULL AND NOT open AND state & 128 = 0";
        assert!(
            told.lost_ns == 0 || number(recording, unseen) > 0,
            "lost without a reason: {told:?}"
        );
        told
    }
}

/// Asserts that the lines picked are at least `percent` of all.
#[track_caller]
pub fn assert_share(what: &str, lines: &[Line], percent: i64, is: impl Fn(&Line) -> bool) {
    let (part, whole) = (sum(lines, is), sum(lines, |_| true));
    let shown: Vec<String> = lines
        .iter()
        .map(|line| format!("{:?} {:?} {}", line.threads, line.ending, line.us))
        .collect();
    assert!(
        part * 100 >= whole * percent && whole > 0,
        "{what}: {part} of {whole} us is less than {percent} %:\n{}",
        shown.join("\n")
    );
}
