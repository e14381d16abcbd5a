//! What a zip file holds: its central directory, checked against everything else that the file says.
//!
//! Programs that read a zip disagree about files that contradict themselves, and a file that means one thing to
//! one of them and another to the next is made on purpose. A reader made to open as much as possible is therefore
//! of no use here, and nothing is ever decompressed: members are stored, and read where they lie.

use std::collections::BTreeSet;

use parquet::errors::Result as ReadResult;

use super::extent::OpenExtent;

const END: &[u8; 4] = b"PK\x05\x06";
const END_LENGTH: usize = 22;
const END_64: &[u8; 4] = b"PK\x06\x06";
const END_64_LENGTH: u64 = 56;
const LOCATOR_64: &[u8; 4] = b"PK\x06\x07";
const LOCATOR_64_LENGTH: u64 = 20;
const ENTRY: &[u8; 4] = b"PK\x01\x02";
const ENTRY_LENGTH: usize = 46;
const LOCAL: &[u8; 4] = b"PK\x03\x04";
const LOCAL_LENGTH: u64 = 30;
const LONGEST_COMMENT: u64 = u16::MAX as u64;
/// Sizes follow the data of a member that was written to a pipe, in 12 to 24 bytes.
const LONGEST_DESCRIPTOR: u64 = 24;
/// The list of hundreds of thousands of segments.
const LARGEST_DIRECTORY: u64 = 32 << 20;
const STORED: u16 = 0;
const ENCRYPTED: u16 = 1;
const SIZES_FOLLOW: u16 = 1 << 3;

/// A member as the central directory has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: Vec<u8>,
    /// Where its bytes lie in the file.
    pub offset: u64,
    pub size: u64,
    pub crc: u32,
    /// Why it cannot be read.
    pub problem: Option<Problem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    Compressed,
    Encrypted,
    /// What lies where it should is not what the directory says.
    Contradicted,
}

/// True where the file begins like a zip.
pub fn is_zip(open: &OpenExtent) -> bool {
    open.bytes(0, 4).is_ok_and(|bytes| [LOCAL, END].iter().any(|begin| bytes[..] == begin[..]))
}

/// The members, without directories.
///
/// # Errors
/// What is wrong with the file as a whole.
pub fn entries(open: &OpenExtent, size: u64) -> Result<Vec<Entry>, String> {
    let place = Place::find(open, size)?;
    let bytes = open.bytes(place.begin, place.size).map_err(|error| error.to_string())?;
    let mut rest = &bytes[..];
    let (mut entries, mut taken, mut names) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut tolerated = 0;
    for _ in 0..place.count {
        let header = Header::read(&mut rest).ok_or("its list of members is damaged")?;
        if !names.insert(header.name.clone()) {
            return Err("two members have the same name".into());
        }
        let data = header.data(open).ok().flatten();
        if let Some(offset) = data {
            let end = offset.checked_add(header.stored).filter(|end| *end <= place.begin);
            taken.push(header.local..end.ok_or("a member lies outside of the file")?);
            tolerated += if header.flags & SIZES_FOLLOW == 0 { 0 } else { LONGEST_DESCRIPTOR };
        }
        if !header.name.ends_with(b"/") {
            let problem =
                if data.is_none() { Some(Problem::Contradicted) } else { header.problem() };
            let (name, size, crc) = (header.name, header.stored, header.crc);
            entries.push(Entry { name, offset: data.unwrap_or(0), size, crc, problem });
        }
    }
    if !rest.is_empty() {
        return Err("its list of members is longer than it says".into());
    }
    taken.sort_by_key(|range| (range.start, range.end));
    if taken.windows(2).any(|pair| pair[0].end > pair[1].start) {
        return Err("two members overlap".into());
    }
    let covered: u64 = taken.iter().map(|range| range.end - range.start).sum();
    let is_whole = entries.iter().all(|entry| entry.problem != Some(Problem::Contradicted));
    if is_whole && place.begin - covered > tolerated {
        return Err("it holds bytes that belong to no member".into());
    }
    Ok(entries)
}

/// Where the central directory lies.
struct Place {
    begin: u64,
    size: u64,
    count: u64,
}

