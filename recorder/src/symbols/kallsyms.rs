//! The kernel's symbols, one line each, in `/proc/kallsyms`.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    pub address: u64,
    /// The letter of `nm`: `t` and `T` are functions.
    pub kind: u8,
    pub name: &'a str,
    /// The kernel module, or `bpf`; none for the kernel itself.
    pub module: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// Reads `ffffffff81000000 T _stext` or `ffffffffc0201000 t name\t[module]`.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let address = u64::from_str_radix(words.next()?, 16).ok()?;
        let kind = *words.next()?.as_bytes().first()?;
        let name = words.next()?;
        let module = words.next().map(|word| word.trim_matches(['[', ']']));
        Some(Self { address, kind, name, module })
    }

    /// Whether it is code; weak functions carry `w` or `W`.
    pub fn is_code(&self) -> bool {
        matches!(self.kind, b't' | b'T' | b'w' | b'W')
    }
}

/// Calls `each` with every line of this kernel's table that can be read.
pub fn each_of_this_kernel(each: impl FnMut(Line<'_>)) -> io::Result<()> {
    self::each(BufReader::with_capacity(1 << 16, File::open("/proc/kallsyms")?), each)
}

/// Calls `each` with every line that can be read.
pub fn each(mut from: impl BufRead, mut each: impl FnMut(Line<'_>)) -> io::Result<()> {
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if from.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(());
        }
        if let Some(line) = str::from_utf8(&bytes).ok().and_then(Line::parse) {
            each(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_damaged_ones_skipped() {
        let text = b"ffffffff81000000 T _stext\n\
            garbage\n\
            ffffffff81000\n\
            \xff\xfe\n\
            ffffffffc0201000 t helper\t[veth]\n\
            ffffffffc0400000 d table\t[bpf]";
        let mut seen = Vec::new();
        each(&text[..], |line| {
            seen.push((
                line.address,
                line.is_code(),
                line.name.to_owned(),
                line.module.map(str::to_owned),
            ));
        })
        .unwrap();
        assert_eq!(
            seen,
            [
                (0xffff_ffff_8100_0000, true, "_stext".into(), None),
                (0xffff_ffff_c020_1000, true, "helper".into(), Some("veth".into())),
                (0xffff_ffff_c040_0000, false, "table".into(), Some("bpf".into())),
            ]
        );
    }
}
