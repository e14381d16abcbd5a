//! Tracks: what slices and counters lie on. Slices that overlap lie side by side on several.

/// What a track is of; the numbers of each kind are apart.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Thread = 1,
    Lane = 2,
    Group = 3,
    Counter = 4,
}

/// The number of a track.
pub fn uuid(kind: Kind, number: u64) -> u64 {
    (kind as u64) << 56 | number & ((1 << 56) - 1)
}

/// More at a time than a disk or a thread has.
const MOST_LANES: usize = 1024;

/// Places side by side, each taken until some instant.
#[derive(Debug, Default)]
pub struct Lanes(Vec<i64>);

/// A place for a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Known(usize),
    /// This one is new.
    New(usize),
}

impl Lanes {
    /// The first place that is free from `begin` on, taken until `end`; `None` where there are too many.
    pub fn take(&mut self, begin: i64, end: Option<i64>) -> Option<Place> {
        let end = end.unwrap_or(i64::MAX);
        if let Some(free) = self.0.iter().position(|until| *until <= begin) {
            self.0[free] = end;
            return Some(Place::Known(free));
        }
        (self.0.len() < MOST_LANES).then(|| {
            self.0.push(end);
            Place::New(self.0.len() - 1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overlaps_lies_side_by_side() {
        let mut lanes = Lanes::default();
        assert_eq!(lanes.take(0, Some(10)), Some(Place::New(0)));
        assert_eq!(lanes.take(5, None), Some(Place::New(1)));
        assert_eq!(lanes.take(10, Some(20)), Some(Place::Known(0)));
        assert_eq!(lanes.take(15, Some(16)), Some(Place::New(2)));
        assert_ne!(uuid(Kind::Lane, 1), uuid(Kind::Group, 1));
    }
}
