//! The critical path of a wait: its time divided among those it waited for, to the nanosecond.

use super::chain::roots;
use super::timeline::{Edge, Interval, Kind, Timeline};
use super::{CYCLE, LOST, NO_WAKER, PREEMPTED, RUNNING, RUNQUEUE, TRUNCATED, Totals, add, step};
use crate::machine::{Machine, Thread};

/// Critical paths of all waits of the threads that `root` admits, `depth` waker threads at most.
pub fn resolve(
    machine: &Machine,
    timeline: &Timeline,
    depth: usize,
    root: impl Fn(Thread) -> bool,
) -> Totals {
    let mut totals = Totals::new();
    for interval in roots(timeline).filter(|interval| root(interval.thread)) {
        resolve_one(machine, timeline, depth, interval, &mut totals);
    }
    totals
}

/// The critical path of one wait.
pub fn resolve_one(
    machine: &Machine,
    timeline: &Timeline,
    depth: usize,
    root: &Interval,
    totals: &mut Totals,
) {
    let mut walk = Walk { machine, timeline, depth, totals };
    let path = vec![machine.name(root.thread).to_owned()];
    add(walk.totals, &step(&path, RUNQUEUE), root.on - root.woken);
    walk.follow(&root.edge, root.out, root.woken, &path);
}

struct Walk<'a> {
    machine: &'a Machine,
    timeline: &'a Timeline,
    depth: usize,
    totals: &'a mut Totals,
}

impl Walk<'_> {
    /// Explains `[from, to)`, in which the last thread of `path` was blocked until `edge`.
    fn follow(&mut self, edge: &Edge, from: u64, to: u64, path: &[String]) {
        match edge {
            Edge::NoWaker => add(self.totals, &step(path, NO_WAKER), to - from),
            Edge::Terminal(name) => add(self.totals, &step(path, name), to - from),
            Edge::Thread(_, _) if path.len() > self.depth => {
                add(self.totals, &step(path, TRUNCATED), to - from);
            }
            Edge::Thread(waker, _) => self.thread(*waker, from, to, path),
        }
    }

    fn thread(&mut self, thread: Thread, from: u64, to: u64, path: &[String]) {
        let name = self.machine.name(thread);
        if path.iter().any(|seen| seen == name) {
            return add(self.totals, &step(path, CYCLE), to - from);
        }
        let path = step(path, name);
        let mut explained = 0;
        if let Some(birth) =
            self.timeline.intervals[thread].iter().find(|one| one.birth && !one.lost)
            && from < birth.woken.min(to)
        {
            explained += birth.woken.min(to) - from;
            self.follow(&birth.edge, from, birth.woken.min(to), &path);
        }
        for segment in &self.timeline.segments[thread] {
            let (from, to) = (segment.from.max(from), segment.to.min(to));
            if from < to {
                explained += to - from;
                self.segment(thread, segment.kind, from, to, &path);
            }
        }
        add(self.totals, &step(&path, LOST), to - from - explained);
    }

    fn segment(&mut self, thread: Thread, kind: Kind, from: u64, to: u64, path: &[String]) {
        let leaf = match kind {
            Kind::Running => RUNNING,
            Kind::Woken | Kind::New => RUNQUEUE,
            Kind::Preempted => PREEMPTED,
            Kind::Unknown | Kind::Lost => LOST,
            Kind::Blocked(_) => {
                let explains =
                    |one: &&Interval| !one.birth && !one.lost && one.out <= from && to <= one.woken;
                return match self.timeline.intervals[thread].iter().find(explains) {
                    Some(wait) => self.follow(&wait.edge, from, to, path),
                    None => add(self.totals, &step(path, LOST), to - from),
                };
            }
        };
        add(self.totals, &step(path, leaf), to - from);
    }
}