impl Place {
    fn find(open: &OpenExtent, size: u64) -> Result<Self, String> {
        let unread = |error: parquet::errors::ParquetError| error.to_string();
        let length = size.min(END_LENGTH as u64 + LONGEST_COMMENT);
        let tail = open.bytes(size - length, length).map_err(unread)?;
        let ends_here = |at: &usize| {
            let record = &tail[*at..];
            record.starts_with(END) && record.len() == END_LENGTH + usize::from(u16_at(record, 20))
        };
        let last = tail.len().checked_sub(END_LENGTH).ok_or("it is too short")?;
        let mut found = (0..=last).filter(ends_here);
        let at = found.next().ok_or("it has no end: it was cut short, or is no zip")?;
        if found.next().is_some() {
            return Err("it has two ends".into());
        }
        let record = &tail[at..];
        let mut end = size - length + at as u64;
        let (disks, count) = ((u16_at(record, 4), u16_at(record, 6)), u64::from(u16_at(record, 8)));
        let mut place = Self {
            begin: u32_at(record, 16).into(),
            size: u32_at(record, 12).into(),
            count: u16_at(record, 10).into(),
        };
        let locator = end.checked_sub(LOCATOR_64_LENGTH);
        let locator = locator.and_then(|at| open.bytes(at, LOCATOR_64_LENGTH).ok());
        if let Some(locator) = locator.filter(|locator| locator.starts_with(LOCATOR_64)) {
            let at = u64_at(&locator, 8);
            let record = open.bytes(at, END_64_LENGTH).map_err(unread)?;
            let has_room = at.checked_add(END_64_LENGTH + LOCATOR_64_LENGTH) == Some(end);
            if !record.starts_with(END_64) || !has_room {
                return Err("its end is damaged".into());
            }
            place = Self {
                begin: u64_at(&record, 48),
                size: u64_at(&record, 40),
                count: u64_at(&record, 32),
            };
            end = at;
        } else if disks != (0, 0) || count != place.count {
            return Err("it is one of several parts".into());
        }
        if place.begin.checked_add(place.size) != Some(end) {
            return Err("its list of members is not where it says".into());
        }
        if place.size > LARGEST_DIRECTORY || place.count > place.size / ENTRY_LENGTH as u64 {
            return Err("its list of members is absurdly long".into());
        }
        Ok(place)
    }
}

/// An entry of the central directory.
struct Header {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    time: u32,
    crc: u32,
    stored: u64,
    size: u64,
    /// Where its local header begins.
    local: u64,
}

impl Header {
    fn read(rest: &mut &[u8]) -> Option<Self> {
        let fixed = take(rest, ENTRY_LENGTH)?;
        let name = take(rest, u16_at(fixed, 28).into())?.to_vec();
        let extra = take(rest, u16_at(fixed, 30).into())?;
        take(rest, u16_at(fixed, 32).into())?;
        let mut wide = wide_sizes(extra);
        // What does not fit into 32 bits is told in the extra field, in this order.
        let mut number = |at: usize| match u32_at(fixed, at) {
            u32::MAX => take(&mut wide, 8).map(|bytes| u64_at(bytes, 0)),
            number => Some(number.into()),
        };
        let (size, stored, local) = (number(24)?, number(20)?, number(42)?);
        let (flags, method) = (u16_at(fixed, 8), u16_at(fixed, 10));
        let (time, crc) = (u32_at(fixed, 12), u32_at(fixed, 16));
        let header = Self { name, flags, method, time, crc, stored, size, local };
        fixed.starts_with(ENTRY).then_some(header)
    }

    /// Where its data begin; `None` where what lies there is something else.
    fn data(&self, open: &OpenExtent) -> ReadResult<Option<u64>> {
        let fixed = open.bytes(self.local, LOCAL_LENGTH)?;
        let (name, extra) = (u64::from(u16_at(&fixed, 26)), u64::from(u16_at(&fixed, 28)));
        let follow = self.flags & SIZES_FOLLOW != 0;
        // The sizes are in the extra field where they do not fit, and after the data where they were not known.
        let is_size = |at: usize, size: u64| match u32_at(&fixed, at) {
            u32::MAX => true,
            0 if follow => true,
            stated => u64::from(stated) == size,
        };
        let is_same = fixed.starts_with(LOCAL)
            && u16_at(&fixed, 6) == self.flags
            && u16_at(&fixed, 8) == self.method
            && u32_at(&fixed, 10) == self.time
            && (u32_at(&fixed, 14) == self.crc || follow && u32_at(&fixed, 14) == 0)
            && is_size(18, self.stored)
            && is_size(22, self.size)
            && open.bytes(self.local + LOCAL_LENGTH, name)?[..] == self.name[..];
        Ok(is_same.then(|| self.local + LOCAL_LENGTH + name + extra))
    }

    fn problem(&self) -> Option<Problem> {
        match self.method {
            _ if self.flags & ENCRYPTED != 0 => Some(Problem::Encrypted),
            STORED if self.size == self.stored => None,
            STORED => Some(Problem::Contradicted),
            _ => Some(Problem::Compressed),
        }
    }
}

/// The content of the extra field for sizes of more than 32 bits.
fn wide_sizes(mut extra: &[u8]) -> &[u8] {
    while let Some(head) = take(&mut extra, 4) {
        let Some(body) = take(&mut extra, u16_at(head, 2).into()) else { break };
        if u16_at(head, 0) == 1 {
            return body;
        }
    }
    &[]
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
