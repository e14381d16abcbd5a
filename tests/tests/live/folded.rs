//! Folded stacks of live threads, read as chains of the threads of one load.

use std::path::Path;

use afterwake_tests::program::view;

use crate::facts::Facts;
use crate::truth::Part;

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

/// What no chain can tell: after a switch that was not seen, or before a waking that was not. No more than
/// the rows of these threads leave untold, and `each` for every waking that they miss.
#[track_caller]
pub fn unknown_ns(recording: &Path, lines: &[Line], parts: &[&Part], each: i64) -> i64 {
    let unknown = sum(lines, |line| line.ends(LOST) || line.ends(NO_WAKER)) * 1000;
    let most = parts.iter().map(|part| {
        let facts = Facts::of(recording, part);
        facts.untold_ns(part) + facts.unwoken * each
    });
    let most: i64 = most.sum();
    assert!(unknown <= most, "{unknown} ns unknown, the rows explain {most}");
    unknown
}

/// What chains say that their last thread did.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    pub running_ns: i64,
    /// After a switch that was not seen, until its next one: it may have been running too.
    pub lost_ns: i64,
}

impl Told {
    /// Of the lines through exactly these threads, of which `part` is the last. No more may be lost than
    /// its rows leave untold.
    #[track_caller]
    pub fn of(recording: &Path, lines: &[Line], threads: &[&str], part: &Part) -> Self {
        let ns = |ending| sum(lines, |line| line.ends(ending) && line.through(threads)) * 1000;
        let told = Self { running_ns: ns(RUNNING), lost_ns: ns(LOST) };
        let most = Facts::of(recording, part).untold_ns(part);
        assert!(told.lost_ns <= most, "{}: {told:?}, {most} ns untold", part.name());
        told
    }

    /// Asserts that it was seen running for the `computed` time of the thread's clock, within `percent`, and
    /// at most what the host took besides; what was lost may belong to it.
    #[track_caller]
    pub fn assert_computed(self, part: &Part, computed: i64, percent: i64) {
        let (spare, stolen) = (computed * percent / 100, part.stolen_ns());
        assert!(
            (computed - spare - self.lost_ns..=computed + spare + stolen)
                .contains(&self.running_ns),
            "{}: {self:?} is not {computed} ns, {percent} % to spare, {stolen} stolen at most",
            part.name()
        );
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
