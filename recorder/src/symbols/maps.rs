//! The executable mappings of a live process, in `/proc/PID/maps`.

use std::io;

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    pub start: u64,
    pub end: u64,
    pub offset: u64,
    pub executable: bool,
    pub inode: u64,
    /// As printed, with ` (deleted)` cut off; empty for anonymous memory.
    pub path: &'a str,
}

impl<'a> Line<'a> {
    /// Reads `55d0c000-55d0d000 r-xp 00002000 08:01 4242      /usr/bin/true`.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut rest = text;
        let mut word = || {
            let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
            rest = after;
            word
        };
        let (start, end) = word().split_once('-')?;
        let permissions = word();
        let (offset, _device, inode) = (word(), word(), word());
        let hex = |text| u64::from_str_radix(text, 16).ok();
        Some(Self {
            start: hex(start)?,
            end: hex(end)?,
            offset: hex(offset)?,
            executable: permissions.as_bytes().get(2)? == &b'x',
            inode: inode.parse().ok()?,
            path: without_deleted(rest.trim_start_matches(' ')),
        })
    }
}

/// The path without the mark of a file that is no longer in its folder.
pub fn without_deleted(path: &str) -> &str {
    path.strip_suffix(" (deleted)").unwrap_or(path)
}

/// Calls `each` with every executable mapping of a process.
pub fn executable(pid: u32, mut each: impl FnMut(Line<'_>)) -> io::Result<()> {
    let bytes = std::fs::read(format!("/proc/{pid}/maps"))?;
    let text = String::from_utf8_lossy(&bytes);
    for line in text.lines().filter_map(Line::parse).filter(|line| line.executable) {
        each(line);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let line = "7f01a000-7f01b000 r-xp 0002a000 fd:01 131     /usr/lib/odd name.so (deleted)";
        let parsed = Line::parse(line).unwrap();
        assert_eq!(
            parsed,
            Line {
                start: 0x7f01_a000,
                end: 0x7f01_b000,
                offset: 0x2a000,
                executable: true,
                inode: 131,
                path: "/usr/lib/odd name.so",
            }
        );
        let anonymous = Line::parse("7f01a000-7f01b000 rw-p 00000000 00:00 0 ").unwrap();
        assert!(!anonymous.executable && anonymous.path.is_empty());
    }

    #[test]
    fn damaged_lines_are_nothing() {
        let line = "7f01a000-7f01b000 r-xp 0002a000 fd:01 131 /usr/lib/x.so";
        for cut in 0..line.find("131").unwrap() {
            assert_eq!(Line::parse(&line[..cut]), None, "{:?}", &line[..cut]);
        }
        assert_eq!(Line::parse("zz-1 r-xp 0 0:0 0"), None);
    }

    #[test]
    fn this_process_has_code() {
        let address = this_process_has_code as *const () as u64;
        let mut count = 0;
        executable(std::process::id(), |line| {
            count += usize::from((line.start..line.end).contains(&address));
        })
        .unwrap();
        assert_eq!(count, 1);
    }
}
