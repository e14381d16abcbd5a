//! The micro-traces: tiny machines whose answers are worked out by hand, in milliseconds.
//!
//! Every expectation is held against the oracle first, so that a wrong script cannot pass for a bug.

mod traces;

use afterwake_tests::chains;
use afterwake_tests::machine::world::World;
use afterwake_tests::machine::{MILLISECOND, Thread};
use afterwake_tests::oracle::chain::{Rule, chains};
use afterwake_tests::oracle::resolved::resolve;
use afterwake_tests::oracle::sums::wakeup_time;
use afterwake_tests::oracle::{Totals, UNLIMITED};

const ANY: Rule = Rule { depth: UNLIMITED, bounded: true, split: false };

struct Trace(World);

impl Trace {
    fn of(text: &str) -> Self {
        Self(World::scripted(text))
    }

    /// Waits whole, on their chains of wakeups.
    #[track_caller]
    fn chain(&self, name: &str, rule: Rule, expected: &str) {
        let root = self.0.machine.thread(name);
        let oracle = chains(&self.0.machine, &self.0.timeline, rule, |thread| thread == root);
        assert_eq!(text(&oracle), lines(expected), "the oracle's chains of {name}");
        let tid = self.tid(root);
        let depth = rule.depth.min(64).to_string();
        let mut flags = vec!["-t", &tid, "--depth", &depth];
        flags.extend((!rule.bounded).then_some("--unbounded"));
        flags.extend((!rule.split).then_some("--whole"));
        let answer = chains::totals("chaingraph", self.0.path(), &flags);
        assert_eq!(text(&answer), lines(expected), "chaingraph of {name}");
    }

    /// Waits divided along the critical path.
    #[track_caller]
    fn resolved(&self, name: &str, depth: usize, expected: &str) {
        let root = self.0.machine.thread(name);
        let oracle = resolve(&self.0.machine, &self.0.timeline, depth, |thread| thread == root);
        assert_eq!(text(&oracle), lines(expected), "the oracle's critical path of {name}");
        let tid = self.tid(root);
        let depth = depth.min(64).to_string();
        let flags = ["-t", &tid, "--depth", &depth];
        let answer = chains::totals("criticalpath", self.0.path(), &flags);
        assert_eq!(text(&answer), lines(expected), "criticalpath of {name}");
    }

    /// Off-CPU time with one waker, whole.
    #[track_caller]
    fn off_wake(&self, name: &str, expected: &str) {
        let tid = self.tid(self.0.machine.thread(name));
        let flags = ["-t", &tid, "--whole"];
        let answer = chains::totals("offwaketime", self.0.path(), &flags);
        assert_eq!(text(&answer), lines(expected), "offwaketime of {name}");
    }

    /// Blocked time by waker and sleeper.
    #[track_caller]
    fn wakeup(&self, expected: &str) {
        let oracle = wakeup_time(&self.0.machine, &self.0.timeline);
        assert_eq!(text(&oracle), lines(expected), "the oracle's wakeup times");
        let answer = chains::wakeups(self.0.path(), &[]);
        assert_eq!(text(&answer), lines(expected), "wakeuptime");
    }

    /// Time per state of one thread.
    #[track_caller]
    fn states(&self, name: &str, expected: &[(&str, u64)]) {
        let states = chains::states(self.0.path(), name);
        for (state, ms) in expected {
            let found = states.get(*state).copied().unwrap_or_default();
            assert_eq!(found, ms * MILLISECOND, "{name} {state}: {states:?}");
        }
        let sum: u64 = expected.iter().map(|(_, ms)| ms).sum();
        let all: u64 = states.values().sum();
        assert_eq!(all, sum * MILLISECOND, "{name} has more states: {states:?}");
    }

    fn tid(&self, thread: Thread) -> String {
        self.0.machine.threads[thread].tid.to_string()
    }
}

/// `A--B--[running] 13` per path, in milliseconds, sorted.
fn text(totals: &Totals) -> Vec<String> {
    let line = |(path, ns): (&Vec<String>, &u64)| {
        format!("{} {}", path.join("--"), *ns as f64 / MILLISECOND as f64)
    };
    let mut lines: Vec<String> = totals.iter().map(line).collect();
    lines.sort();
    lines
}

fn lines(expected: &str) -> Vec<String> {
    let short = |line: &str| line.trim().replace("[timer]", "[hardirq:hrtimer]");
    let mut lines: Vec<String> =
        expected.split('\n').map(short).filter(|line| !line.is_empty()).collect();
    lines.sort();
    lines
}

