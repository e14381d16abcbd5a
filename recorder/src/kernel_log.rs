//! The kernel's log, line by line, from `/dev/kmsg`.
//!
//! Its instants are those of the scheduler's clock, which starts with the machine and stands still while it
//! sleeps, as `CLOCK_MONOTONIC` does. But nobody slews it, so the two may drift apart by milliseconds.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;

use afterwake_schema::streams::KernelLog as Line;
use anyhow::{Context, Result};

/// Lines from before the recording that are kept.
const EARLIER: usize = 200;
/// More than the longest line: the kernel refuses a buffer that is too small for its next one.
const LONGEST: usize = 8 << 10;

pub struct KernelLog {
    file: File,
    buffer: Box<[u8]>,
    earlier: VecDeque<Line>,
}

impl KernelLog {
    /// Reads what was logged so far.
    ///
    /// # Errors
    /// This kernel shows its log to nobody here.
    pub fn open() -> Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NONBLOCK)
            .open("/dev/kmsg")
            .context("/dev/kmsg cannot be read")?;
        let buffer = vec![0; LONGEST].into();
        let mut log = Self { file, buffer, earlier: VecDeque::new() };
        while let Some(line) = log.next() {
            log.earlier.truncate(EARLIER - 1);
            log.earlier.push_front(line);
        }
        Ok(log)
    }

    /// Takes the lines since the last call; at the first also those from before.
    pub fn read(&mut self, take: &mut dyn FnMut(Line)) {
        self.earlier.drain(..).rev().for_each(&mut *take);
        while let Some(line) = self.next() {
            take(line);
        }
    }

    /// The next line; `None` where there is none yet.
    fn next(&mut self) -> Option<Line> {
        loop {
            match self.file.read(&mut self.buffer) {
                Ok(0) => return None,
                Ok(length) => {
                    if let Some(line) = parse(&String::from_utf8_lossy(&self.buffer[..length])) {
                        return Some(line);
                    }
                }
                // The kernel has overwritten lines that were not read yet, and goes on behind them.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
    }
}

/// `6,339,5140900,-;NET: Registered`, then lines of properties: priority, number, microseconds, flags, text.
fn parse(record: &str) -> Option<Line> {
    let (head, text) = record.lines().next()?.split_once(';')?;
    let mut fields = head.split(',');
    let priority: u32 = fields.next()?.parse().ok()?;
    let us: u64 = fields.nth(1)?.parse().ok()?;
    // Above the level lies the facility.
    Some(Line { ts: us.checked_mul(1000)?, level: priority & 7, text: plain(text) })
}

/// The kernel writes what cannot be printed, and the backslash, as `\x1b`.
fn plain(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find("\\x") {
        bytes.extend_from_slice(&rest.as_bytes()[..place]);
        let byte = rest.get(place + 2..place + 4).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let length = if byte.is_some() { 4 } else { 2 };
        bytes.extend(byte.map_or_else(|| b"\\x".to_vec(), |byte| vec![byte]));
        rest = &rest[place + length..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let line = parse("30,339,5140900,-;NET: a; b\n SUBSYSTEM=net\n DEVICE=+x\n").unwrap();
        assert_eq!(line, Line { ts: 5_140_900_000, level: 6, text: "NET: a; b".into() });
        let later = parse("4,340,7,c,caller=T12;\n").unwrap();
        assert_eq!(later, Line { ts: 7000, level: 4, text: String::new() });
        for wrong in ["", ";", "6;x", "6,1,x,-;x", "a,1,2,-;x", "6,1,18446744073709551615,-;x"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_printed() {
        assert_eq!(plain(r"a\x09b\x5cx09"), "a\tb\\x09");
        assert_eq!(plain(r"\xc3\xbc"), "ü");
        assert_eq!(plain(r"\x"), r"\x");
        assert_eq!(plain(r"\xzz\x4"), r"\xzz\x4");
    }
}
