//! What the kernel tells about processes and their mappings: perf records, out of their bytes.

use super::maps::without_deleted;

/// One thing that happened to a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, in nanoseconds of `CLOCK_MONOTONIC`.
    pub ts: u64,
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Code was mapped.
    Map(Map),
    /// A program was started: all mappings before are gone.
    Exec { pid: u32 },
    /// A process was created, with its parent's mappings.
    Fork { pid: u32, parent: u32 },
    /// The first thread of a process ended.
    Exit { pid: u32 },
    /// So many records did not fit.
    Lost(u64),
}

/// An executable mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    pub pid: u32,
    pub start: u64,
    pub end: u64,
    pub offset: u64,
    pub inode: u64,
    pub path: String,
}

// Numbers of linux/perf_event.h.
const RECORD_LOST: u32 = 2;
const RECORD_COMM: u32 = 3;
const RECORD_EXIT: u32 = 4;
const RECORD_FORK: u32 = 7;
const RECORD_MMAP2: u32 = 10;
const MISC_COMM_EXEC: u16 = 1 << 13;
const MISC_MMAP_BUILD_ID: u16 = 1 << 14;
const PROT_EXEC: u32 = 4;

/// Bytes of a record's header: type, flags, size.
pub const HEADER: usize = 8;

/// Reads one record, its header included; `None` for those that say nothing here and those cut short.
///
/// Every record ends in the time, since that is all the sample type asks for.
pub fn parse(record: &[u8]) -> Option<Event> {
    let (body, time) = record.split_at_checked(record.len().checked_sub(8)?)?;
    let ts = u64::from_ne_bytes(time.try_into().ok()?);
    let misc = u16::from_ne_bytes(body.get(4..6)?.try_into().ok()?);
    let word = |at: usize| Some(u32::from_ne_bytes(body.get(at..at + 4)?.try_into().ok()?));
    let long = |at: usize| Some(u64::from_ne_bytes(body.get(at..at + 8)?.try_into().ok()?));
    let what = match word(0)? {
        RECORD_MMAP2 => {
            let with_build_id = misc & MISC_MMAP_BUILD_ID != 0;
            if word(64)? & PROT_EXEC == 0 {
                return None;
            }
            let path = body.get(72..)?;
            let end = path.iter().position(|byte| *byte == 0)?;
            let path = String::from_utf8_lossy(&path[..end]);
            What::Map(Map {
                pid: word(8)?,
                start: long(16)?,
                end: long(16)?.checked_add(long(24)?)?,
                offset: long(32)?,
                inode: if with_build_id { 0 } else { long(48)? },
                path: without_deleted(&path).to_owned(),
            })
        }
        RECORD_COMM if misc & MISC_COMM_EXEC != 0 => What::Exec { pid: word(8)? },
        RECORD_FORK if word(8)? != word(12)? => What::Fork { pid: word(8)?, parent: word(12)? },
        RECORD_EXIT if word(8)? == word(16)? => What::Exit { pid: word(8)? },
        RECORD_LOST => What::Lost(long(16)?),
        _ => return None,
    };
    Some(Event { ts, what })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u32, misc: u16, body: &[u8], ts: u64) -> Vec<u8> {
        let mut bytes = kind.to_ne_bytes().to_vec();
        bytes.extend(misc.to_ne_bytes());
        bytes.extend(((HEADER + body.len() + 8) as u16).to_ne_bytes());
        bytes.extend(body);
        bytes.extend(ts.to_ne_bytes());
        bytes
    }

    fn words(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_ne_bytes()).collect()
    }

    fn mapping(prot: u32) -> Vec<u8> {
        let mut body = words(&[42, 43]);
        for long in [0x5000_u64, 0x1000, 0x2000] {
            body.extend(long.to_ne_bytes());
        }
        body.extend(words(&[8, 1]));
        for long in [131_u64, 7] {
            body.extend(long.to_ne_bytes());
        }
        body.extend(words(&[prot, 2]));
        body.extend(b"/tmp/gone (deleted)\0\0\0\0\0");
        record(RECORD_MMAP2, 2, &body, 99)
    }

    #[test]
    fn records_are_read() {
        let map = Map {
            pid: 42,
            start: 0x5000,
            end: 0x6000,
            offset: 0x2000,
            inode: 131,
            path: "/tmp/gone".into(),
        };
        assert_eq!(parse(&mapping(5)), Some(Event { ts: 99, what: What::Map(map) }));
        assert_eq!(parse(&mapping(1)), None, "data is not code");
        let fork = |pid, parent| record(RECORD_FORK, 0, &words(&[pid, parent, 9, 8, 0, 0]), 5);
        assert_eq!(parse(&fork(9, 8)).unwrap().what, What::Fork { pid: 9, parent: 8 });
        assert_eq!(parse(&fork(8, 8)), None, "a thread has its process's mappings");
        let exit = |tid| record(RECORD_EXIT, 0, &words(&[9, 8, tid, 8, 0, 0]), 6);
        assert_eq!(parse(&exit(9)).unwrap().what, What::Exit { pid: 9 });
        assert_eq!(parse(&exit(10)), None);
        let comm = |misc| {
            record(RECORD_COMM, misc, &[words(&[9, 9]), b"sh\0\0\0\0\0\0".to_vec()].concat(), 7)
        };
        assert_eq!(parse(&comm(MISC_COMM_EXEC)).unwrap().what, What::Exec { pid: 9 });
        assert_eq!(parse(&comm(0)), None, "a rename keeps the mappings");
        let lost =
            record(RECORD_LOST, 0, &[1_u64.to_ne_bytes(), 1009_u64.to_ne_bytes()].concat(), 8);
        assert_eq!(parse(&lost).unwrap().what, What::Lost(1009));
    }

    #[test]
    fn no_bytes_panic() {
        let whole = mapping(5);
        for cut in 0..whole.len() {
            let _ = parse(&whole[..cut]);
        }
        for at in 0..whole.len() {
            for value in [0, 0x7f, 0xff] {
                let mut hurt = whole.clone();
                hurt[at] = value;
                let _ = parse(&hurt);
            }
        }
        assert_eq!(parse(&[]), None);
    }
}
