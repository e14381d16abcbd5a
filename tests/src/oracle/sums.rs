//! Off-CPU time, wakeup time and time per state.

use std::collections::BTreeMap;

use super::chain::roots;
use super::timeline::{Edge, Kind, Timeline};
use super::{NO_WAKER, RUNQUEUE, Totals, add};
use crate::machine::{Machine, Thread};

/// Off-CPU nanoseconds of voluntary waits, switch-out to switch-in, by thread.
pub fn off_cpu(machine: &Machine, timeline: &Timeline) -> BTreeMap<String, u64> {
    let mut totals = BTreeMap::new();
    for wait in roots(timeline) {
        *totals.entry(machine.name(wait.thread).to_owned()).or_default() += wait.on - wait.out;
    }
    totals
}

/// Blocked nanoseconds, switch-out to waking, by waker and sleeper.
pub fn wakeup_time(machine: &Machine, timeline: &Timeline) -> Totals {
    let mut totals = Totals::new();
    for wait in roots(timeline) {
        let path = [waker_name(machine, &wait.edge), machine.name(wait.thread).to_owned()];
        add(&mut totals, &path, wait.woken - wait.out);
    }
    totals
}

/// Nanoseconds in every segment that `of` admits, by thread.
pub fn time_in(timeline: &Timeline, thread: Thread, of: impl Fn(Kind) -> bool) -> u64 {
    let segments = timeline.segments[thread].iter().filter(|segment| of(segment.kind));
    segments.map(|segment| segment.to - segment.from).sum()
}

/// Off-CPU nanoseconds on the sleeper and its waker; `split` keeps the run queue apart.
pub fn off_wake(machine: &Machine, timeline: &Timeline, split: bool) -> Totals {
    let mut totals = Totals::new();
    for wait in roots(timeline) {
        let target = machine.name(wait.thread).to_owned();
        let path = [target.clone(), waker_name(machine, &wait.edge)];
        if split {
            add(&mut totals, &path, wait.woken - wait.out);
            add(&mut totals, &[target, RUNQUEUE.to_owned()], wait.on - wait.woken);
        } else {
            add(&mut totals, &path, wait.on - wait.out);
        }
    }
    totals
}

fn waker_name(machine: &Machine, edge: &Edge) -> String {
    match edge {
        Edge::Thread(thread, _) => machine.name(*thread).to_owned(),
        Edge::Terminal(name) => name.clone(),
        Edge::NoWaker => NO_WAKER.to_owned(),
    }
}
