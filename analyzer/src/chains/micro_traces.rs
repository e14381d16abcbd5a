//! The worked example and the golden micro-traces, on the walks themselves. Times are in milliseconds.

use std::collections::BTreeMap;

use super::roots::{Choice, Ground, Limits, Method, explain};
use super::wait::Context;
use super::{Builder, Coverage, Index, Label, Wait};

const MS: i64 = 1_000_000;
const SLEEP: u32 = 1;

/// Threads are letters.
fn thread(name: char) -> i64 {
    name as i64
}

/// A voluntary wait `(off, woken, on)` after a run of `ran`, without a waker yet.
fn wait(name: char, seq: u32, ran: Option<i64>, off: i64, woken: Option<i64>, on: i64) -> Wait {
    Wait {
        thread: thread(name),
        seq,
        state: SLEEP,
        ran_ns: ran.map(|ran| ran * MS),
        off_ts: Some(off * MS),
        woken_ts: woken.map(|woken| woken * MS),
        on_ts: Some(on * MS),
        ..Wait::default()
    }
}

fn by(waker: char, seq: Option<u32>, wait: Wait) -> Wait {
    let (waker, waker_context) = (Some(thread(waker)), Some(Context::Task));
    Wait { waker, waker_seq: seq, waker_context, ..wait }
}

fn by_timer(wait: Wait) -> Wait {
    Wait { waker_context: Some(Context::Hardirq), ..wait }
}

fn preempted(wait: Wait) -> Wait {
    Wait { state: 0, preempted: true, woken_ts: None, ..wait }
}

/// The last row of a thread: it leaves the CPU and never comes back.
fn last(name: char, seq: u32, ran: i64, off: i64) -> Wait {
    Wait { on_ts: None, ..wait(name, seq, Some(ran), off, None, 0) }
}

fn born(name: char, birth: i64, on: i64, parent: char, seq: Option<u32>) -> Wait {
    let wait =
        Wait { off_ts: None, ran_ns: None, born: true, ..wait(name, 0, None, 0, Some(birth), on) };
    by(parent, seq, wait)
}

/// What one thread's waits are made of: `A--B--[running] 13`, in milliseconds.
fn told(rows: &[Wait], method: Method, root: char, limits: Limits) -> BTreeMap<String, i64> {
    told_by(&index(rows), method, root, limits)
}

fn index(rows: &[Wait]) -> Index {
    let mut builder = Builder::default();
    rows.iter().for_each(|row| builder.push(row));
    Index::new(vec![builder])
}

fn told_by(index: &Index, method: Method, root: char, limits: Limits) -> BTreeMap<String, i64> {
    let ground =
        Ground { index, names: &|thread| thread as u32, wanted: &|other| other == thread(root) };
    let choice = Choice { from: i64::MIN, to: i64::MAX, min_ns: 0, max_ns: i64::MAX, state: None };
    let graph = explain(&ground, method, &choice, limits, 2);
    let mut told = BTreeMap::new();
    for total in graph.paths.totals().filter(|total| total.ns > 0) {
        let steps: Vec<String> = graph.path(total.node).into_iter().filter_map(step).collect();
        *told.entry(steps.join("--")).or_default() += total.ns / MS;
    }
    told
}

fn step(label: Label) -> Option<String> {
    match label {
        Label::Name(name) | Label::Thread { name, .. } => char::from_u32(name).map(String::from),
        Label::Target { .. } => None,
        Label::Terminal { context, .. } => Some(format!("[{context:?}]").to_lowercase()),
        Label::State(leaf) | Label::End(leaf) => Some(leaf.frame().to_owned()),
    }
}

fn limits(depth: usize) -> Limits {
    Limits { depth, unbounded: false, whole: false }
}

const WHOLE: Limits = Limits { depth: 64, unbounded: false, whole: true };

#[track_caller]
fn assert_chain(rows: &[Wait], root: char, limits: Limits, expected: &[(&str, i64)]) {
    assert_told(told(rows, Method::Whole, root, limits), expected);
}

#[track_caller]
fn assert_resolved(rows: &[Wait], root: char, depth: usize, expected: &[(&str, i64)]) {
    assert_told(told(rows, Method::Resolved, root, limits(depth)), expected);
}

#[track_caller]
fn assert_told(told: BTreeMap<String, i64>, expected: &[(&str, i64)]) {
    let expected: BTreeMap<String, i64> =
        expected.iter().map(|(path, ms)| ((*path).to_owned(), *ms)).collect();
    assert_eq!(told, expected);
}

/// A waits for B, which waits for C, which waits for a timer; X preempts B.
fn worked_example() -> Vec<Wait> {
    let c = by_timer(wait('C', 0, Some(0), 0, Some(30), 31));
    let b = by('C', Some(0), wait('B', 0, Some(5), 5, Some(50), 53));
    let a = by('B', Some(0), wait('A', 0, Some(10), 10, Some(70), 72));
    let pushed = preempted(wait('B', 1, Some(7), 60, None, 64));
    vec![a, last('A', 1, 8, 80), b, pushed, last('B', 2, 11, 75), c, last('C', 1, 24, 55)]
}

