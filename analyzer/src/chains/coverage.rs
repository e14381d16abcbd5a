//! Which part of each thread's time was kept, where a recording was cut from another.

use std::ops::Range;

use super::hash::FastMap;

/// Everything: what is missing was lost.
pub const ALL: Range<i64> = i64::MIN..i64::MAX;
/// Nothing: of this thread no row was kept.
pub const NONE: Range<i64> = i64::MAX..i64::MAX;

/// The interval that the rows of a thread cover. Outside of it nothing is known because it was cut off, within
/// it because it was lost.
#[derive(Debug, Default)]
pub struct Coverage {
    /// Threads that are not covered throughout.
    limited: FastMap<i64, Range<i64>>,
}

impl Coverage {
    pub fn limit(&mut self, thread: i64, interval: Range<i64>) {
        if interval != ALL {
            self.limited.insert(thread, interval);
        }
    }

    pub fn of(&self, thread: i64) -> Range<i64> {
        if self.limited.is_empty() {
            return ALL;
        }
        self.limited.get(&thread).cloned().unwrap_or(ALL)
    }
}
