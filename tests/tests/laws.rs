//! The conservation laws on random machines: answers against the oracle, and against each other.
//!
//! The machines count in whole microseconds, so that equal means equal. L12 and L13 need a kernel.

use std::collections::BTreeMap;

use afterwake_tests::chains::{self, totals};
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::world::World;
use afterwake_tests::machine::{MICROSECOND, Machine};
use afterwake_tests::oracle::chain::{Rule, roots};
use afterwake_tests::oracle::resolved::resolve;
use afterwake_tests::oracle::sums::{off_cpu, off_wake, time_in, wakeup_time};
use afterwake_tests::oracle::timeline::{Edge, Kind};
use afterwake_tests::oracle::{
    self, CYCLE, LOOP, LOST, Path, RUNQUEUE, TRUNCATED, Totals, UNLIMITED, sum,
};
use afterwake_tests::program::{number, view};

const SIZES: [Size; 4] = [
    Size { cpus: 1, threads: 4, steps: 500 },
    Size { cpus: 2, threads: 7, steps: 2_000 },
    Size { cpus: 4, threads: 25, steps: 4_000 },
    Size { cpus: 8, threads: 40, steps: 8_000 },
];
/// As deep as no chain of these machines is.
const DEEP: &str = "64";

fn machines() -> impl Iterator<Item = Machine> {
    SIZES.into_iter().zip(1..).map(|(size, seed)| generate::machine(seed, size))
}

fn worlds() -> impl Iterator<Item = World> {
    machines().map(World::of)
}

fn lossy_worlds() -> impl Iterator<Item = World> {
    machines().zip(11..).map(|(machine, seed)| World::lossy(machine, 5, seed))
}

