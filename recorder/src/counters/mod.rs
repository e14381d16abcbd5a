//! The counters and gauges of /proc, once a second: one narrow table for all files.
//!
//! The files stay open and are read from their begin each time.

mod averages;
mod columns;
mod headed;
mod named;
mod stat;

use std::collections::HashSet;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use afterwake_schema::streams::Counter;
use anyhow::{Result, ensure};

use crate::host::monotonic_ns;

const INTERVAL: Duration = Duration::from_secs(1);
/// The last reading need not follow the one before it closer than this: rates would be of nothing.
const SHORTEST: Duration = Duration::from_millis(100);
/// What most files need; the buffer grows where one needs more.
const BUFFER: usize = 16 << 10;

/// Takes a key and its value.
type Put<'a> = dyn FnMut(String, i64) + 'a;
/// Reads one format; what it does not understand, it skips.
type Parse = fn(text: &str, put: &mut Put<'_>);

/// Path in /proc, `source` of its rows, format.
const FILES: &[(&str, &str, Parse)] = &[
    ("stat", "stat", stat::parse),
    ("loadavg", "loadavg", averages::load),
    ("uptime", "uptime", averages::uptime),
    ("meminfo", "meminfo", named::values),
    ("vmstat", "vmstat", named::values),
    ("diskstats", "diskstats", columns::disks),
    ("net/dev", "net/dev", columns::interfaces),
    ("net/snmp", "snmp", headed::parse),
    ("net/netstat", "netstat", headed::parse),
    ("net/sockstat", "sockstat", named::groups),
    ("pressure/cpu", "pressure", |text, put| averages::pressure("cpu", text, put)),
    ("pressure/io", "pressure", |text, put| averages::pressure("io", text, put)),
    ("pressure/memory", "pressure", |text, put| averages::pressure("memory", text, put)),
];

/// Files of many counters, most of which never count: what has always been 0 has no rows, and what no longer
/// is has the 0 before.
const SPARSE: &[&str] = &["vmstat", "diskstats", "netstat"];

pub struct Counters {
    files: Vec<(File, &'static str, Parse)>,
    buffer: Vec<u8>,
    due: Option<Instant>,
    last: Option<Instant>,
    last_ts: u64,
    /// What of the sparse files was not 0 once.
    used: HashSet<(&'static str, String)>,
}

impl Counters {
    /// Opens what this kernel has of the files.
    ///
    /// # Errors
    /// It has none.
    pub fn open() -> Result<Self> {
        let open = |(path, source, parse): &(&str, &'static str, Parse)| {
            Some((File::open(format!("/proc/{path}")).ok()?, *source, *parse))
        };
        let files: Vec<_> = FILES.iter().filter_map(open).collect();
        ensure!(!files.is_empty(), "there is no /proc to read");
        let buffer = vec![0; BUFFER];
        Ok(Self { files, buffer, due: None, last: None, last_ts: 0, used: HashSet::new() })
    }

    /// Call often; reads once a second, and at the first call.
    pub fn keep(&mut self, take: &mut dyn FnMut(Counter)) {
        let now = Instant::now();
        let due = self.due.unwrap_or(now);
        if now >= due {
            // Behind by more than a second: what was missed is not read twice.
            self.due = Some((due + INTERVAL).max(now));
            self.read(take);
        }
    }

    /// The last reading, as near to the stop as makes sense.
    pub fn close(&mut self, take: &mut dyn FnMut(Counter)) {
        if self.last.is_none_or(|last| last.elapsed() >= SHORTEST) {
            self.read(take);
        }
    }

    /// Reads all files, as of one instant.
    fn read(&mut self, take: &mut dyn FnMut(Counter)) {
        let ts = monotonic_ns();
        self.last = Some(Instant::now());
        for (file, source, parse) in &self.files {
            let text = text_of(file, &mut self.buffer);
            parse(&text, &mut |key, value| {
                let name = (*source, key);
                if SPARSE.contains(source) && !self.used.contains(&name) {
                    if value == 0 {
                        return;
                    }
                    if self.last_ts > 0 {
                        let (source, key) = (name.0.into(), name.1.clone());
                        take(Counter { ts: self.last_ts, value: 0, source, key });
                    }
                    self.used.insert(name.clone());
                }
                take(Counter { ts, value, source: name.0.into(), key: name.1 });
            });
        }
        self.last_ts = ts;
    }
}

/// The whole file, as far as it can be read: the kernel hands it out in pieces.
fn text_of<'a>(file: &File, buffer: &'a mut Vec<u8>) -> std::borrow::Cow<'a, str> {
    let mut length = 0;
    while let Ok(count @ 1..) = file.read_at(&mut buffer[length..], length as u64) {
        length += count;
        if length == buffer.len() {
            buffer.resize(2 * length, 0);
        }
    }
    String::from_utf8_lossy(&buffer[..length])
}

/// A whole number of any sign; one beyond the signed ones wraps as it does in the kernel.
fn number(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| text.parse::<u64>().ok().map(|value| value as i64))
}

/// `0.25` in hundredths.
fn hundredths(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.')?;
    let part = part.get(..2)?;
    Some(whole.parse::<i64>().ok()?.checked_mul(100)? + part.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a format makes of a text, as `key=value`.
    pub fn parsed(parse: Parse, text: &str) -> String {
        let mut all = Vec::new();
        parse(text, &mut |key, value| all.push(format!("{key}={value}")));
        all.join(" ")
    }

    #[test]
    fn numbers() {
        assert_eq!(number("-1"), Some(-1));
        assert_eq!(number("18446744073709551615"), Some(-1));
        assert_eq!(number("x"), None);
        assert_eq!(hundredths("12.34"), Some(1234));
        assert_eq!(hundredths("0.05"), Some(5));
        assert_eq!(hundredths("1234.5678"), Some(123_456));
        for wrong in ["", ".", "1", "1.2", "x.00", "1.xx", "99999999999999999999.00"] {
            assert_eq!(hundredths(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn damaged_files_are_skipped_in_silence() {
        let texts = ["", "\n\n", ":", "cpu0", "a: b c\n", "1 2 3\n4", "\u{fffd} 1 1 1 1 1 1 1 1 1"];
        for (path, _, parse) in FILES {
            for text in texts {
                parse(text, &mut |key, _| assert!(!key.is_empty(), "{path}: {text}"));
            }
        }
    }

    /// On the running kernel: every file has its row, and all of it costs little.
    #[test]
    fn this_kernel() {
        let mut counters = Counters::open().unwrap();
        let mut rows = Vec::new();
        counters.keep(&mut |row| rows.push(row));
        counters.keep(&mut |_| panic!("it was read a moment ago"));
        counters.close(&mut |_| panic!("it was read a moment ago"));
        for (_, source, _) in &counters.files {
            assert!(rows.iter().any(|row| row.source == *source), "{source}");
        }
        let mut keys: Vec<_> = rows.iter().map(|row| (&row.source, &row.key)).collect();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count, "keys are distinct");
    }
}
