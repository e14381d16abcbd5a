//! The headers of an ELF file, whatever its word size and byte order.
//!
//! Nothing is mapped, since files may shrink while they are read, and every number in a header is only an
//! offer to read elsewhere.

use std::io;
use std::marker::PhantomData;

use object::Endianness;
use object::elf::{
    self, FileHeader32, FileHeader64, PT_LOAD, PT_NOTE, SHT_DYNSYM, SHT_SYMTAB, STT_FUNC,
    STT_GNU_IFUNC,
};
use object::pod::{Pod, bytes_of_slice, bytes_of_slice_mut, slice_from_bytes};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader, Sym};

use super::read_at::ReadAt;
use crate::symbols::note;

/// Program and section headers read at most.
const MOST_HEADERS: u64 = 1 << 16;
/// Bytes of notes read at most, per segment, and segments of notes.
const MOST_NOTES: u64 = 1 << 16;
const MOST_NOTE_SEGMENTS: usize = 16;
/// Bytes of one mangled name read at most.
const LONGEST_NAME: u64 = 1 << 14;

/// A stretch of a file and where it is linked to be.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    pub offset: u64,
    pub size: u64,
    pub address: u64,
    pub executable: bool,
}

/// One symbol table.
pub struct Table {
    pub kind: u32,
    pub offset: u64,
    pub size: u64,
    pub names: u64,
    pub names_end: u64,
}

/// The headers of a file, whatever its word size and byte order.
pub struct Image<'a> {
    pub from: &'a dyn ReadAt,
    pub class: &'a dyn Class,
    pub segments: Vec<Segment>,
    notes: Vec<(u64, u64)>,
    pub tables: Vec<Table>,
    /// Ends of the sections by number, for symbols without a size.
    section_ends: Vec<u64>,
}

/// A word size.
pub trait Class {
    fn symbol_size(&self) -> u64;
    /// Calls `each` with the symbols in `bytes`.
    fn symbols(&self, bytes: &[u64], count: usize, each: &mut dyn FnMut(Entry));
}

/// One entry of a symbol table.
pub struct Entry {
    pub name: u64,
    pub start: u64,
    pub size: u64,
    pub section: u16,
    pub binding: u8,
}

struct Words<E>(Endianness, PhantomData<E>);

impl<E: FileHeader<Endian = Endianness>> Class for Words<E> {
    fn symbol_size(&self) -> u64 {
        size_of::<E::Sym>() as u64
    }

    fn symbols(&self, bytes: &[u64], count: usize, each: &mut dyn FnMut(Entry)) {
        let Ok((symbols, _)) = slice_from_bytes::<E::Sym>(bytes_of_slice(bytes), count) else {
            return;
        };
        for symbol in symbols {
            let is_function = matches!(symbol.st_type(), STT_FUNC | STT_GNU_IFUNC);
            if is_function && !symbol.is_undefined(self.0) {
                each(Entry {
                    name: symbol.st_name(self.0).into(),
                    start: symbol.st_value(self.0).into(),
                    size: symbol.st_size(self.0).into(),
                    section: symbol.st_shndx(self.0),
                    binding: match symbol.st_bind() {
                        elf::STB_GLOBAL => 2,
                        elf::STB_WEAK => 1,
                        _ => 0,
                    },
                });
            }
        }
    }
}

