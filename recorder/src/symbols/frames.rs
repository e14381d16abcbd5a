//! Every distinct frame of all stacks, numbered.

use std::collections::HashMap;

/// Frames kept at most, 24 bytes each; only programs that compile without end have more.
const MOST: usize = 1 << 18;
/// Frames that are known again when they come again, twice as many at most. Every program that starts has
/// addresses of its own, and most of them never come again: a forgotten frame gets another number.
const KNOWN: usize = 1 << 15;

/// One frame.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frame {
    pub address: u64,
    /// Offset in the module's file.
    pub offset: u64,
    /// Module id; 0 where none is known.
    pub module: u32,
    pub kernel: bool,
    /// Its address is where a call returns to: the call itself lies before it.
    pub returns: bool,
}

/// All frames; an id is a place in the list, from 1.
#[derive(Default)]
pub struct Frames {
    pub list: Vec<Frame>,
    known: HashMap<(u64, u64), u32>,
    /// What was known before so many others came.
    known_before: HashMap<(u64, u64), u32>,
    /// The frame that stands for all those beyond the limit.
    beyond: Option<u32>,
}

impl Frames {
    /// The id of the frame at `address` in address space `image`, and whether it is new.
    ///
    /// The kernel has image 0 of its own: its addresses lie where no process has any.
    pub fn number(&mut self, image: u64, address: u64, kernel: bool, returns: bool) -> (u32, bool) {
        if let Some(id) = self.find((image, address)) {
            self.list[id as usize - 1].returns |= returns;
            return (id, false);
        }
        if self.list.len() >= MOST {
            let id = *self.beyond.get_or_insert_with(|| {
                self.list.push(Frame::default());
                self.list.len() as u32
            });
            return (id, false);
        }
        self.list.push(Frame { address, kernel, returns, ..Frame::default() });
        let id = self.list.len() as u32;
        self.remember((image, address), id);
        (id, true)
    }

    fn find(&mut self, place: (u64, u64)) -> Option<u32> {
        if let Some(id) = self.known.get(&place) {
            return Some(*id);
        }
        let id = self.known_before.remove(&place)?;
        self.remember(place, id);
        Some(id)
    }

    fn remember(&mut self, place: (u64, u64), id: u32) {
        if self.known.len() >= KNOWN {
            self.known_before = std::mem::take(&mut self.known);
        }
        self.known.insert(place, id);
    }

    /// Whether some frames had no room.
    pub fn overflowed(&self) -> bool {
        self.beyond.is_some()
    }
}

impl Frame {
    /// How far before the recorded address its function is looked up.
    pub fn back(&self) -> u64 {
        u64::from(self.returns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_an_address_in_an_address_space() {
        let mut frames = Frames::default();
        assert_eq!(frames.number(7, 0x1000, false, false), (1, true));
        assert_eq!(frames.number(8, 0x1000, false, false), (2, true));
        assert_eq!(frames.number(7, 0x1000, false, true), (1, false));
        assert_eq!([frames.list[0].back(), frames.list[1].back()], [1, 0]);
    }

    #[test]
    fn what_comes_again_keeps_its_number() {
        let mut frames = Frames::default();
        let often = frames.number(0, u64::MAX, true, false).0;
        for image in 1..=4 * KNOWN as u64 {
            assert!(frames.number(image, 0x1000, false, false).1, "every program has its own");
            assert_eq!(frames.number(0, u64::MAX, true, false), (often, false));
        }
        assert!(frames.known.len() + frames.known_before.len() <= 2 * KNOWN + 1);
    }

    #[test]
    fn frames_beyond_the_limit_share_one() {
        let mut frames = Frames::default();
        for address in 0..MOST as u64 {
            assert!(frames.number(1, address, false, false).1);
        }
        assert!(!frames.overflowed());
        let beyond = (MOST as u32 + 1, false);
        assert_eq!(frames.number(1, u64::MAX, false, false), beyond);
        assert_eq!(frames.number(2, u64::MAX, false, false), beyond);
        assert_eq!(frames.number(1, MOST as u64 - 1, false, false), (MOST as u32, false));
        assert!(frames.overflowed());
    }
}
