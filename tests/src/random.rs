//! A small pseudo-random generator (xorshift64*), so that every failing case has a seed to repeat it.

/// The generator; equal seeds give equal sequences.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number of `0..bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        (self.bits() >> 16) % bound
    }

    /// A number of `low..=high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True `percent` times out of a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Removes and returns one element; `None` of an empty list.
    pub fn take<T>(&mut self, list: &mut Vec<T>) -> Option<T> {
        let index = self.index(list.len())?;
        Some(list.swap_remove(index))
    }

    /// One element; `None` of an empty list.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        self.index(list.len()).map(|index| list[index])
    }

    fn index(&mut self, length: usize) -> Option<usize> {
        (length > 0).then(|| self.below(length as u64) as usize)
    }
}