#[test]
fn s1_worked_example() {
    let trace = Trace::of(traces::S1);
    let off: Vec<i64> = ["A", "B", "C"].map(|name| chains::off_cpu(trace.0.path(), name)).into();
    assert_eq!(off, [62_000, 48_000, 31_000]);
    trace.wakeup("B--A 60\n C--B 45\n [timer]--C 30");
    trace.off_wake("A", "A--B 62");
    trace.off_wake("B", "B--C 48");
    trace.off_wake("C", "C--[timer] 31");
    let split = Rule { split: true, ..ANY };
    trace.chain("A", split, "A--B--C--[timer] 60\n A--[runqueue] 2");
    trace.chain("B", split, "B--C--[timer] 45\n B--[runqueue] 3");
    let one = Rule { depth: 1, ..ANY };
    trace.chain("A", one, "A--B--[truncated] 62");
    trace.chain("B", one, "B--C--[timer] 48");
    trace.chain("C", one, "C--[timer] 31");
    for depth in [2, 3, UNLIMITED] {
        let rule = Rule { depth, ..ANY };
        trace.chain("A", rule, "A--B--C--[timer] 62");
        trace.chain("B", rule, "B--C--[timer] 48");
        trace.chain("C", rule, "C--[timer] 31");
    }
}

#[test]
fn s1_critical_paths() {
    let trace = Trace::of(traces::S1);
    trace.resolved(
        "A",
        UNLIMITED,
        "A--[runqueue] 2
         A--B--[running] 13
         A--B--[runqueue] 3
         A--B--[preempted] 4
         A--B--C--[running] 19
         A--B--C--[runqueue] 1
         A--B--C--[timer] 20",
    );
    trace.resolved(
        "B",
        UNLIMITED,
        "B--[runqueue] 3\n B--C--[running] 19\n B--C--[runqueue] 1\n B--C--[timer] 25",
    );
    trace.resolved("C", UNLIMITED, "C--[runqueue] 1\n C--[timer] 30");
    trace.resolved(
        "A",
        1,
        "A--[runqueue] 2
         A--B--[running] 13
         A--B--[runqueue] 3
         A--B--[preempted] 4
         A--B--[truncated] 40",
    );
}

#[test]
fn s1_thread_states() {
    let trace = Trace::of(traces::S1);
    trace.states("A", &[("running", 18), ("blocked", 60), ("runnable", 2)]);
    trace.states("B", &[("running", 23), ("blocked", 50), ("runnable", 3), ("preempted", 4)]);
    trace.states("C", &[("running", 24), ("blocked", 55), ("runnable", 1)]);
    trace.states("X", &[("unknown", 58), ("runnable", 2), ("running", 4), ("blocked", 16)]);
}

#[test]
fn s2_ping_pong() {
    let trace = Trace::of(traces::S2);
    trace.chain("P", ANY, "P--Q 21");
    trace.chain("Q", ANY, "Q--P 10");
    trace.resolved("P", UNLIMITED, "P--[runqueue] 3\n P--Q--[running] 18");
    trace.resolved("Q", UNLIMITED, "Q--[runqueue] 2\n Q--P--[running] 8");
    // Unbounded, the partners would alternate for ever; the first repetition says so.
    let unbounded = Rule { bounded: false, ..ANY };
    trace.chain("P", unbounded, "P--Q 7\n P--Q--[loop] 14");
    trace.chain("Q", unbounded, "Q--P--[loop] 10");
}

#[test]
fn s3_convoy() {
    let trace = Trace::of(traces::S3);
    trace.chain("L3", ANY, "L3--L2--[timer] 23\n L3--[timer] 10");
    trace.chain("L1", ANY, "L1--L3--[timer] 26\n L1--[timer] 10");
    trace.chain("L2", ANY, "L2--L1--[timer] 11\n L2--[timer] 10");
    trace.resolved(
        "L3",
        UNLIMITED,
        "L3--[runqueue] 1
         L3--L2--[timer] 10
         L3--L2--[running] 2
         L3--L2--[runqueue] 1
         L3--L2--L1--[timer] 8
         L3--L2--L1--[running] 1
         L3--[timer] 10",
    );
    trace.resolved(
        "L1",
        UNLIMITED,
        "L1--[runqueue] 1
         L1--L3--[timer] 10
         L1--L3--[running] 2
         L1--L3--[runqueue] 1
         L1--L3--L2--[timer] 10
         L1--L3--L2--[running] 2
         L1--[timer] 10",
    );
}

