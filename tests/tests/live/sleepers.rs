//! Who sleeps for whom: W1 timer, W5 convoy, W13 tree of processes, and sleepers that never wake.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use afterwake_tests::program::{number, sql};

use crate::facts::Facts;
use crate::folded::{Line, RUNQUEUE, TIMER, assert_share, lines, sum};
use crate::machine::{Machine, record, workload};
use crate::truth::{assert_between, assert_near};

/// W1. Only the timer interrupt wakes the sleeper, though it interrupts running threads to do so.
#[test]
fn a_timer_is_nobodys_wakeup() {
    let Some(recorded) = record("w1", &[]) else { return };
    let sleeper = recorded.truth.part("w1-sleeper");
    let facts = Facts::of(&recorded.path, &sleeper);
    facts.assert_all_switches(&sleeper);
    assert_near("off-CPU", facts.blocked_ns + facts.queued_ns, sleeper.get("sleep_ns"), 2.0);
    let wrong = number(
        &recorded.path,
        &format!(
            "SELECT count(*) FROM wait WHERE tid = {} AND off_ts >= {} AND off_ts < {}
             AND NOT preempted AND state <> 0 AND woken_ts IS NOT NULL
             AND (waker IS NOT NULL OR waker_context IS DISTINCT FROM 'hardirq')",
            sleeper.get("tid"),
            sleeper.get("begin_ns"),
            sleeper.get("end_ns"),
        ),
    );
    assert_eq!(wrong, 0, "sleeps that something else than a hardware interrupt ended");
    let tid = sleeper.get("tid").to_string();
    let woken = lines("wakeuptime", &recorded.path, "w1-", &["-t", &tid]);
    assert_share("wakeups by timer", &woken, 98, |line| line.folded.contains("[hardirq:hrtimer]"));
    assert_near("wakeup time", sum(&woken, |_| true) * 1000, facts.blocked_ns, 1.0);
}

/// W5. The resolved chain gives each holder its quarter; the whole-interval chain names one
/// neighbour only.
#[test]
fn a_convoy_waits_for_all_its_holders() {
    let Some(recorded) = record("w5", &[]) else { return };
    let owners = ["w5-0", "w5-1", "w5-2", "w5-3"].map(|name| recorded.truth.part(name));
    let slept = owners.iter().map(|owner| owner.get("sleep_ns")).sum::<i64>() as f64;
    for part in &owners {
        let name = part.name();
        Facts::of(&recorded.path, part).assert_all_switches(part);
        let tid = part.get("tid").to_string();

        let path = lines("criticalpath", &recorded.path, "w5-", &["-t", &tid]);
        let whole = sum(&path, |_| true);
        assert_near(&format!("{name}: off-CPU"), whole * 1000, part.wall_ns(), 5.0);
        // What the CPUs were too busy for is told apart, so the shares are those of the timers.
        let timers = sum(&path, |line| line.ends(TIMER));
        assert!(timers * 100 >= whole * 80, "{name}: {timers} us of timers in {whole} us");
        for owner in &owners {
            let of_owner = |line: &Line| {
                line.ends(TIMER) && line.threads.last().is_some_and(|last| last == owner.name())
            };
            let share = sum(&path, of_owner) as f64 / timers as f64;
            // A sleep ends on the run queue, which is no timer.
            let own = owner.get("sleep_ns") as f64 / slept;
            let queued = Facts::of(&recorded.path, owner).queued_ns as f64 / slept;
            assert!(
                (share - own).abs() < 0.02 + queued.min(0.03),
                "{name} waits {share:.3} for {}'s sleep, which is {own:.3} of all",
                owner.name()
            );
        }

        let chain = lines("chaingraph", &recorded.path, "w5-", &["-t", &tid]);
        let behind = |line: &&Line| line.threads.len() == 2;
        let most = chain.iter().filter(behind).map(|line| line.us).max().unwrap_or(0);
        let all: i64 = chain.iter().filter(behind).map(|line| line.us).sum();
        assert!(most * 10 >= all * 9, "{name}: one neighbour has {most} of {all} us");
        let deeper = sum(&chain, |line| line.threads.len() > 2);
        assert!(deeper * 20 <= whole, "{name}: {deeper} us of chains reach past the neighbour");
    }
}

