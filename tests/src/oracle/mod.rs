//! The answers worked out the plain way, from the events of a machine.
//!
//! Nothing here is fast or shared with the analyzer: lists, loops and recursion that follow the
//! definitions one by one. Times are nanoseconds since the begin of the recording.

pub mod chain;
pub mod resolved;
pub mod sums;
pub mod timeline;

use std::collections::BTreeMap;

pub use timeline::{Edge, Interval, Kind, Segment, Timeline};

/// A path of thread names and frames in brackets, from the root outwards.
pub type Path = Vec<String>;
/// Nanoseconds by path.
pub type Totals = BTreeMap<Path, u64>;

/// The depth that stands for none.
pub const UNLIMITED: usize = usize::MAX;

pub const RUNQUEUE: &str = "[runqueue]";
pub const PREEMPTED: &str = "[preempted]";
pub const RUNNING: &str = "[running]";
pub const NO_WAKER: &str = "[no-waker]";
pub const TRUNCATED: &str = "[truncated]";
pub const LOOP: &str = "[loop]";
pub const LOST: &str = "[lost]";
pub const CYCLE: &str = "[cycle]";

/// Adds to a total; nothing is added for no time.
pub fn add(totals: &mut Totals, path: &[String], ns: u64) {
    if ns > 0 {
        *totals.entry(path.to_vec()).or_default() += ns;
    }
}

/// Everything together.
pub fn sum(totals: &Totals) -> u64 {
    totals.values().sum()
}

/// A path with one more step.
pub fn step(path: &[String], next: &str) -> Path {
    let mut path = path.to_vec();
    path.push(next.to_owned());
    path
}