/// The first differences of two sets of paths.
#[track_caller]
fn assert_same(found: &Totals, expected: &Totals) {
    let differs = |path: &&Path| found.get(*path) != expected.get(*path);
    let paths: std::collections::BTreeSet<&Path> = found.keys().chain(expected.keys()).collect();
    let lines: Vec<String> = paths
        .into_iter()
        .filter(differs)
        .map(|path| {
            format!("{}: {:?}, not {:?}", path.join("--"), found.get(path), expected.get(path))
        })
        .take(10)
        .collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

/// Everything that is known about how a chain ended, without the mark that a link was lost.
fn without_lost(totals: &Totals) -> Totals {
    let mut known = Totals::new();
    for (path, ns) in totals {
        let end = path.iter().position(|step| step == LOST).unwrap_or(path.len());
        oracle::add(&mut known, &path[..end], *ns);
    }
    known
}

fn merge_below(totals: &Totals, depth: usize) -> Totals {
    let mut merged = Totals::new();
    for (path, ns) in totals {
        let threads = path.iter().position(|step| step.starts_with('[')).unwrap_or(path.len());
        if threads > depth + 1 {
            oracle::add(&mut merged, &oracle::step(&path[..=depth], TRUNCATED), *ns);
        } else {
            oracle::add(&mut merged, path, *ns);
        }
    }
    merged
}

/// Every state of every thread; the span too, unless the row of a birth or a death may be lost.
fn assert_tiled(world: &World, complete: bool) {
    let all = chains::all_states(world.path());
    for (thread, task) in world.machine.threads.iter().enumerate() {
        let time = |of: fn(Kind) -> bool| time_in(&world.timeline, thread, of);
        let found = all.get(&task.name).cloned().unwrap_or_default();
        let state = |name: &str| found.get(name).copied().unwrap_or_default();
        let known = [
            ("running", time(|kind| kind == Kind::Running)),
            ("runnable", time(|kind| matches!(kind, Kind::Woken | Kind::New))),
            ("preempted", time(|kind| kind == Kind::Preempted)),
            ("blocked", time(|kind| matches!(kind, Kind::Blocked(_)))),
        ];
        for (name, ns) in known {
            assert_eq!(state(name), ns, "{} {name}: {found:?}", task.name);
        }
        let (sum, life) = (found.values().sum::<u64>(), time(|_| true));
        if complete {
            assert_eq!(sum, life, "{}: {found:?}", task.name);
            assert_eq!(state("unknown"), time(|kind| kind == Kind::Unknown), "{found:?}");
            assert_eq!(state("lost"), 0, "{found:?}");
        }
    }
}

#[test]
fn l1_every_thread_is_tiled() {
    worlds().for_each(|world| assert_tiled(&world, true));
    lossy_worlds().for_each(|world| assert_tiled(&world, false));
}

#[test]
fn l2_l3_a_cpu_runs_one_thread_and_a_thread_runs_on_one_cpu() {
    for world in worlds() {
        for (owner, other) in [("off_cpu", "thread"), ("thread", "off_cpu")] {
            let overlaps = format!(
                "SELECT count(*) FROM (SELECT off_ts - ran_ns AS begin_ts, lag(off_ts) OVER \
                 (PARTITION BY {owner} ORDER BY off_ts) AS before_ts FROM wait \
                 WHERE ran_ns IS NOT NULL AND off_ts IS NOT NULL AND {other} IS NOT NULL \
                 AND {owner} IS NOT NULL) WHERE begin_ts < before_ts"
            );
            assert_eq!(number(world.path(), &overlaps), 0, "runs overlap per {owner}");
        }
        let threads = 0..world.machine.threads.len();
        let running = |thread| time_in(&world.timeline, thread, |kind| kind == Kind::Running);
        let ran = number(world.path(), "SELECT sum(ran_ns) FROM wait WHERE off_ts IS NOT NULL");
        assert_eq!(ran as u64, threads.map(running).sum::<u64>());
    }
}

#[test]
fn l4_off_cpu_is_blocked_and_queued() {
    for world in worlds() {
        let oracle = off_cpu(&world.machine, &world.timeline);
        for (flags, parts) in [(&["--whole"][..], false), (&[][..], true)] {
            let mut found = BTreeMap::new();
            let mut queued = 0;
            for row in view("offcputime", world.path(), flags) {
                let folded = row["folded"].as_str().unwrap_or_default().to_owned();
                let ns = row["value"].as_u64().unwrap_or_default() * MICROSECOND;
                queued += if folded.ends_with(RUNQUEUE) { ns } else { 0 };
                let name = folded.split(';').next().unwrap_or_default().to_owned();
                *found.entry(name).or_default() += ns;
            }
            assert_eq!(found, oracle);
            let expected: u64 = roots(&world.timeline).map(|wait| wait.on - wait.woken).sum();
            assert_eq!(queued, if parts { expected } else { 0 });
        }
    }
}

#[test]
fn l5_all_graphs_have_the_same_sum() {
    for world in worlds().chain(lossy_worlds()) {
        let expected: u64 = roots(&world.timeline).map(|wait| wait.on - wait.out).sum();
        let path = world.path();
        for flags in [&[][..], &["--whole"]] {
            assert_eq!(sum(&totals("offcputime", path, flags)), expected, "offcputime {flags:?}");
            assert_eq!(sum(&totals("offwaketime", path, flags)), expected, "offwaketime {flags:?}");
        }
        for depth in ["1", "2", "5", DEEP] {
            for flags in [&["--whole"][..], &["--unbounded"], &[]] {
                let flags = [&["--depth", depth][..], flags].concat();
                assert_eq!(sum(&totals("chaingraph", path, &flags)), expected, "{flags:?}");
            }
            let resolved = totals("criticalpath", path, &["--depth", depth]);
            assert_eq!(sum(&resolved), expected, "criticalpath {depth}");
        }
    }
}

#[test]
fn l6_wakeup_time_is_blocked_time() {
    for world in worlds().chain(lossy_worlds()) {
        assert_same(
            &chains::wakeups(world.path(), &[]),
            &wakeup_time(&world.machine, &world.timeline),
        );
        for (flags, split) in [(&[][..], true), (&["--whole"], false)] {
            assert_same(
                &totals("offwaketime", world.path(), flags),
                &off_wake(&world.machine, &world.timeline, split),
            );
        }
    }
}

#[test]
fn chain_graphs_equal_the_oracle() {
    for world in worlds() {
        for depth in [1, 2, 3, UNLIMITED] {
            for (bounded, split) in [(true, false), (true, true), (false, false)] {
                let rule = Rule { depth, bounded, split };
                let depth = depth.min(64).to_string();
                let mut flags = vec!["--depth", &depth];
                flags.extend((!bounded).then_some("--unbounded"));
                flags.extend((!split).then_some("--whole"));
                assert_same(
                    &totals("chaingraph", world.path(), &flags),
                    &oracle::chain::chains(&world.machine, &world.timeline, rule, |_| true),
                );
            }
        }
    }
}

#[test]
fn chain_graphs_invent_nothing_where_rows_were_lost() {
    for world in lossy_worlds() {
        let rule = Rule { depth: UNLIMITED, bounded: true, split: false };
        assert_same(
            &without_lost(&totals("chaingraph", world.path(), &["--whole", "--depth", DEEP])),
            &without_lost(&oracle::chain::chains(&world.machine, &world.timeline, rule, |_| true)),
        );
    }
}

#[test]
fn l7_critical_paths_equal_the_oracle() {
    for world in worlds().chain(lossy_worlds()) {
        for depth in [1, 2, 4, UNLIMITED] {
            let flag = depth.min(64).to_string();
            assert_same(
                &totals("criticalpath", world.path(), &["--depth", &flag]),
                &resolve(&world.machine, &world.timeline, depth, |_| true),
            );
        }
    }
}

#[test]
fn l8_depth_only_refines() {
    for world in worlds() {
        let mut truncated = u64::MAX;
        let deepest = totals("criticalpath", world.path(), &["--depth", DEEP]);
        for depth in 1..=6 {
            let found = totals("criticalpath", world.path(), &["--depth", &depth.to_string()]);
            let hidden: u64 = found
                .iter()
                .filter(|(path, _)| path.ends_with(&[TRUNCATED.to_owned()]))
                .map(|(_, ns)| ns)
                .sum();
            assert!(hidden <= truncated, "depth {depth} hides more than the one before");
            truncated = hidden;
            assert_same(&merge_below(&deepest, depth), &found);
        }
        assert!(!deepest.keys().flatten().any(|step| step == TRUNCATED));
    }
}

#[test]
fn l9_no_thread_twice() {
    for world in worlds() {
        for (name, flags) in [("chaingraph", &["--whole"][..]), ("criticalpath", &[])] {
            for path in totals(name, world.path(), flags).keys() {
                assert!(!path.iter().any(|step| step == CYCLE || step == LOOP), "{path:?}");
                let distinct: std::collections::BTreeSet<&String> = path.iter().collect();
                assert_eq!(distinct.len(), path.len(), "{name}: {path:?}");
            }
        }
    }
}

#[test]
fn l10_l11_wakings_are_used_once() {
    for world in worlds() {
        let used = number(
            world.path(),
            "SELECT count(*) FROM wait WHERE off_ts - woken_ts <= 1000000 AND off_ts IS NOT NULL",
        );
        assert_eq!(used as u64, world.timeline.wakings_used);
        let involuntary = "SELECT count(*) FROM wait WHERE woken_ts IS NOT NULL \
                           AND off_ts IS NOT NULL AND (preempted OR state = 0)";
        assert_eq!(number(world.path(), involuntary), 0);
        let unexplained = roots(&world.timeline).filter(|wait| wait.edge == Edge::NoWaker);
        let unexplained: u64 = unexplained.map(|wait| wait.woken - wait.out).sum();
        let found = chains::wakeups(world.path(), &[]);
        let found = found.iter().filter(|(path, _)| path[0] == oracle::NO_WAKER);
        assert_eq!(found.map(|(_, ns)| ns).sum::<u64>(), unexplained);
    }
}

#[test]
fn l15_filters_add_up() {
    for world in worlds() {
        for (flag, ids) in [
            ("-t", world.machine.threads.iter().map(|task| task.tid).collect::<Vec<_>>()),
            ("-p", world.machine.threads.iter().map(|task| task.pid).collect()),
        ] {
            let ids: std::collections::BTreeSet<String> =
                ids.iter().map(ToString::to_string).collect();
            for (name, unit) in [("offcputime", "--whole"), ("chaingraph", "--whole")] {
                let mut parts = Totals::new();
                for id in ids.iter().take(5) {
                    for (path, ns) in totals(name, world.path(), &[flag, id, unit]) {
                        oracle::add(&mut parts, &path, ns);
                    }
                }
                let all = totals(name, world.path(), &[unit]);
                let kept = |path: &Path| {
                    let thread = world.machine.thread(&path[0]);
                    let task = &world.machine.threads[thread];
                    let id = if flag == "-t" { task.tid } else { task.pid };
                    ids.iter().take(5).any(|one| *one == id.to_string())
                };
                let all: Totals = all.into_iter().filter(|(path, _)| kept(path)).collect();
                assert_same(&parts, &all);
            }
        }
    }
}

#[test]
fn l15_windows_add_up() {
    for world in worlds() {
        let us = world.machine.stop / MICROSECOND;
        let cuts: Vec<String> = (0..=3).map(|part| format!("{}us", us * part / 3)).collect();
        for name in ["offcputime", "offwaketime", "chaingraph", "criticalpath"] {
            let mut parts = Totals::new();
            for window in cuts.windows(2) {
                let flags = ["--from", &window[0], "--to", &window[1]];
                for (path, ns) in totals(name, world.path(), &flags) {
                    oracle::add(&mut parts, &path, ns);
                }
            }
            assert_same(&parts, &totals(name, world.path(), &[]));
        }
    }
}

/// The same machine with every time a little off the microsecond.
fn crooked(mut machine: Machine) -> Machine {
    let shift = |ts: u64| ts + ts / MICROSECOND * 7;
    machine.events.iter_mut().for_each(|event| event.ts = shift(event.ts));
    machine.stop = shift(machine.stop);
    machine
}

#[test]
fn l14_l16_nothing_is_negative_and_rounding_is_bounded() {
    for world in machines().map(crooked).map(World::of) {
        let expected: u64 = roots(&world.timeline).map(|wait| wait.on - wait.out).sum();
        for (name, flags) in [
            ("offcputime", &["--whole"][..]),
            ("offwaketime", &["--whole"]),
            ("chaingraph", &["--whole"]),
            ("criticalpath", &[]),
        ] {
            let rows = view(name, world.path(), flags);
            let values: Vec<i64> = rows.iter().filter_map(|row| row["value"].as_i64()).collect();
            assert_eq!(values.len(), rows.len());
            assert!(values.iter().all(|us| *us >= 0), "{name}: a negative duration");
            let off = (values.iter().sum::<i64>() - (expected / MICROSECOND) as i64).unsigned_abs();
            assert!(off <= rows.len() as u64, "{name}: {off} us off in {} rows", rows.len());
        }
        assert!(world.timeline.clamped > 0 || world.machine.cpus == 1, "no early waking is tested");
    }
}
