//! What many waits have in common, kept once.

use super::hash::FastMap;
use super::wait::Context;

/// What a row of the `wait` table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// It gave up the CPU: blocked until woken, then runnable.
    Voluntary,
    /// The CPU was taken from it, or it yielded: runnable throughout.
    Involuntary,
    /// It was created, then runnable.
    Born,
    /// First seen runnable or getting a CPU; what it did before is unknown.
    Unseen,
    /// Its last known run ends here: dead, still off the CPU at the stop, or the way back was lost.
    Ended,
}

/// Who ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Waker {
    /// No waking was recorded.
    Nobody,
    /// A thread.
    Thread(i64),
    /// An interrupt, or a task that is not recorded: there is no thread behind it.
    Terminal(Context),
}

/// The properties of a wait that are not instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site {
    pub kind: Kind,
    pub state: u32,
    pub kstack: i64,
    pub ustack: i64,
    pub waker: Waker,
    pub waker_kstack: i64,
    pub waker_ustack: i64,
}

/// Numbers distinct values in the order of first sight.
#[derive(Debug)]
pub struct Numbering<T> {
    numbers: FastMap<T, u32>,
    values: Vec<T>,
}

impl<T> Default for Numbering<T> {
    fn default() -> Self {
        Self { numbers: FastMap::default(), values: Vec::new() }
    }
}

impl<T: Copy + Eq + std::hash::Hash> Numbering<T> {
    pub fn number(&mut self, value: T) -> u32 {
        *self.numbers.entry(value).or_insert_with(|| {
            self.values.push(value);
            (self.values.len() - 1) as u32
        })
    }

    pub fn values(&self) -> &[T] {
        &self.values
    }

    pub fn into_values(self) -> Vec<T> {
        self.values
    }
}
