//! Who has the processor: W11 contention, W14 barrier.

use afterwake_tests::program::{number, sql};

use crate::facts::Facts;
use crate::folded::{Told, lines, sum};
use crate::machine::record;
use crate::truth::assert_near;

/// W11. Nobody blocks. Each thread's run time is its CPU clock, and the rest is preemption.
#[test]
fn contention_is_preemption() {
    let Some(recorded) = record("w11", &[]) else { return };
    for part in recorded.truth.parts() {
        let name = part.name();
        let facts = Facts::of(&recorded.path, &part);
        facts.assert_all_switches(&part);
        // A switch that was not seen hides the run and the wait around it.
        let turn = part.wall_ns() / (part.get("involuntary") + 1);
        let allowed = part.wall_ns() / 200 + (facts.missing + facts.unended) * 2 * turn;
        let untold = part.wall_ns() - facts.told_ns;
        assert!((0..=allowed).contains(&untold), "{name}: {untold} ns untold: {facts:?}");
        let (run, clock) = (facts.run_ns, part.get("cpu_ns"));
        let (spare, stolen) = (clock / 100 + allowed, part.stolen_ns());
        assert!(
            (-spare..=spare + stolen).contains(&(run - clock)),
            "{name}: ran {run}, clock {clock}, stolen at most {stolen}"
        );
        let blocked = facts.blocked_ns + facts.queued_ns;
        // All meet once at the start; the first there waits for the last.
        assert!(blocked * 50 <= part.wall_ns(), "{name} blocked {blocked} ns: {facts:?}");
        let tid = part.get("tid").to_string();
        let [begin, end] = ["begin_ns", "end_ns"].map(|stamp| part.get(stamp).to_string());
        let only = ["-t", &tid, "--from", &begin, "--to", &end];
        let chain = lines("chaingraph", &recorded.path, "w11-", &only);
        let us = sum(&chain, |_| true);
        assert!(
            us * 1000 <= blocked + 1_000_000,
            "{name}: {us} us of chains, {blocked} ns blocked"
        );

        // Who is preempted stays runnable, so that its CPU goes to another thread and never idles.
        // Only the recorder, which is not recorded, leaves the same gap.
        let idle = number(
            &recorded.path,
            &format!(
                "SELECT count(*) FROM wait o
                 LEFT JOIN wait i ON i.on_ts = o.off_ts AND i.on_cpu = o.off_cpu
                 WHERE o.tid = {} AND o.off_ts > {} AND o.off_ts < {}
                    AND (o.preempted OR o.state = 0) AND i.thread IS NULL",
                part.get("tid"),
                part.get("begin_ns"),
                part.get("end_ns"),
            ),
        );
        // It comes every 50 ms, ahead of everybody.
        let allowed = 3 + part.get("involuntary") / 8 + part.wall_ns() / 40_000_000;
        assert!(idle <= allowed, "{name}: preempted by nobody {idle} times");
    }
}

/// W14. The fast worker waits for the slow one's computing; the slow one waits for nobody.
#[test]
fn the_fast_worker_waits_for_the_slow() {
    let Some(recorded) = record("w14", &[]) else { return };
    let (fast, slow) = (recorded.truth.part("w14-fast"), recorded.truth.part("w14-slow"));
    let (facts, slows) = (Facts::of(&recorded.path, &fast), Facts::of(&recorded.path, &slow));
    facts.assert_all_switches(&fast);
    slows.assert_all_switches(&slow);
    // Half of each round is to spare; but whoever keeps the fast one from its CPU for that long, such as
    // the host, makes the slow one wait. It is then the fast one's part to run, and nothing below changes.
    assert!(slows.voluntary * 4 <= slow.get("rounds"), "the slow one slept: {slows:?}");

    let tid = fast.get("tid").to_string();
    let path = lines("criticalpath", &recorded.path, "w14-", &["-t", &tid]);
    let whole = sum(&path, |_| true) * 1000;
    let name = format!("leaves of {facts:?}");
    assert_near(&name, whole, facts.blocked_ns + facts.queued_ns, 0.5);
    let both = ["w14-fast", "w14-slow"];
    let slows_doing = sum(&path, |line| line.through(&both)) * 1000;
    assert_near("what the slow one did meanwhile", slows_doing, facts.blocked_ns, 2.0);
    let Told { running_ns, lost_ns } = Told::of(&recorded.path, &path, &both, &slow);
    let queued = slows.preempted_ns + slows.queued_ns;
    let computed = slow.get("burn_ns") + slow.stolen_ns();
    assert!(running_ns <= computed, "{running_ns} ns is more than it computed, {computed}");
    assert!(
        running_ns + queued + lost_ns >= facts.blocked_ns * 95 / 100,
        "{running_ns} ns running, at most {queued} preempted, {lost_ns} lost: {facts:?} {path:#?}"
    );
}

/// CPU samples are as many as the time on the CPU asks for.
#[test]
fn samples_follow_cpu_time() {
    let Some(recorded) = record("named", &["1500"]) else { return };
    let part = recorded.truth.part("named");
    let rows = sql(
        &recorded.path,
        &format!("SELECT count(*) AS samples FROM sample WHERE tid = {}", part.get("tid")),
    );
    let samples = rows[0]["samples"].as_i64().unwrap_or(0);
    let expected = part.get("cpu_ns") * 99 / 1_000_000_000;
    // About the spread of so few samples, thrice.
    assert_near("samples at 99 Hz", samples, expected, 25.0);
}
