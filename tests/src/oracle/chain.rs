//! Off-wake and chain graphs: each wait once, whole, on the path of wakeups that ended it.

use super::timeline::{Edge, Interval, Timeline};
use super::{LOOP, LOST, NO_WAKER, Path, RUNQUEUE, TRUNCATED, Totals, add, step};
use crate::machine::{Machine, Thread};

/// How chains are followed.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Waker threads at most.
    pub depth: usize,
    /// Follow only wakeups inside the wait that is explained.
    pub bounded: bool,
    /// Time on the run queue apart, under its own frame.
    pub split: bool,
}

/// Chains of all waits of the threads that `root` admits.
pub fn chains(
    machine: &Machine,
    timeline: &Timeline,
    rule: Rule,
    root: impl Fn(Thread) -> bool,
) -> Totals {
    let mut totals = Totals::new();
    for interval in roots(timeline).filter(|interval| root(interval.thread)) {
        let path = chain(machine, timeline, interval, rule);
        if rule.split {
            add(&mut totals, &path, interval.woken - interval.out);
            let queued = step(&path[..1], RUNQUEUE);
            add(&mut totals, &queued, interval.on - interval.woken);
        } else {
            add(&mut totals, &path, interval.on - interval.out);
        }
    }
    totals
}

/// The waits whose time is explained: all that are known, but births.
pub fn roots(timeline: &Timeline) -> impl Iterator<Item = &Interval> {
    timeline.intervals.iter().flatten().filter(|wait| !wait.birth && !wait.lost)
}

/// One wait's path: its thread, the wakers, and how it ends.
pub fn chain(machine: &Machine, timeline: &Timeline, root: &Interval, rule: Rule) -> Path {
    let mut path = vec![machine.name(root.thread).to_owned()];
    let (mut from, mut edge) = (root.out, &root.edge);
    loop {
        let (waker, at) = match edge {
            Edge::NoWaker => return step(&path, NO_WAKER),
            Edge::Terminal(name) => return step(&path, name),
            Edge::Thread(waker, at) => (*waker, *at),
        };
        let name = machine.name(waker);
        if path.len() > rule.depth {
            return step(&path, TRUNCATED);
        }
        if path.iter().any(|seen| seen == name) {
            return step(&path, LOOP);
        }
        path.push(name.to_owned());
        let Some(previous) = last_wait(timeline, waker, at) else { return path };
        if previous.lost {
            return step(&path, LOST);
        }
        if rule.bounded && previous.woken <= from {
            return path;
        }
        from = from.max(previous.out);
        edge = &previous.edge;
    }
}

/// The waker's last wait, or birth, that was over when it issued the wakeup.
fn last_wait(timeline: &Timeline, waker: Thread, at: u64) -> Option<&Interval> {
    timeline.intervals[waker].iter().rev().find(|interval| interval.on <= at)
}
