//! Function names out of ELF files.
//!
//! Files come from whoever wrote them: symbols are read in bounded batches, and a table costs one pass
//! and no memory, however large it is.

mod image;
mod read_at;

use std::collections::BTreeMap;

use object::elf::SHT_SYMTAB;
use object::pod::bytes_of_slice_mut;

use super::search::{Search, Symbol};
use image::{Image, Segment, Table, segment_of};
use read_at::ReadAt;

/// Symbols looked at, at most, per table: the largest programs known have about three millions.
const MOST_SYMBOLS: u64 = 8 << 20;
/// Symbols read at once.
const BATCH: u64 = 1 << 14;

/// A name as the symbol table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub mangled: String,
    /// Local, weak, global: the later the better.
    binding: u8,
}

/// What an ELF file says about some offsets in it.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Hexadecimal; empty where it has none.
    pub build_id: String,
    /// For each offset, the function that covers it; its `start` is a file offset too.
    pub functions: Vec<Option<Symbol<Name>>>,
    /// Functions the file has names for.
    pub known: u64,
    /// Whether the table for debuggers (`.symtab`) was there, not only that of exported names.
    pub complete: bool,
}

/// The names of `offsets`, which must be sorted.
pub fn names(from: &dyn ReadAt, offsets: &[u64]) -> Result<Names, String> {
    Image::with(from, |image| image.names(offsets, &image.segments))
}

/// The names of `offsets` of one file, out of another with the same layout: its separate symbol file.
///
/// The first gives the segments, the second the symbols.
pub fn names_beside(
    from: &dyn ReadAt,
    symbols: &dyn ReadAt,
    offsets: &[u64],
) -> Result<Names, String> {
    let segments = Image::with(from, |image| Ok(image.segments))?;
    Image::with(symbols, |image| image.names(offsets, &segments))
}

impl Image<'_> {
    fn names(&self, offsets: &[u64], segments: &[Segment]) -> Result<Names, String> {
        // Several offsets may share an address only in a damaged file; each address is asked once.
        let mut places: BTreeMap<u64, Vec<(usize, u64)>> = BTreeMap::new();
        for (index, offset) in offsets.iter().enumerate() {
            if let Some(segment) = segment_of(segments, *offset) {
                let address = segment.address.wrapping_add(offset - segment.offset);
                let difference = segment.address.wrapping_sub(segment.offset);
                places.entry(address).or_default().push((index, difference));
            }
        }
        let wanted: Vec<u64> = places.keys().copied().collect();
        let mut names = Names {
            build_id: self.build_id(),
            functions: vec![None; offsets.len()],
            ..Names::default()
        };
        for table in &self.tables {
            let (found, known) = self.search(table, &wanted);
            names.known += known;
            names.complete |= table.kind == SHT_SYMTAB && known > 0;
            for (found, places) in found.into_iter().zip(places.values()) {
                let Some(found) = found else { continue };
                for (index, difference) in places {
                    let start = found.start.wrapping_sub(*difference);
                    names.functions[*index]
                        .get_or_insert_with(|| Symbol { start, name: found.name.clone() });
                }
            }
        }
        Ok(names)
    }

    /// The symbols that cover the addresses, and how many functions the table names.
    fn search(&self, table: &Table, wanted: &[u64]) -> (Vec<Option<Symbol<Name>>>, u64) {
        let mut search = Search::new(wanted, better);
        let size = self.class.symbol_size();
        let count = (table.size / size).min(MOST_SYMBOLS);
        let mut known = 0;
        let mut buffer = Vec::new();
        for first in (0..count).step_by(BATCH as usize) {
            let batch = BATCH.min(count - first);
            buffer.resize((batch * size).div_ceil(8) as usize, 0u64);
            let bytes = &mut bytes_of_slice_mut(&mut buffer)[..(batch * size) as usize];
            let at = table.offset.saturating_add(first * size);
            if self.from.read_at(at, bytes).is_err() {
                break;
            }
            self.class.symbols(&buffer, batch as usize, &mut |entry| {
                known += 1;
                let name = || {
                    let mut mangled =
                        self.text(table.names.checked_add(entry.name)?, table.names_end)?;
                    // The table for debuggers writes versions behind names: `read@@GLIBC_2.2.5`.
                    mangled.truncate(mangled.find('@').unwrap_or(mangled.len()));
                    Some(Name { mangled, binding: entry.binding })
                };
                if entry.size > 0 {
                    search.sized(entry.start, entry.size, name);
                } else if let Some(end) = self.section_end(entry.section) {
                    search.unsized_until(entry.start, end, name);
                }
            });
        }
        (search.finish(), known)
    }
}

/// The innermost function; of several names for one place the one without leading underscores, which is
/// what programmers call, and of these the exported one.
fn better(known: &Symbol<Name>, new: &Symbol<Name>) -> bool {
    let key = |symbol: &Symbol<Name>| {
        let underscores = symbol.name.mangled.bytes().take_while(|byte| *byte == b'_').count();
        (symbol.start, std::cmp::Reverse(underscores), symbol.name.binding)
    };
    key(new) > key(known)
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    /// The offset in this program's file of one of its own functions.
    fn own_offset(function: fn(u64) -> u64) -> u64 {
        let address = function as *const () as u64;
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        for line in maps.lines().filter_map(super::super::maps::Line::parse) {
            if (line.start..line.end).contains(&address) {
                return address - line.start + line.offset;
            }
        }
        panic!("this program is not mapped");
    }

    #[inline(never)]
    fn a_function_to_be_found(number: u64) -> u64 {
        std::hint::black_box(number).wrapping_mul(3) + std::hint::black_box(1)
    }

    #[test]
    fn this_program_knows_its_functions() {
        assert_eq!(a_function_to_be_found(2), 7);
        let file = File::open("/proc/self/exe").unwrap();
        let start = own_offset(a_function_to_be_found);
        let names = names(&file, &[0, start, start + 1, u64::MAX]).unwrap();
        assert!(names.complete && names.known > 100, "{} functions", names.known);
        assert!(names.functions[3].is_none());
        for found in &names.functions[1..3] {
            let found = found.as_ref().unwrap();
            assert_eq!(found.start, start);
            assert!(found.name.mangled.contains("a_function_to_be_found"), "{found:?}");
        }
    }

    #[test]
    fn damaged_files_are_refused_or_read_as_far_as_they_go() {
        let whole = std::fs::read("/proc/self/exe").unwrap();
        let offset = own_offset(a_function_to_be_found);
        let header = whole[..64].to_vec();
        for cut in 0..header.len() {
            assert!(names(&&header[..cut], &[offset]).is_err());
        }
        // Every header byte in turn set to its extremes: any answer, but an answer.
        let mut hurt = whole[..whole.len().min(1 << 20)].to_vec();
        for at in 4..1024 {
            for value in [0, 1, 0x7f, 0xff] {
                let kept = std::mem::replace(&mut hurt[at], value);
                let _ = names(&hurt.as_slice(), &[0, offset, u64::MAX]);
                hurt[at] = kept;
            }
        }
    }

    #[test]
    fn other_files_are_named_for_what_they_are() {
        let text = b"#!/bin/sh\necho no symbols here\n".as_slice();
        assert_eq!(names(&text, &[0]).unwrap_err(), "not an ELF file");
        assert_eq!(names(&b"\x7fE".as_slice(), &[0]).unwrap_err(), "an ELF file cut short");
    }
}