/// W13. What the root waits for is the sleep of its grandchild, its child, and its own.
#[test]
fn a_tree_waits_for_its_leaves() {
    let Some(recorded) = record("w13", &[]) else { return };
    let (root, in1, in2) = (
        recorded.truth.part("w13-root"),
        recorded.truth.part("w13-in1"),
        recorded.truth.part("w13-in2"),
    );
    let tid = root.get("tid").to_string();
    let path = lines("criticalpath", &recorded.path, "w13-", &["-t", &tid]);
    let names = ["w13-root", "w13-in1", "w13-in2"];
    // A sleep ends on the run queue, which is told apart from its timer.
    let [timer0, timer1, timer2] = [&root, &in1, &in2].map(|part| {
        let slept = part.get("sleep_ns");
        (slept - Facts::of(&recorded.path, part).queued_ns, slept)
    });
    for (depth, (low, high)) in [timer0, timer1, timer2].into_iter().enumerate() {
        let us = sum(&path, |line| line.ends(TIMER) && line.through(&names[..=depth]));
        assert_between(&format!("timer of {}", names[depth]), us * 1000, low, high, 2);
    }
    let chain = lines("chaingraph", &recorded.path, "w13-", &["-t", &tid]);
    assert_eq!(sum(&chain, |line| line.threads.len() > 2), 0, "a whole interval hides in2");
    let child = sum(&chain, |line| line.through(&names[..2]) && line.ends(TIMER));
    let (low, high) = (timer1.0 + timer2.0, timer1.1 + timer2.1);
    assert_between("chain to in1", child * 1000, low, high, 3);
    let queued = sum(&chain, |line| line.ends(RUNQUEUE));
    assert!(queued * 1000 < root.wall_ns(), "the run queue is told apart: {queued} us");
}

/// Threads that sleep through all of a recording are in it, with the stack that says where.
#[test]
fn the_hung_are_listed() {
    let Some(machine) = Machine::take() else { return };
    let sleepers = Command::new(workload()).args(["hung", "8"]).stdout(Stdio::null()).spawn();
    let mut sleepers = sleepers.expect("the load starts");
    thread::sleep(Duration::from_millis(400));
    let output = machine.recorder(&["--for", "1s"]).output().expect("the recorder starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(sleepers.try_wait().expect("a child").is_none(), "the sleepers have slept through");
    sleepers.kill().expect("the load still runs");
    sleepers.wait().expect("the load ends");

    for (comm, bit, at) in
        [("hung-asleep", 1, "hrtimer_nanosleep"), ("hung-parent", 2, "kernel_clone")]
    {
        let rows = sql(
            &machine.recording(),
            &format!(
                "SELECT w.state, w.open, w.off_ts, w.woken_ts, w.on_ts, array_agg(f.name) AS names
                 FROM wait w
                 JOIN (SELECT id, unnest(frames) AS frame FROM stack) s ON s.id = w.kstack
                 JOIN frame f ON f.id = s.frame
                 WHERE w.comm = '{comm}' AND w.state & {bit} <> 0 GROUP BY 1, 2, 3, 4, 5"
            ),
        );
        assert_eq!(rows.len(), 1, "{comm} has one wait: {rows:?}");
        let row = &rows[0];
        assert_eq!(row["open"], true, "{row}");
        for instant in ["off_ts", "woken_ts", "on_ts"] {
            assert!(row[instant].is_null(), "it was asleep before and after: {row}");
        }
        let names = row["names"].as_array().expect("a list");
        assert!(names.iter().any(|name| name == at), "no {at} in {row}");
    }
}
