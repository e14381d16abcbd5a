//! Every distinct frame of all stacks, numbered.

use std::collections::HashMap;

/// Frames kept at most, about 60 bytes each; only programs that compile without end have more.
const MOST: usize = 1 << 18;

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
    by_place: HashMap<(u64, u64), u32>,
    /// The frame that stands for all those beyond the limit.
    beyond: Option<u32>,
}

impl Frames {
    /// The id of the frame at `address` in address space `image`, and whether it is new.
    ///
    /// The kernel has image 0 of its own: its addresses lie where no process has any.
    pub fn number(&mut self, image: u64, address: u64, kernel: bool, returns: bool) -> (u32, bool) {
        if let Some(id) = self.by_place.get(&(image, address)) {
            self.list[*id as usize - 1].returns |= returns;
            return (*id, false);
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
        self.by_place.insert((image, address), id);
        (id, true)
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
    fn frames_beyond_the_limit_share_one() {
        let mut frames = Frames::default();
        for address in 0..MOST as u64 {
            assert!(frames.number(1, address, false, false).1);
        }
        assert!(!frames.overflowed());
        let beyond = (MOST as u32 + 1, false);
        assert_eq!(frames.number(1, u64::MAX, false, false), beyond);
        assert_eq!(frames.number(2, u64::MAX, false, false), beyond);
        assert_eq!(frames.number(1, 0, false, false), (1, false));
        assert!(frames.overflowed());
    }
}
