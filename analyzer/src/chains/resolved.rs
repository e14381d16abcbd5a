//! The critical path of a wait: its own time divided among the threads that it was spent waiting for.
//!
//! The waker is asked what it did during the wait: running and queueing are answers, and where it was
//! blocked itself, its own waker is asked about that piece. Windows only shrink, and every nanosecond
//! lands in exactly one leaf.

use super::index::Found;
use super::paths::{Labels, Leaf};
use super::roots::Walker;
use super::segments::{Doing, Walk};

/// A thread being asked about a window.
struct Asked {
    thread: i64,
    path: u32,
    walk: Walk,
}

/// Divides `root`, a voluntary wait of `thread`.
pub fn walk(walker: &mut Walker, thread: i64, root: &Found, target: u32) {
    let instants = root.instants;
    if instants.i > instants.w || instants.w == instants.o {
        walker.bill(target, Labels::end(Leaf::Runqueue), instants.i - instants.w);
    }
    if instants.w == instants.o {
        return;
    }
    let mut asked = Vec::new();
    ask(walker, thread, &mut asked, target, root, instants.o, instants.w);
    while let Some(last) = asked.last_mut() {
        let path = last.path;
        let Some(segment) = last.walk.next(walker.index) else {
            asked.pop();
            continue;
        };
        let (begin, end) = (segment.begin, segment.end);
        match segment.doing {
            Doing::Running => walker.bill(path, Labels::state(Leaf::Running), end - begin),
            Doing::Queued => walker.bill(path, Labels::state(Leaf::Runqueue), end - begin),
            Doing::Preempted => walker.bill(path, Labels::state(Leaf::Preempted), end - begin),
            Doing::Lost => walker.bill(path, Labels::state(Leaf::Lost), end - begin),
            Doing::Cut => walker.bill(path, Labels::state(Leaf::Cut), end - begin),
            Doing::Blocked(wait) | Doing::Unborn(wait) => {
                ask(walker, thread, &mut asked, path, &wait, begin, end);
            }
        }
    }
}

/// Asks whoever ended `wait` about `[begin, end)`, or bills it where nobody can be asked.
fn ask(
    walker: &mut Walker,
    root_thread: i64,
    asked: &mut Vec<Asked>,
    path: u32,
    wait: &Found,
    begin: i64,
    end: i64,
) {
    let Some(label) = walker.waker(wait.site) else {
        return walker.bill(path, Labels::end(Leaf::NoWaker), end - begin);
    };
    let Some(waker) = walker.waker_thread(wait.site) else {
        return walker.bill(path, label, end - begin);
    };
    if asked.len() >= walker.limits.depth {
        return walker.bill(path, Labels::end(Leaf::Truncated), end - begin);
    }
    // Without loss this cannot be: a thread on the path is blocked and wakes nobody.
    if waker == root_thread || asked.iter().any(|above| above.thread == waker) {
        return walker.bill(path, Labels::end(Leaf::Cycle), end - begin);
    }
    let path = walker.paths.child(path, label);
    asked.push(Asked { thread: waker, path, walk: Walk::new(walker.index, waker, begin, end) });
}
