//! Walks over what Parquet's headers are written in, Thrift's compact protocol, without building anything of it.
//!
//! The Parquet reader reserves memory for what a header declares, before it has seen that it is there. A walk first
//! makes sure that every length and every count fits into the bytes.

/// Nesting of a footer is 6; what is deeper is no footer.
const DEEPEST: u32 = 16;

const BOOL_TRUE: u8 = 1;
const BOOL_FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
pub const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
pub const STRUCT: u8 = 12;
const UUID: u8 = 13;

/// A place in some bytes. Everything gives `None` where the bytes make no sense.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Walk<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes walked over so far.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The fields of a structure. What `field` does not walk over, given its number and type, is passed by.
    pub fn fields(
        &mut self,
        field: &mut dyn FnMut(&mut Self, i64, u8) -> Option<()>,
    ) -> Option<()> {
        self.nested(DEEPEST, field)
    }

    fn nested(
        &mut self,
        depth: u32,
        field: &mut dyn FnMut(&mut Self, i64, u8) -> Option<()>,
    ) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let mut number = 0_i64;
        loop {
            let header = self.byte()?;
            if header == 0 {
                return Some(());
            }
            number = match header >> 4 {
                0 => self.integer()?,
                delta => number + i64::from(delta),
            };
            let begin = self.at;
            field(self, number, header & 15)?;
            if self.at == begin {
                self.pass(header & 15, depth)?;
            }
        }
    }

    /// A number of 16, 32 or 64 bits.
    pub fn integer(&mut self) -> Option<i64> {
        let coded = self.unsigned()?;
        Some((coded >> 1) as i64 ^ -((coded & 1) as i64))
    }

    /// How many elements a list has, and their type.
    pub fn list(&mut self) -> Option<(usize, u8)> {
        let header = self.byte()?;
        let count = match header >> 4 {
            15 => self.count()?,
            count => count.into(),
        };
        (count <= self.bytes.len() - self.at).then_some((count, header & 15))
    }

    /// Passes by a value; no element of a list is shorter than a byte, so a count has the bytes for its limit.
    fn pass(&mut self, kind: u8, depth: u32) -> Option<()> {
        match kind {
            BOOL_TRUE | BOOL_FALSE => Some(()),
            BYTE => self.skip(1),
            I16..=I64 => self.unsigned().map(drop),
            DOUBLE => self.skip(8),
            UUID => self.skip(16),
            BINARY => {
                let length = self.count()?;
                self.skip(length)
            }
            LIST | SET => {
                let depth = depth.checked_sub(1)?;
                let (count, kind) = self.list()?;
                (0..count).try_for_each(|_| self.element(kind, depth))
            }
            MAP => {
                let depth = depth.checked_sub(1)?;
                let count = self.count()?;
                if count == 0 {
                    return Some(());
                }
                let kinds = self.byte()?;
                (0..count).try_for_each(|_| {
                    self.element(kinds >> 4, depth)?;
                    self.element(kinds & 15, depth)
                })
            }
            STRUCT => self.nested(depth, &mut |_, _, _| Some(())),
            _ => None,
        }
    }

    /// Within a list a truth value takes a byte, within a structure it is part of the field's header.
    fn element(&mut self, kind: u8, depth: u32) -> Option<()> {
        let kind = if kind == BOOL_TRUE || kind == BOOL_FALSE { BYTE } else { kind };
        self.pass(kind, depth)
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, length: usize) -> Option<()> {
        self.at = self.at.checked_add(length).filter(|at| *at <= self.bytes.len())?;
        Some(())
    }

    /// A length or a count, which the rest of the bytes must be able to hold.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.unsigned()?).ok()?;
        (count <= self.bytes.len() - self.at).then_some(count)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8]) -> bool {
        let mut walk = Walk::new(bytes);
        walk.fields(&mut |_, _, _| Some(())).is_some() && walk.at() == bytes.len()
    }

    #[test]
    fn values_are_passed_by() {
        // 1: i32 -1; 2: binary "ab"; 3: list of two structures, the first with a truth value; 4: map.
        let bytes =
            [0x15, 0x01, 0x18, 2, b'a', b'b', 0x19, 0x2c, 0x11, 0, 0, 0x1b, 1, 0x55, 2, 4, 0];
        assert!(whole(&bytes));
        for length in 0..bytes.len() {
            assert!(!whole(&bytes[..length]), "{length} bytes are not all");
        }
        let mut first = None;
        let mut walk = Walk::new(&bytes);
        walk.fields(&mut |walk, number, _| {
            if number == 1 {
                first = Some(walk.integer()?);
            }
            Some(())
        });
        assert_eq!(first, Some(-1));
    }

    #[test]
    fn what_is_declared_must_be_there() {
        assert!(!whole(&[0x18, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]), "a binary of 4 GiB");
        assert!(!whole(&[0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0, 0]), "a list of 2 billion");
        assert!(!whole(&[0x1c; 100_000]), "100,000 structures within each other");
        assert!(!whole(&[0x19; 100_000]), "100,000 lists within each other");
    }
}