impl Image<'_> {
    /// Reads the headers and hands them to `use_it`.
    pub fn with<T>(
        from: &dyn ReadAt,
        use_it: impl FnOnce(Image<'_>) -> Result<T, String>,
    ) -> Result<T, String> {
        let mut ident = [0; 16];
        from.read_at(0, &mut ident).map_err(|error| unreadable(&error))?;
        if ident[..4] != elf::ELFMAG {
            return Err("not an ELF file".into());
        }
        let endian = match ident[5] {
            elf::ELFDATA2LSB => Endianness::Little,
            elf::ELFDATA2MSB => Endianness::Big,
            _ => return Err("an ELF file of unknown byte order".into()),
        };
        match ident[4] {
            elf::ELFCLASS64 => {
                let class = Words::<FileHeader64<Endianness>>(endian, PhantomData);
                use_it(Image::read::<FileHeader64<Endianness>>(from, &class, endian)?)
            }
            elf::ELFCLASS32 => {
                let class = Words::<FileHeader32<Endianness>>(endian, PhantomData);
                use_it(Image::read::<FileHeader32<Endianness>>(from, &class, endian)?)
            }
            _ => Err("an ELF file of unknown word size".into()),
        }
    }

    fn read<'a, E: FileHeader<Endian = Endianness>>(
        from: &'a dyn ReadAt,
        class: &'a dyn Class,
        endian: Endianness,
    ) -> Result<Image<'a>, String> {
        let header = *array::<E>(from, 0, 1)?.first().ok_or("an ELF file cut short")?;
        let mut image = Image {
            from,
            class,
            segments: Vec::new(),
            notes: Vec::new(),
            tables: Vec::new(),
            section_ends: Vec::new(),
        };
        let programs = array::<E::ProgramHeader>(
            from,
            header.e_phoff(endian).into(),
            header.e_phnum(endian).into(),
        )?;
        for program in programs {
            let (offset, size) = (program.p_offset(endian).into(), program.p_filesz(endian).into());
            match program.p_type(endian) {
                PT_LOAD => image.segments.push(Segment {
                    offset,
                    size,
                    address: program.p_vaddr(endian).into(),
                    executable: program.p_flags(endian) & elf::PF_X != 0,
                }),
                PT_NOTE => image.notes.push((offset, size)),
                _ => {}
            }
        }
        image.read_sections::<E>(&header, endian)?;
        Ok(image)
    }

    /// A file without section headers is no error: it has no symbols.
    fn read_sections<E: FileHeader<Endian = Endianness>>(
        &mut self,
        header: &E,
        endian: Endianness,
    ) -> Result<(), String> {
        let at: u64 = header.e_shoff(endian).into();
        if at == 0 {
            return Ok(());
        }
        let mut count = u64::from(header.e_shnum(endian));
        if count == 0 {
            // More sections than the field holds: the first section's size has their number.
            let first = array::<E::SectionHeader>(self.from, at, 1)?;
            count = first.first().map_or(0, |section| section.sh_size(endian).into());
        }
        let sections = array::<E::SectionHeader>(self.from, at, count)?;
        for section in &sections {
            let (start, size): (u64, u64) =
                (section.sh_addr(endian).into(), section.sh_size(endian).into());
            self.section_ends.push(start.saturating_add(size));
            let kind = section.sh_type(endian);
            if kind != SHT_SYMTAB && kind != SHT_DYNSYM {
                continue;
            }
            let Some(names) = sections.get(section.sh_link(endian) as usize) else { continue };
            let names_start: u64 = names.sh_offset(endian).into();
            let names_size: u64 = names.sh_size(endian).into();
            self.tables.push(Table {
                kind,
                offset: section.sh_offset(endian).into(),
                size,
                names: names_start,
                names_end: names_start.saturating_add(names_size),
            });
        }
        self.tables.sort_by_key(|table| table.kind != SHT_SYMTAB);
        self.tables.truncate(2);
        Ok(())
    }

    /// Where a section ends, for symbols that do not say where they do.
    pub fn section_end(&self, section: u16) -> Option<u64> {
        self.section_ends.get(usize::from(section)).copied()
    }

    /// The NUL-terminated text at `at`, which must end before `end`.
    pub fn text(&self, at: u64, end: u64) -> Option<String> {
        let most = end.checked_sub(at)?.min(LONGEST_NAME);
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < most {
            let known = bytes.len();
            bytes.resize(known + 256.min(most as usize - known), 0);
            let count = self.from.read_some_at(at + known as u64, &mut bytes[known..]).ok()?;
            if let Some(nul) = bytes[known..known + count].iter().position(|byte| *byte == 0) {
                bytes.truncate(known + nul);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                return (!text.is_empty()).then_some(text);
            }
            if known + count < bytes.len() {
                return None;
            }
        }
        None
    }

    /// The GNU build id in hexadecimal; empty where it has none.
    pub fn build_id(&self) -> String {
        for (offset, size) in self.notes.iter().take(MOST_NOTE_SEGMENTS) {
            let mut notes = vec![0; (*size).min(MOST_NOTES) as usize];
            if self.from.read_at(*offset, &mut notes).is_ok() {
                let id = note::build_id(&notes);
                if !id.is_empty() {
                    return id;
                }
            }
        }
        String::new()
    }
}

/// The segment that a file offset is loaded with, preferably one of code.
pub fn segment_of(segments: &[Segment], offset: u64) -> Option<&Segment> {
    let holds = |segment: &&Segment| {
        offset.checked_sub(segment.offset).is_some_and(|inside| inside < segment.size)
    };
    let executable = segments.iter().filter(|segment| segment.executable).find(holds);
    executable.or_else(|| segments.iter().find(holds))
}

/// `count` headers at `offset`.
fn array<T: Pod>(from: &dyn ReadAt, offset: u64, count: u64) -> Result<Vec<T>, String> {
    if count > MOST_HEADERS {
        return Err("an ELF file with an absurd number of headers".into());
    }
    let size = size_of::<T>() * count as usize;
    let mut words = vec![0u64; size.div_ceil(8)];
    from.read_at(offset, &mut bytes_of_slice_mut(&mut words)[..size])
        .map_err(|error| unreadable(&error))?;
    slice_from_bytes(bytes_of_slice(&words), count as usize)
        .map(|(items, _)| items.to_vec())
        .map_err(|()| "an ELF file cut short".into())
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "an ELF file cut short".into(),
        _ => format!("cannot be read: {error}"),
    }
}
