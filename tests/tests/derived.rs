//! The derived tables against what the machine did, event by event.

use std::collections::BTreeSet;

use afterwake_tests::machine::generate::Size;
use afterwake_tests::machine::world::World;
use afterwake_tests::machine::{START, Waker, What};
use afterwake_tests::oracle::chain::roots;
use afterwake_tests::program::{number, sql};

const SIZE: Size = Size { cpus: 3, threads: 15, steps: 3_000 };

/// When, on which CPU, and who; the rest as text.
type Line = (u64, u64, String, String);

fn lines(world: &World, query: &str) -> BTreeSet<Line> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    sql(world.path(), query)
        .iter()
        .map(|row| {
            let number = |name: &str| row[name].as_u64().unwrap_or_else(|| panic!("{name}: {row}"));
            (number("ts") - START, number("cpu"), text(&row["who"]), text(&row["how"]))
        })
        .collect()
}

#[test]
fn sched_switch_has_both_sides_of_every_switch() {
    let world = World::random(31, SIZE);
    let mut expected = BTreeSet::new();
    for event in &world.machine.events {
        let What::Switch { prev, leave, next } = &event.what else { continue };
        let line = |who: usize, how: String| {
            (event.ts, u64::from(event.cpu), world.machine.name(who).to_owned(), how)
        };
        let left = format!("left {} {}", leave.state, leave.preempted);
        expected.extend(prev.map(|prev| line(prev, left)));
        expected.extend(next.map(|next| line(next, "came".into())));
    }
    let found = lines(
        &world,
        "SELECT ts, cpu, coalesce(prev_comm, next_comm) AS who, CASE WHEN prev_comm IS NULL \
         THEN 'came' ELSE concat('left ', prev_state, ' ', preempt) END AS how FROM sched_switch",
    );
    let missing: Vec<&Line> = expected.difference(&found).take(5).collect();
    assert!(missing.is_empty(), "missing {missing:?}");
    assert!(found.len() == expected.len(), "{} rows too many", found.len() - expected.len());
}

#[test]
fn sched_waking_has_the_last_waking_of_every_wait() {
    let world = World::random(32, SIZE);
    let mut issued = BTreeSet::new();
    for event in &world.machine.events {
        let (waker, wakee) = match &event.what {
            What::Waking { waker, wakee } => (waker.clone(), *wakee),
            What::New { parent, child } => (Waker::Task(*parent), *child),
            What::Switch { .. } => continue,
        };
        let how = match waker {
            Waker::Task(thread) => format!("task {}", world.machine.name(thread)),
            Waker::OwnSoftirq(thread) => format!("softirq {}", world.machine.name(thread)),
            Waker::Nobody(context, _) => format!("{context} "),
        };
        issued.insert((event.ts, u64::from(event.cpu), world.machine.name(wakee).to_owned(), how));
    }
    let found = lines(
        &world,
        "SELECT ts, cpu, s.comm AS who, concat(context, ' ', coalesce(w.comm, '')) AS how \
         FROM sched_waking s LEFT JOIN threads w ON w.thread = s.waker_thread",
    );
    let invented: Vec<&Line> = found.difference(&issued).take(5).collect();
    assert!(invented.is_empty(), "invented {invented:?}");
    assert_eq!(
        found.len() as i64,
        number(world.path(), "SELECT count(*) FROM wait WHERE woken_ts IS NOT NULL")
    );
    let births = number(world.path(), "SELECT count(*) FROM sched_waking WHERE new");
    let born = world.machine.threads.iter().filter(|task| !task.early).count();
    assert_eq!(births, born as i64);
}

#[test]
fn waits_are_divided_without_remainder() {
    let world = World::random(33, SIZE);
    let of = |sum: &str| number(world.path(), &format!("SELECT {sum} FROM waits WHERE voluntary"));
    let total = |of: fn(&afterwake_tests::oracle::Interval) -> u64| -> i64 {
        roots(&world.timeline).map(of).sum::<u64>() as i64
    };
    assert_eq!(of("count(*)"), roots(&world.timeline).count() as i64);
    assert_eq!(of("sum(off_ns)"), total(|wait| wait.on - wait.out));
    assert_eq!(of("sum(blocked_ns)"), total(|wait| wait.woken - wait.out));
    assert_eq!(of("sum(queued_ns)"), total(|wait| wait.on - wait.woken));
    let broken = "SELECT count(*) FROM waits WHERE off_ns <> blocked_ns + queued_ns \
                  OR blocked_ns < 0 OR queued_ns < 0";
    assert_eq!(number(world.path(), broken), 0);
}

#[test]
fn threads_have_one_row_each() {
    let world = World::random(34, SIZE);
    assert_eq!(number(world.path(), "SELECT count(*) - count(DISTINCT thread) FROM threads"), 0);
    let rows = sql(world.path(), "SELECT comm, tid, pid, kernel FROM threads");
    assert_eq!(rows.len(), world.machine.threads.len());
    for row in rows {
        let name = row["comm"].as_str().unwrap_or_default();
        let task = &world.machine.threads[world.machine.thread(name)];
        assert_eq!(row["tid"].as_u64(), Some(u64::from(task.tid)), "{row}");
        assert_eq!(row["pid"].as_u64(), Some(u64::from(task.pid)), "{row}");
        assert_eq!(row["kernel"].as_bool(), Some(task.kernel), "{row}");
    }
}
