//! Names of code compiled at run time, which runtimes write to `/tmp/perf-PID.map`.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

use super::search::{Search, Symbol};

/// Bytes read of one file at most; a large server writes some ten megabytes.
const MOST_BYTES: u64 = 128 << 20;
/// Bytes read of one line at most.
const LONGEST_LINE: u64 = 1 << 16;

/// The name of the file for a process id.
pub fn path(pid: u32) -> String {
    format!("/tmp/perf-{pid}.map")
}

/// Opens the file of a process, in its own root or in ours.
///
/// Everybody may write to `/tmp`: only a plain file of the process's user, of root or of our own user is believed.
pub fn open(pid: u32) -> Option<File> {
    let owner = std::fs::metadata(format!("/proc/{pid}")).ok().map(|process| process.uid());
    let inside = pid_inside(pid).map(|inside| format!("/proc/{pid}/root{}", path(inside)));
    inside.into_iter().chain([path(pid)]).find_map(|path| {
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY;
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
        let of = file.metadata().ok()?;
        // SAFETY: asks for a number.
        let own = unsafe { libc::geteuid() };
        let believed = of.uid() == 0 || of.uid() == own || Some(of.uid()) == owner;
        (of.is_file() && believed).then_some(file)
    })
}

/// The process's id in its innermost PID namespace.
fn pid_inside(pid: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
    line.split_ascii_whitespace().next_back()?.parse().ok()
}

/// The names of addresses, which must be sorted.
///
/// Code may be compiled anew over older code: the last line that covers an address counts.
pub fn names(from: impl Read, wanted: &[u64]) -> io::Result<Vec<Option<Symbol<String>>>> {
    let mut search = Search::new(wanted, |_, _| true);
    let mut from = BufReader::with_capacity(1 << 16, from.take(MOST_BYTES));
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut from).take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(search.finish());
        }
        if let Some((start, size, name)) = parse(&line) {
            search.sized(start, size, || Some(String::from_utf8_lossy(name).into_owned()));
        }
    }
}

/// Reads `7f2a40001000 1c0 name with spaces`.
fn parse(line: &[u8]) -> Option<(u64, u64, &[u8])> {
    let mut parts = line.trim_ascii().splitn(3, |byte| *byte == b' ');
    let mut number = || {
        let text = str::from_utf8(parts.next()?).ok()?;
        u64::from_str_radix(text.strip_prefix("0x").unwrap_or(text), 16).ok()
    };
    let (start, size) = (number()?, number()?);
    Some((start, size, parts.next()?.trim_ascii_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_that_covers_an_address_counts() {
        let text = b"1000 100 first\n0x2000 0x10 LazyCompile:~main /app.js:1\nbroken\n1080 10 second\n1000 80 third\n\xff\n3000";
        let found = names(&text[..], &[0x1000, 0x1088, 0x10ff, 0x2008, 0x3000]).unwrap();
        let names: Vec<_> =
            found.iter().map(|found| found.as_ref().map(|symbol| symbol.name.as_str())).collect();
        assert_eq!(
            names,
            [
                Some("third"),
                Some("second"),
                Some("first"),
                Some("LazyCompile:~main /app.js:1"),
                None
            ]
        );
    }

    #[test]
    fn a_line_without_end_costs_no_memory() {
        let endless = io::repeat(b'7').take(64 << 20);
        assert_eq!(names(endless, &[1]).unwrap(), [None]);
    }

    #[test]
    fn the_file_of_a_process_is_found() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = child.id();
        let none = open(pid);
        std::fs::write(path(pid), "1000 10 compiled\n").unwrap();
        let opened = open(pid);
        std::fs::remove_file(path(pid)).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(none.is_none());
        let found = names(opened.expect("it exists"), &[0x1008]).unwrap();
        assert_eq!(found[0], Some(Symbol { start: 0x1000, name: "compiled".into() }));
    }
}
