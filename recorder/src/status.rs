//! What the person at the terminal sees: one line while it records, a summary at the end.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::host::own_usage;

pub struct Status {
    begin: Instant,
    /// CPU time that the start has taken, which is no cost of recording.
    cpu_before: u64,
    shown: Option<Instant>,
    live: bool,
    quiet: bool,
}

/// What the line tells.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    pub rows: u64,
    pub lost: u64,
    pub bytes: u64,
}

const REFRESH: Duration = Duration::from_millis(500);

impl Status {
    pub fn new(quiet: bool) -> Self {
        let live = !quiet && io::stderr().is_terminal();
        Self { begin: Instant::now(), cpu_before: own_usage().0, shown: None, live, quiet }
    }

    /// Refreshes the line in place, at most twice a second.
    pub fn show(&mut self, progress: Progress) {
        if !self.live || self.shown.is_some_and(|shown| shown.elapsed() < REFRESH) {
            return;
        }
        self.shown = Some(Instant::now());
        let elapsed = self.begin.elapsed().as_secs_f64();
        let (cpu_ns, memory) = own_usage();
        print(format_args!(
            "\r\x1b[K{elapsed:.1}s  {} rows  {} lost  {}  own CPU {:.1}%  memory {}",
            progress.rows,
            progress.lost,
            human(progress.bytes),
            (cpu_ns - self.cpu_before) as f64 / 1e7 / elapsed.max(0.001),
            human(memory),
        ));
    }

    /// A sentence on a line of its own.
    pub fn say(&self, sentence: &str) {
        self.clear();
        if !self.quiet {
            print(format_args!("{sentence}\n"));
        }
    }

    /// Says what is going on to who sees no line that is refreshed.
    pub fn announce(&self, sentence: &str) {
        if !self.live {
            self.say(sentence);
        }
    }

    /// Leaves the terminal clean.
    pub fn clear(&self) {
        if self.live && self.shown.is_some() {
            print(format_args!("\r\x1b[K"));
        }
    }
}

/// Prints to standard error. A terminal that is gone ends no recording.
pub fn print(text: fmt::Arguments) {
    let _ = io::stderr().write_fmt(text);
}

/// Bytes for people: 999 B, 1.2 MB.
pub fn human(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", units[unit]) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_for_people() {
        assert_eq!(super::human(999), "999 B");
        assert_eq!(super::human(1_234_567), "1.2 MB");
    }
}