#[test]
fn s1_chains_of_the_worked_example() {
    let rows = worked_example();
    assert_chain(&rows, 'A', WHOLE, &[("A--B--C--[hardirq]", 62)]);
    assert_chain(&rows, 'B', WHOLE, &[("B--C--[hardirq]", 48)]);
    assert_chain(&rows, 'A', limits(64), &[("A--B--C--[hardirq]", 60), ("A--[runqueue]", 2)]);
    let one = Limits { depth: 1, ..WHOLE };
    assert_chain(&rows, 'A', one, &[("A--B--[truncated]", 62)]);
    assert_chain(&rows, 'C', one, &[("C--[hardirq]", 31)]);
}

#[test]
fn s1_critical_paths_of_the_worked_example() {
    let rows = worked_example();
    let of_a = [
        ("A--[runqueue]", 2),
        ("A--B--[running]", 13),
        ("A--B--[runqueue]", 3),
        ("A--B--[preempted]", 4),
        ("A--B--C--[running]", 19),
        ("A--B--C--[runqueue]", 1),
        ("A--B--C--[hardirq]", 20),
    ];
    assert_resolved(&rows, 'A', 64, &of_a);
    let shallow = [of_a[0], of_a[1], of_a[2], of_a[3], ("A--B--[truncated]", 40)];
    assert_resolved(&rows, 'A', 1, &shallow);
    let of_b = [
        ("B--[runqueue]", 3),
        ("B--C--[running]", 19),
        ("B--C--[runqueue]", 1),
        ("B--C--[hardirq]", 25),
    ];
    assert_resolved(&rows, 'B', 64, &of_b);
}

#[test]
fn s2_ping_pong_neither_loops_nor_looks_back() {
    let mut rows = Vec::new();
    for round in 0..3_u32 {
        let t = i64::from(round) * 12;
        rows.push(by(
            'Q',
            round.checked_sub(1),
            wait('P', round, Some(5), t + 5, Some(t + 11), t + 12),
        ));
    }
    for round in 0..3_u32 {
        let t = i64::from(round) * 12;
        rows.push(by('P', round.checked_sub(1), wait('Q', round, Some(7), t, Some(t + 4), t + 5)));
    }
    rows.push(last('Q', 3, 7, 36));
    // Q's wait before its run [5, 12) is number 0, so P's waking at 11 has that behind it.
    for (round, row) in rows.iter_mut().take(3).enumerate() {
        row.waker_seq = Some(round as u32);
    }
    assert_chain(&rows, 'P', WHOLE, &[("P--Q", 21)]);
    assert_resolved(&rows, 'P', 64, &[("P--[runqueue]", 3), ("P--Q--[running]", 18)]);
    let unbounded = Limits { unbounded: true, ..WHOLE };
    assert_chain(&rows, 'P', unbounded, &[("P--Q--[loop]", 21)]);
}

#[test]
fn s3_convoy_shows_every_holder() {
    let rows = [
        by_timer(wait('1', 0, Some(1), 1, Some(11), 11)),
        by('3', Some(1), wait('1', 1, Some(2), 13, Some(38), 39)),
        by('1', Some(0), wait('2', 0, Some(2), 2, Some(12), 13)),
        by_timer(wait('2', 1, Some(1), 14, Some(24), 24)),
        last('2', 2, 2, 26),
        by('2', Some(1), wait('3', 0, Some(3), 3, Some(25), 26)),
        by_timer(wait('3', 1, Some(1), 27, Some(37), 37)),
        last('3', 2, 2, 39),
    ];
    assert_chain(&rows, '3', WHOLE, &[("3--2--[hardirq]", 23), ("3--[hardirq]", 10)]);
    let of_3 = [
        ("3--[runqueue]", 1),
        ("3--[hardirq]", 10),
        ("3--2--[hardirq]", 10),
        ("3--2--[running]", 2),
        ("3--2--[runqueue]", 1),
        ("3--2--1--[hardirq]", 8),
        ("3--2--1--[running]", 1),
    ];
    assert_resolved(&rows, '3', 64, &of_3);
}

#[test]
fn s4_s5_s12_wakings_out_of_place() {
    let mut early = by('B', None, wait('A', 0, Some(9), 10, Some(10), 12));
    early.woken_ts = Some(10 * MS - 2_000);
    let runner = last('B', 0, 20, 20);
    assert_chain(&[early, runner], 'A', WHOLE, &[("A--B", 2)]);
    let stale = wait('A', 2, Some(1), 12, None, 20);
    assert_chain(&[stale], 'A', WHOLE, &[("A--[no-waker]", 8)]);
    let cancelled = by('B', None, wait('A', 0, Some(30), 30, Some(9), 40));
    assert_resolved(&[cancelled], 'A', 64, &[("A--[no-waker]", 10)]);
}

