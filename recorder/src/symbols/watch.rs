//! Watches every process of the machine map code, start programs, fork and exit.

use std::io;

use super::event::{self, Event, What};
use super::ring::Ring;
use crate::perf_event::online;

/// Pages of all rings together: mapped pages count as the recorder's memory.
const PAGES: usize = 1024;
/// Pages of one ring, at most and at least: about two thousand and 250 records.
const MOST_PAGES: usize = 64;
const FEWEST_PAGES: usize = 8;

/// One ring per CPU that is online.
pub struct Watch {
    rings: Vec<Ring>,
    /// Records later than the last horizon: others, earlier, may still come from another CPU.
    held: Vec<Event>,
    lost: u64,
}

impl Watch {
    /// Starts watching. Fails without the right to see all processes, or without room for the rings.
    pub fn open() -> io::Result<Self> {
        let cpus = online()?;
        let mut pages = MOST_PAGES;
        while pages > FEWEST_PAGES && pages * cpus.len() > PAGES {
            pages /= 2;
        }
        loop {
            let rings: io::Result<Vec<Ring>> =
                cpus.iter().filter_map(|cpu| open_unless_gone(*cpu, pages)).collect();
            match rings {
                // The limit on locked memory may have room for smaller ones.
                Err(error) if error.raw_os_error() == Some(libc::EPERM) && pages > FEWEST_PAGES => {
                    pages /= 2;
                }
                Err(error) => return Err(error),
                Ok(rings) => return Ok(Self { rings, held: Vec::new(), lost: 0 }),
            }
        }
    }

    /// Everything that happened up to `horizon`, which must be a time before this call, in its order.
    pub fn until(&mut self, horizon: u64) -> Vec<Event> {
        for ring in &mut self.rings {
            let sound = ring.drain(|record| match event::parse(record) {
                Some(Event { what: What::Lost(count), .. }) => self.lost += count,
                Some(event) => self.held.push(event),
                None => {}
            });
            self.lost += u64::from(!sound);
        }
        // Stable: records of one CPU stay in their order.
        self.held.sort_by_key(|event| event.ts);
        let due = self.held.partition_point(|event| event.ts <= horizon);
        self.held.drain(..due).collect()
    }

    /// Records lost so far because a ring was full.
    pub fn lost(&self) -> u64 {
        self.lost
    }
}

/// `None` where the CPU went offline in the meantime.
fn open_unless_gone(cpu: i32, pages: usize) -> Option<io::Result<Ring>> {
    match Ring::open(cpu, pages) {
        Err(error) if error.raw_os_error() == Some(libc::ENODEV) => None,
        ring => Some(ring),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::monotonic_ns;

    #[test]
    fn a_program_is_seen_from_fork_to_exit() {
        let Ok(mut watch) = Watch::open() else {
            return crate::symbols::tests::skipped("the right to watch all processes");
        };
        let before = monotonic_ns();
        let mut child = std::process::Command::new("/bin/true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        let events = watch.until(monotonic_ns());
        assert!(events.is_sorted_by_key(|event| event.ts));
        let at = |wanted: &dyn Fn(&What) -> bool| {
            let found = events.iter().find(|event| event.ts >= before && wanted(&event.what));
            found.expect("the event was seen").ts
        };
        let exec = at(&|what| *what == What::Exec { pid });
        let code = at(
            &|what| matches!(what, What::Map(map) if map.pid == pid && map.path.ends_with("/true")),
        );
        let exit = at(&|what| *what == What::Exit { pid });
        assert!(exec <= code && code <= exit);
        assert_eq!(watch.lost(), 0);
    }
}
