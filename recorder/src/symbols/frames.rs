//! Every distinct frame of all stacks, numbered.

use std::collections::HashMap;
use std::hash::Hash;

/// Frames kept at most, 24 bytes each; only programs that compile without end have more.
const MOST: usize = 1 << 18;
/// Addresses and places that are known again when they come again, twice as many at most. Every program that
/// starts has addresses of its own, and most of them never come again: a forgotten place gets another number.
const KNOWN: usize = 1 << 15;

/// One frame.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frame {
    /// Where it was first seen.
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
///
/// The same place in the same module is the same frame, wherever a process has it mapped. Where the module is
/// not known, and in the kernel, it is the address in its address space that counts.
pub struct Frames {
    pub list: Vec<Frame>,
    /// By address space and address; the kernel has address space 0.
    by_address: Recent<(u64, u64)>,
    /// By module and offset.
    by_place: Recent<(u32, u64)>,
    /// The frame that stands for all those beyond the limit.
    beyond: Option<u32>,
}

impl Default for Frames {
    fn default() -> Self {
        Self {
            // Growing would hold it twice for a moment; what is not used takes no memory.
            list: Vec::with_capacity(MOST + 1),
            by_address: Recent::default(),
            by_place: Recent::default(),
            beyond: None,
        }
    }
}

impl Frames {
    /// The id of the frame at `address` in address space `image`, if it is known.
    pub fn find(&mut self, image: u64, address: u64, returns: bool) -> Option<u32> {
        let id = self.by_address.find((image, address))?;
        self.list[id as usize - 1].returns |= returns;
        Some(id)
    }

    /// The id of a frame that [`find`](Self::find) does not know, in address space `image`.
    pub fn add(&mut self, image: u64, frame: Frame) -> u32 {
        let place = (frame.module, frame.offset);
        let known = if frame.module == 0 { None } else { self.by_place.find(place) };
        let id = match known {
            Some(id) => {
                self.list[id as usize - 1].returns |= frame.returns;
                id
            }
            None if self.list.len() >= MOST => {
                return *self.beyond.get_or_insert_with(|| {
                    self.list.push(Frame::default());
                    self.list.len() as u32
                });
            }
            None => {
                self.list.push(frame);
                self.list.len() as u32
            }
        };
        if frame.module != 0 && known.is_none() {
            self.by_place.remember(place, id);
        }
        self.by_address.remember((image, frame.address), id);
        id
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

/// The ids of what came lately.
struct Recent<K> {
    now: HashMap<K, u32>,
    /// What was known before so many others came.
    before: HashMap<K, u32>,
}

impl<K> Default for Recent<K> {
    fn default() -> Self {
        Self { now: HashMap::new(), before: HashMap::new() }
    }
}

impl<K: Copy + Eq + Hash> Recent<K> {
    fn find(&mut self, key: K) -> Option<u32> {
        if let Some(id) = self.now.get(&key) {
            return Some(*id);
        }
        let id = self.before.remove(&key)?;
        self.remember(key, id);
        Some(id)
    }

    fn remember(&mut self, key: K, id: u32) {
        if self.now.len() >= KNOWN {
            // Swapped and cleared, so that both keep their memory.
            std::mem::swap(&mut self.now, &mut self.before);
            self.now.clear();
        }
        self.now.insert(key, id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The id of the frame at `address`, placed in `module` where that is not 0.
    fn number(frames: &mut Frames, image: u64, address: u64, module: u32) -> u32 {
        let frame = Frame { address, offset: address & 0xfff, module, ..Frame::default() };
        frames.find(image, address, false).unwrap_or_else(|| frames.add(image, frame))
    }

    #[test]
    fn without_a_module_a_frame_is_an_address_in_an_address_space() {
        let mut frames = Frames::default();
        assert_eq!(number(&mut frames, 7, 0x1000, 0), 1);
        assert_eq!(number(&mut frames, 8, 0x1000, 0), 2);
        assert_eq!(frames.find(7, 0x1000, true), Some(1));
        assert_eq!([frames.list[0].back(), frames.list[1].back()], [1, 0]);
    }

    #[test]
    fn a_place_in_a_module_is_one_frame_in_all_processes() {
        let mut frames = Frames::default();
        assert_eq!(number(&mut frames, 7, 0x1010, 3), 1);
        assert_eq!(number(&mut frames, 8, 0x2010, 3), 1);
        assert_eq!(number(&mut frames, 8, 0x2010, 3), 1);
        assert_eq!(number(&mut frames, 8, 0x2011, 3), 2);
        assert_eq!(number(&mut frames, 9, 0x2010, 4), 3);
        assert_eq!(frames.list[0].address, 0x1010);
    }

    #[test]
    fn what_comes_again_keeps_its_number() {
        let mut frames = Frames::default();
        let often = number(&mut frames, 0, u64::MAX, 0);
        for image in 1..=4 * KNOWN as u64 {
            let before = frames.list.len();
            number(&mut frames, image, 0x1000, 0);
            assert_eq!(frames.list.len(), before + 1, "every program has its own");
            assert_eq!(number(&mut frames, 0, u64::MAX, 0), often);
        }
        assert!(frames.by_address.now.len() + frames.by_address.before.len() <= 2 * KNOWN + 1);
    }

    #[test]
    fn frames_beyond_the_limit_share_one() {
        let mut frames = Frames::default();
        for address in 0..MOST as u64 {
            assert_eq!(number(&mut frames, 1, address, 0), address as u32 + 1);
        }
        assert!(!frames.overflowed());
        let beyond = MOST as u32 + 1;
        assert_eq!(number(&mut frames, 1, u64::MAX, 0), beyond);
        assert_eq!(number(&mut frames, 2, u64::MAX, 0), beyond);
        assert_eq!(number(&mut frames, 1, MOST as u64 - 1, 0), MOST as u32);
        assert!(frames.overflowed());
    }
}
