//! What a thread did during a window, piece by piece, without a gap.

use super::index::{Found, Index};
use super::site::Kind;
use super::wait::Instants;

/// What a thread did.
#[derive(Clone, Copy, Debug)]
pub enum Doing {
    Running,
    /// Woken, or created, and waiting for a CPU.
    Queued,
    /// The CPU was taken from it.
    Preempted,
    /// Asleep; the wait tells who ended it.
    Blocked(Found),
    /// It did not exist yet; the birth tells who made it.
    Unborn(Found),
    /// Not recorded.
    Lost,
    /// Left out when the recording was cut from another.
    Cut,
}

/// One piece of a thread's time.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    pub begin: i64,
    pub end: i64,
    pub doing: Doing,
}

/// Walks the segments of one thread within a window, in the order of time.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// All before is told.
    cursor: i64,
    end: i64,
    /// The stretches left, as numbers.
    stretch: usize,
    stretch_end: usize,
    place: u32,
    /// The interval in which nothing was cut off.
    covered: (i64, i64),
}

impl Walk {
    pub fn new(index: &Index, thread: i64, begin: i64, end: i64) -> Self {
        let range = index.of_thread(thread);
        let stretches = &index.stretches()[range.clone()];
        let after = stretches.partition_point(|stretch| stretch.begin() <= begin);
        let stretch = range.start + after.saturating_sub(1);
        let covered = index.coverage().of(thread);
        let mut walk = Self {
            cursor: begin,
            end,
            stretch,
            stretch_end: range.end,
            place: 0,
            covered: (covered.start, covered.end),
        };
        walk.enter(index);
        walk
    }

    fn enter(&mut self, index: &Index) {
        if self.stretch < self.stretch_end {
            self.place = index.place_at(&index.stretches()[self.stretch], self.cursor);
        }
    }

    /// The next segment, clipped to the window.
    pub fn next(&mut self, index: &Index) -> Option<Segment> {
        while self.cursor < self.end {
            let Some((until, doing)) = self.step(index) else { continue };
            let until = until.min(self.end);
            if until > self.cursor {
                let segment = Segment { begin: self.cursor, end: until, doing };
                self.cursor = until;
                return Some(segment);
            }
        }
        None
    }

    /// What the thread does at the cursor and until when; `None` after moving on to another row.
    fn step(&mut self, index: &Index) -> Option<(i64, Doing)> {
        if self.stretch >= self.stretch_end {
            return Some(self.unknown(self.end));
        }
        let stretch = &index.stretches()[self.stretch];
        if self.place >= stretch.len {
            self.stretch += 1;
            self.enter(index);
            return None;
        }
        let found = index.wait(stretch, self.place);
        let Instants { o, w, i } = found.instants;
        let kind = index.sites()[found.site as usize].kind;
        if self.cursor < o {
            let before = self.place == 0 && self.cursor < stretch.begin();
            return Some(match kind {
                Kind::Born => (o, Doing::Unborn(found)),
                Kind::Unseen => self.unknown(o),
                _ if before => self.unknown(stretch.begin()),
                // The first run of a stretch may have begun unseen, directly before the switch-out.
                _ => (o, Doing::Running),
            });
        }
        if self.cursor < w {
            return Some((w, Doing::Blocked(found)));
        }
        if self.cursor < i {
            let preempted = kind == Kind::Involuntary;
            return Some((i, if preempted { Doing::Preempted } else { Doing::Queued }));
        }
        self.place += 1;
        None
    }

    /// No row tells what the thread did until then: it was cut off, or lost.
    fn unknown(&self, until: i64) -> (i64, Doing) {
        let (begin, end) = self.covered;
        if self.cursor < begin {
            (until.min(begin), Doing::Cut)
        } else if self.cursor < end {
            (until.min(end), Doing::Lost)
        } else {
            (until, Doing::Cut)
        }
    }
}
