//! The chain graph of whole intervals: a wait is billed once, undivided, to the path of wakeups that
//! ended it. Its width says how much waiting ended through this chain, not who spent the time.

use std::mem;

use super::index::{Found, Lookup};
use super::paths::{Labels, Leaf};
use super::roots::Walker;
use super::site::Kind;

/// Follows the wakeups behind `root`, a voluntary wait of `thread`, and bills it.
pub fn walk(walker: &mut Walker, thread: i64, root: &Found, target: u32) {
    let instants = root.instants;
    let (blocked, queued) = if walker.limits.whole {
        (instants.i - instants.o, 0)
    } else {
        (instants.w - instants.o, instants.i - instants.w)
    };
    if queued > 0 {
        walker.bill(target, Labels::end(Leaf::Runqueue), queued);
    }
    if blocked > 0 || queued == 0 {
        let end = follow(walker, thread, root, target);
        walker.paths.add(end, blocked);
    }
}

/// The path of wakers behind `root`, a wait of `root_thread`.
fn follow(walker: &mut Walker, root_thread: i64, root: &Found, target: u32) -> u32 {
    // One list for all waits: a new one for each would keep the allocator busy.
    let mut seen = mem::take(&mut walker.seen);
    seen.clear();
    seen.push(root_thread);
    let end = path_behind(walker, &mut seen, root, target);
    walker.seen = seen;
    end
}

/// The same, with room for the threads that were met; the first of them is the root's.
fn path_behind(walker: &mut Walker, seen: &mut Vec<i64>, root: &Found, target: u32) -> u32 {
    let mut path = target;
    // A waker's own wait explains this one only if it ended while this one lasted.
    let mut lo = root.instants.o;
    let mut edge = *root;
    loop {
        let Some(label) = walker.waker(edge.site) else {
            return walker.paths.child(path, Labels::end(Leaf::NoWaker));
        };
        let Some(waker) = walker.waker_thread(edge.site) else {
            return walker.paths.child(path, label);
        };
        if seen.len() > walker.limits.depth {
            return walker.paths.child(path, Labels::end(Leaf::Truncated));
        }
        // A bounded chain repeats a thread only where rows were lost.
        if seen.contains(&waker) {
            return walker.paths.child(path, Labels::end(Leaf::Loop));
        }
        path = walker.paths.child(path, label);
        seen.push(waker);
        match walker.index.behind(&edge) {
            Lookup::None => return path,
            Lookup::Lost => return walker.paths.child(path, Labels::end(Leaf::Lost)),
            // What was over before this wait began does not explain it, whatever it was.
            Lookup::Cut(over) if over <= lo && !walker.limits.unbounded => return path,
            Lookup::Cut(_) => return walker.paths.child(path, Labels::end(Leaf::Cut)),
            Lookup::Wait(before) => {
                let kind = walker.index.sites()[before.site as usize].kind;
                let explains = walker.limits.unbounded || before.instants.w > lo;
                match kind {
                    Kind::Voluntary if explains => lo = lo.max(before.instants.o),
                    // Before its birth a thread was for ever absent: nothing narrows.
                    Kind::Born if explains => {}
                    _ => return path,
                }
                edge = before;
            }
        }
    }
}