#[test]
fn s7_a_wakeup_before_the_wait_explains_nothing() {
    let rows = [
        by('W', Some(0), wait('A', 0, Some(10), 10, Some(20), 21)),
        by_timer(wait('W', 0, None, 0, Some(1), 2)),
        preempted(wait('W', 1, Some(10), 12, None, 15)),
        last('W', 2, 8, 23),
    ];
    assert_chain(&rows, 'A', WHOLE, &[("A--W", 11)]);
    let expected = [("A--[runqueue]", 1), ("A--W--[running]", 7), ("A--W--[preempted]", 3)];
    assert_resolved(&rows, 'A', 64, &expected);
}

#[test]
fn s9_a_missing_switch_in_is_lost() {
    let rows = [
        by('W', None, wait('A', 0, Some(20), 20, Some(40), 41)),
        // W left at 25, its way back was missed, and it left again at 35.
        last('W', 0, 25, 25),
        by_timer(wait('W', 1, None, 35, Some(38), 39)),
        last('W', 2, 11, 50),
    ];
    let expected = [
        ("A--[runqueue]", 1),
        ("A--W--[running]", 6),
        ("A--W--[lost]", 10),
        ("A--W--[hardirq]", 3),
        ("A--W--[runqueue]", 1),
    ];
    assert_resolved(&rows, 'A', 64, &expected);
}

#[test]
fn s10_before_its_birth_the_creator_answers() {
    let rows = [
        by('B', Some(0), wait('A', 0, Some(10), 10, Some(70), 70)),
        born('B', 40, 42, 'P', None),
        last('B', 1, 30, 72),
        last('P', 0, 45, 45),
    ];
    let expected = [("A--B--P--[running]", 30), ("A--B--[runqueue]", 2), ("A--B--[running]", 28)];
    assert_resolved(&rows, 'A', 64, &expected);
    assert_chain(&rows, 'A', WHOLE, &[("A--B--P", 60)]);
}

#[test]
fn s11_another_incarnation_is_another_thread() {
    let rows = [
        by('B', None, wait('A', 0, Some(10), 10, Some(20), 20)),
        // A thread of the same tid, with another number, that had waited for a timer.
        by_timer(wait('b', 0, Some(1), 11, Some(12), 12)),
    ];
    assert_chain(&rows, 'A', WHOLE, &[("A--B", 10)]);
    assert_resolved(&rows, 'A', 64, &[("A--B--[lost]", 10)]);
}

#[test]
fn a_lost_link_is_said() {
    let rows = [by('B', Some(3), wait('A', 0, Some(10), 10, Some(20), 20)), last('B', 4, 5, 21)];
    assert_chain(&rows, 'A', WHOLE, &[("A--B--[lost]", 10)]);
    assert_resolved(&rows, 'A', 64, &[("A--B--[running]", 4), ("A--B--[lost]", 6)]);
}

#[test]
fn what_was_cut_off_is_not_lost() {
    let rows = [by('B', Some(3), wait('A', 0, Some(10), 10, Some(20), 20)), last('B', 4, 5, 21)];
    let told_from = |begin: i64, method| {
        let mut coverage = Coverage::default();
        coverage.limit(thread('B'), begin * MS..i64::MAX);
        told_by(&index(&rows).within(coverage), method, 'A', limits(64))
    };
    // The first row of B begins at 16. Kept from 18 on, nothing before it need be there.
    assert_told(told_from(18, Method::Whole), &[("A--B--[cut]", 10)]);
    assert_told(told_from(18, Method::Resolved), &[("A--B--[cut]", 6), ("A--B--[running]", 4)]);
    // Kept from 12 on, the time up to 16 should be there and is not.
    assert_told(told_from(12, Method::Whole), &[("A--B--[lost]", 10)]);
    assert_told(
        told_from(12, Method::Resolved),
        &[("A--B--[cut]", 2), ("A--B--[lost]", 4), ("A--B--[running]", 4)],
    );
    // Kept from 30 on, all of it was over.
    assert_told(told_from(30, Method::Whole), &[("A--B--[cut]", 10)]);
}

#[test]
fn long_waits_and_many_stretches_keep_their_times() {
    let mut rows = Vec::new();
    let mut at = 0;
    for seq in 0..200_000_u32 {
        // Now and then a sleep of 10 s, which does not fit into 32 bits of nanoseconds.
        let slept = if seq % 1000 == 0 { 10_000 } else { 2 };
        rows.push(by_timer(wait('A', seq, Some(1), at + 1, Some(at + 1 + slept), at + 2 + slept)));
        at += 2 + slept;
    }
    let expected = [("A--[hardirq]", 200 * 10_000 + 199_800 * 2), ("A--[runqueue]", 200_000)];
    assert_resolved(&rows, 'A', 64, &expected);
    let mut builder = Builder::default();
    rows.iter().for_each(|row| builder.push(row));
    let index = Index::new(vec![builder]);
    let found = index.by_seq(thread('A'), 150_000).unwrap();
    assert_eq!(Some(found.instants.o), rows[150_000].off_ts);
    assert!(index.bytes() < 200_000 * 24, "{} bytes", index.bytes());
}