#[test]
fn s4_early_waking() {
    let trace = Trace::of(traces::S4);
    trace.off_wake("A", "A--B 2");
    trace.chain("A", ANY, "A--B 2");
    trace.chain("A", Rule { split: true, ..ANY }, "A--[runqueue] 2");
    trace.resolved("A", UNLIMITED, "A--[runqueue] 2");
    trace.states("A", &[("running", 11), ("runnable", 2)]);
}

#[test]
fn s5_stale_waking() {
    let trace = Trace::of(traces::S5);
    trace.chain("A", ANY, "A--[no-waker] 8");
    trace.off_wake("A", "A--[no-waker] 8");
    trace.resolved("A", UNLIMITED, "A--[no-waker] 8");
    trace.states("A", &[("running", 12), ("preempted", 1), ("blocked", 8)]);
}

#[test]
fn s6_nothing_carried_over() {
    let trace = Trace::of(traces::S6);
    trace.chain("A", ANY, "A--[timer] 6\n A--B 6");
    let split = Rule { split: true, ..ANY };
    trace.chain("A", split, "A--[timer] 4\n A--B 5\n A--[runqueue] 3");
}

#[test]
fn s7_bounded_cut() {
    let trace = Trace::of(traces::S7);
    trace.chain("A", ANY, "A--W 11");
    trace.chain("A", Rule { bounded: false, ..ANY }, "A--W--[softirq:net_rx] 11");
    trace.resolved("A", UNLIMITED, "A--[runqueue] 1\n A--W--[running] 7\n A--W--[preempted] 3");
}

#[test]
fn s8_interrupt_on_a_busy_cpu() {
    let trace = Trace::of(traces::S8);
    trace.chain("A", ANY, "A--[timer] 6");
    trace.resolved("A", UNLIMITED, "A--[runqueue] 2\n A--[timer] 4");
    trace.wakeup("[timer]--A 4");
    trace.states("X", &[("running", 10)]);
}

#[test]
fn s9_missing_switch_in() {
    let trace = Trace::of(traces::S9);
    trace.chain("A", ANY, "A--[timer] 4");
    trace.chain("A", Rule { split: true, ..ANY }, "A--[timer] 3\n A--[runqueue] 1");
    trace.states("A", &[("running", 6), ("lost", 10), ("blocked", 3), ("runnable", 1)]);
}

#[test]
fn s10_birth() {
    let trace = Trace::of(traces::S10);
    trace.chain("A", ANY, "A--B--P--[timer] 61");
    trace.resolved(
        "A",
        UNLIMITED,
        "A--[runqueue] 1
         A--B--[running] 28
         A--B--[runqueue] 2
         A--B--P--[running] 19
         A--B--P--[runqueue] 1
         A--B--P--[timer] 10",
    );
    // It lived from 40 to 80: a thread's states add up to its own life.
    trace.states("B", &[("runnable", 2), ("running", 38)]);
}

#[test]
fn s11_reused_thread_id() {
    let trace = Trace::of(traces::S11);
    trace.chain("A", ANY, "A--new--P 41");
    trace.resolved(
        "A",
        UNLIMITED,
        "A--[runqueue] 1
         A--new--[running] 19
         A--new--[runqueue] 1
         A--new--P--[running] 16
         A--new--P--[lost] 4",
    );
    trace.chain("old", ANY, "old--[timer] 13");
}

#[test]
fn s12_cancelled_sleep() {
    let trace = Trace::of(traces::S12);
    trace.chain("A", ANY, "A--[no-waker] 10");
    trace.resolved("A", UNLIMITED, "A--[no-waker] 10");
    trace.wakeup("[no-waker]--A 10");
}

#[test]
fn terminals_and_own_softirqs() {
    let trace = Trace::of(traces::TERMINALS);
    trace.chain("A", ANY, "A--[nmi] 2\n A--[idle] 2\n A--[hardirq] 2\n A--B 2");
    trace.wakeup("[nmi]--A 1\n [idle]--A 1\n [hardirq]--A 1\n B--A 1");
}

#[test]
fn open_and_involuntary_waits_are_no_roots() {
    let trace = Trace::of(traces::OPEN);
    trace.chain("A", ANY, "");
    trace.resolved("A", UNLIMITED, "");
    trace.states("A", &[("running", 3), ("preempted", 2), ("blocked", 5)]);
    trace.states("H", &[("blocked", 10)]);
}
