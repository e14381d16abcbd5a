//! Rows of system calls and disk requests, by a small pseudo-random generator: opens of a few thousand
//! files, one in a hundred failing; reads and writes; requests to two disks.

use std::io;
use std::path::Path;

use afterwake_schema::streams::{BlockIo, Disk, IoCall, PathCall, SyscallName};
use afterwake_schema::{Identify, Row, segment};

const OPENAT: i16 = 257;
const READ: i16 = 0;
const WRITE: i16 = 1;
const DISKS: [(&str, u32); 2] = [("nvme0n1", 259 << 20), ("sdb", 8 << 20 | 16)];
/// Rows of one segment, as the recorder writes them.
const SEGMENT: usize = 1 << 16;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    /// Mostly small numbers, below 2 to the power of `bits` and of up to eleven more.
    fn skewed(&mut self, bits: u64) -> u64 {
        let most = 1 << (bits + self.below(12));
        self.below(most)
    }
}

/// Writes so many rows of each kind into `directory`, from `start` on; the instant of the last.
///
/// # Errors
/// Whatever the file system says.
pub fn write(
    directory: &Path,
    rows: usize,
    start: u64,
    threads: u64,
    who: &dyn Identify,
) -> io::Result<u64> {
    let mut random = Random(1);
    let opens = table(directory, rows, start, who, |ts| open(&mut random, ts, threads))?;
    let mut random = Random(2);
    let calls = table(directory, rows, start, who, |ts| call(&mut random, ts, threads))?;
    let mut random = Random(3);
    let requests = table(directory, rows, start, who, |ts| request(&mut random, ts, threads))?;
    let names = [(READ, "read", "io"), (WRITE, "write", "io"), (OPENAT, "openat", "path")];
    let names: Vec<SyscallName> = names
        .into_iter()
        .map(|(number, name, source)| SyscallName {
            number: number as u32,
            name: name.into(),
            source: source.into(),
        })
        .collect();
    segment::write(directory, SyscallName::STREAM, 0, &SyscallName::batch(&names, who))?;
    let disks: Vec<Disk> = DISKS
        .iter()
        .map(|(name, dev)| Disk { dev: *dev, name: (*name).into(), ..Disk::default() })
        .collect();
    segment::write(directory, Disk::STREAM, 0, &Disk::batch(&disks, who))?;
    Ok(opens.max(calls).max(requests))
}

fn table<R: Row>(
    directory: &Path,
    rows: usize,
    start: u64,
    who: &dyn Identify,
    mut make: impl FnMut(u64) -> R,
) -> io::Result<u64> {
    let mut ts = start;
    for number in 0..rows.div_ceil(SEGMENT) {
        let count = SEGMENT.min(rows - number * SEGMENT);
        let mut part: Vec<R> = (0..count)
            .map(|_| {
                ts += 2_000;
                make(ts)
            })
            .collect();
        part.sort_by_key(Row::order);
        segment::write(directory, R::STREAM, number as u32, &R::batch(&part, who))?;
    }
    Ok(ts)
}

fn open(random: &mut Random, ts: u64, threads: u64) -> PathCall {
    let file = random.below(4000);
    let failed = random.below(100) == 0;
    PathCall {
        thread: random.below(threads) as u32 + 1,
        ts: ts + random.below(1500),
        duration_ns: 800 + random.below(4000),
        ret: if failed { -2 } else { 3 + random.below(20) as i64 },
        inode: if failed { 0 } else { 1000 + file },
        dev: DISKS[0].1,
        flags: 0o2_000_000,
        dirfd: -100,
        syscall: OPENAT,
        file_type: u8::from(!failed),
        fs: if failed { String::new() } else { "ext4".into() },
        path: format!("/srv/www/part-{}/page-{file}.html", file % 40),
        ..PathCall::default()
    }
}

fn call(random: &mut Random, ts: u64, threads: u64) -> IoCall {
    let file = random.below(4000);
    let reads = random.below(4) > 0;
    let bytes = if reads { 4096 } else { 512 };
    IoCall {
        thread: random.below(threads) as u32 + 1,
        ts: ts + random.below(1500),
        duration_ns: 400 + random.skewed(8),
        ret: bytes,
        requested: bytes as u64,
        offset: random.below(100) * 4096,
        inode: 1000 + file,
        dev: DISKS[0].1,
        fd: 3 + random.below(20) as i32,
        syscall: if reads { READ } else { WRITE },
        file_type: 1,
        fs: "ext4".into(),
        file: format!("page-{file}.html"),
        ..IoCall::default()
    }
}

fn request(random: &mut Random, ts: u64, threads: u64) -> BlockIo {
    let issue_ts = ts + random.below(40_000);
    BlockIo {
        thread: random.below(threads) as u32 + 1,
        sector: random.below(1 << 28) * 8,
        queue_ts: ts,
        issue_ts,
        done_ts: issue_ts + 20_000 + random.skewed(12),
        bytes: 4096 << random.below(4),
        flags: u32::from(random.below(3) == 0),
        dev: DISKS[usize::from(random.below(1000) == 0)].1,
        ..BlockIo::default()
    }
}
