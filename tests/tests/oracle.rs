//! The oracle against itself: the worked example, and the laws on machines of its own making.

use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::loss::drop_waits;
use afterwake_tests::machine::{What, contract};
use afterwake_tests::oracle::chain::{Rule, chain, chains, roots};
use afterwake_tests::oracle::resolved::{resolve, resolve_one};
use afterwake_tests::oracle::{CYCLE, LOOP, Timeline, Totals, UNLIMITED, sum};
use afterwake_tests::random::Random;

const SIZE: Size = Size { cpus: 3, threads: 12, steps: 1500 };

#[test]
fn every_nanosecond_of_a_wait_lands_in_one_leaf() {
    for seed in 1..=20 {
        let machine = generate::machine(seed, SIZE);
        let timeline = Timeline::of(&machine);
        for root in roots(&timeline) {
            let mut totals = Totals::new();
            resolve_one(&machine, &timeline, UNLIMITED, root, &mut totals);
            assert_eq!(sum(&totals), root.on - root.out, "seed {seed}, {root:?}");
        }
    }
}

#[test]
fn a_bounded_path_never_repeats_a_thread() {
    let rule = Rule { depth: UNLIMITED, bounded: true, split: false };
    for seed in 1..=20 {
        let machine = generate::machine(seed, SIZE);
        let timeline = Timeline::of(&machine);
        for root in roots(&timeline) {
            let path = chain(&machine, &timeline, root, rule);
            assert!(!path.iter().any(|step| step == LOOP), "seed {seed}: {path:?}");
        }
        let resolved = resolve(&machine, &timeline, UNLIMITED, |_| true);
        assert!(!resolved.keys().flatten().any(|step| step == CYCLE), "seed {seed}");
        assert_eq!(sum(&resolved), sum(&chains(&machine, &timeline, rule, |_| true)));
    }
}

#[test]
fn random_machines_do_everything() {
    let machine = generate::machine(1, Size { steps: 20_000, ..SIZE });
    let timeline = Timeline::of(&machine);
    let count = |is: fn(&What) -> bool| machine.events.iter().filter(|one| is(&one.what)).count();
    assert!(count(|what| matches!(what, What::New { .. })) > 100, "births");
    assert!(
        count(|what| matches!(what, What::Switch { leave, .. } if leave.dead())) > 50,
        "deaths"
    );
    assert!(timeline.clamped > 20, "early wakings");
    let tids: Vec<u32> = machine.threads.iter().map(|task| task.tid).collect();
    let distinct: std::collections::BTreeSet<u32> = tids.iter().copied().collect();
    assert!(distinct.len() < tids.len(), "reused thread ids");
}

#[test]
fn equal_seeds_make_equal_machines() {
    let (one, two) = (generate::machine(7, SIZE), generate::machine(7, SIZE));
    assert_eq!(one.events, two.events);
}

#[test]
fn rows_follow_the_contract() {
    for seed in 1..=20 {
        let machine = generate::machine(seed, SIZE);
        let rows = contract::rows(&machine);
        let mut next_seq = vec![1; rows.threads.len() + 1];
        for row in &rows.waits {
            let seq = &mut next_seq[row.thread as usize];
            assert_eq!(row.seq, *seq, "seed {seed}: a gap without loss");
            *seq += 1;
            let voluntary = !row.preempted && row.state != 0;
            let woken = row.woken_ts != 0;
            assert!(
                !woken || voluntary || row.off_ts == 0,
                "an involuntary wait was woken: {row:?}"
            );
            assert!(row.on_ts == 0 || row.off_ts <= row.on_ts, "{row:?}");
        }
    }
}

#[test]
fn a_hole_is_counted_as_lost() {
    let machine = generate::machine(3, SIZE);
    let mut rows = contract::rows(&machine);
    let before = rows.waits.len();
    let holes = drop_waits(&machine, &mut rows, 10, &mut Random::new(3));
    assert_eq!(rows.waits.len() + holes.len(), before);
    let mut timeline = Timeline::of(&machine);
    let known = roots(&timeline).count();
    timeline.forget(&holes);
    assert!(roots(&timeline).count() < known);
    for root in roots(&timeline) {
        let mut totals = Totals::new();
        resolve_one(&machine, &timeline, UNLIMITED, root, &mut totals);
        assert_eq!(sum(&totals), root.on - root.out, "{root:?}");
    }
}
