//! What was mapped where, in every process, at any time of the last seconds.
//!
//! Stacks arrive later than the events they must be read with, so a process keeps the tables it had
//! before its last fork or exec, and its mappings say since when they hold, for a while.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::event::{Event, Map, What};
use super::maps;
use crate::host::monotonic_ns;

/// How long what is over is kept for stacks that are still on their way.
const KEEP_NS: u64 = 3_000_000_000;
/// Mappings of one process; beyond, the oldest are forgotten. Only programs that compile at run time come near.
const MOST_MAPPINGS: usize = 16_384;
/// How many recent mappings a new one is compared with, to drop what `/proc` has told already.
const COMPARED: usize = 64;

/// A file, or memory with a name, as processes map it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Mapped {
    pub path: String,
    /// 0 where it is no file, or not known.
    pub inode: u64,
}

/// One executable mapping.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub start: u64,
    pub end: u64,
    pub offset: u64,
    pub mapped: Arc<Mapped>,
    since: u64,
}

/// A process between two moments at which all its mappings changed.
#[derive(Debug)]
struct Epoch {
    from: u64,
    mappings: Arc<Vec<Mapping>>,
}

/// One process id, which may have been several processes one after the other.
#[derive(Debug, Default)]
struct Process {
    /// Oldest first.
    epochs: Vec<Epoch>,
    parent: u32,
    exited: Option<u64>,
    /// When `/proc` was last asked; 0 for never.
    read_at: u64,
}

/// All processes seen.
#[derive(Default)]
pub struct Processes {
    by_pid: HashMap<u32, Process>,
    /// Every file and named memory once, however many processes map it.
    mapped: HashSet<Arc<Mapped>>,
}

impl Processes {
    /// Whether any mappings of the process are known.
    pub fn knows(&self, pid: u32) -> bool {
        self.by_pid.get(&pid).is_some_and(|process| !process.epochs.is_empty())
    }

    /// The process that created it; 0 where that was not seen.
    pub fn parent(&self, pid: u32) -> u32 {
        self.by_pid.get(&pid).map_or(0, |process| process.parent)
    }

    /// Takes note of one event; events must come in the order of their times.
    pub fn apply(&mut self, event: Event) {
        let Event { ts, what } = event;
        match what {
            What::Map(map) => {
                if !self.knows(map.pid) {
                    self.read(map.pid, 0);
                }
                self.map(ts, map);
            }
            What::Exec { pid } => {
                let process = self.by_pid.entry(pid).or_default();
                match process.epochs.last_mut() {
                    // What `/proc` told after the exec is of the new program already.
                    Some(last) if process.read_at >= ts => last.from = last.from.max(ts),
                    _ => process.epochs.push(Epoch { from: ts, mappings: Arc::default() }),
                }
            }
            What::Fork { pid, parent } => {
                if !self.knows(parent) {
                    self.read(parent, 0);
                }
                let inherited = self
                    .by_pid
                    .get(&parent)
                    .and_then(|parent| parent.epochs.iter().rev().find(|epoch| epoch.from <= ts));
                let mappings = inherited.map(|epoch| epoch.mappings.clone());
                let process = self.by_pid.entry(pid).or_default();
                process.parent = parent;
                process.exited = None;
                // Of a parent that has gone unread nothing is known: then the child is asked itself.
                process.epochs.extend(mappings.map(|mappings| Epoch { from: ts, mappings }));
            }
            What::Exit { pid } => {
                if let Some(process) = self.by_pid.get_mut(&pid) {
                    process.exited = Some(ts);
                }
            }
            What::Lost(_) => {}
        }
    }

    /// Asks `/proc` for the mappings of a process, as they hold from `from` on. It may have none, or be gone.
    pub fn read(&mut self, pid: u32, from: u64) {
        let mut mappings = Vec::new();
        let _ = maps::executable(pid, |line| {
            let maps::Line { start, end, offset, inode, .. } = line;
            let mapped = self.intern(line.path.to_owned(), inode);
            mappings.push(Mapping { start, end, offset, mapped, since: from });
        });
        if mappings.is_empty() {
            return;
        }
        let process = self.by_pid.entry(pid).or_default();
        // After the reading: an exec meanwhile has its mappings among those read, or tells them itself.
        process.read_at = monotonic_ns();
        process.epochs.push(Epoch { from, mappings: Arc::new(mappings) });
    }

    /// Asks `/proc` again if the last time was over a second ago; for when events were lost.
    pub fn read_again(&mut self, pid: u32, now: u64) {
        let recent = |process: &Process| now.saturating_sub(process.read_at) < 1_000_000_000;
        if !self.by_pid.get(&pid).is_some_and(recent) {
            let before = self.by_pid.get(&pid).and_then(|process| process.epochs.last());
            let from = before.map_or(0, |epoch| epoch.from);
            self.read(pid, from);
        }
    }

    /// The mapping of `pid` that `address` lay in at `ts`.
    pub fn find(&self, pid: u32, ts: u64, address: u64) -> Option<&Mapping> {
        let process = self.by_pid.get(&pid)?;
        let epoch = process.epochs.iter().rev().find(|epoch| epoch.from <= ts)?;
        let holding = epoch.mappings.iter().filter(|map| (map.start..map.end).contains(&address));
        // The latest mapped before; failing that, the first after, since events were lost.
        holding.max_by_key(|map| match map.since <= ts {
            true => (1, map.since),
            false => (0, u64::MAX - map.since),
        })
    }

    /// Forgets what no stack can need any more.
    pub fn forget(&mut self, now: u64) {
        let over = now.saturating_sub(KEEP_NS);
        self.by_pid.retain(|pid, process| {
            let replaced = process.epochs.iter().skip(1).take_while(|next| next.from < over);
            let count = replaced.count();
            process.epochs.drain(..count);
            match process.exited {
                // A first thread may end before the others, and the process goes on.
                Some(ts) if ts < over => {
                    let lives = std::fs::metadata(format!("/proc/{pid}")).is_ok();
                    process.exited = lives.then_some(now);
                    lives
                }
                _ => true,
            }
        });
        self.mapped.retain(|mapped| Arc::strong_count(mapped) > 1);
    }

    fn map(&mut self, ts: u64, map: Map) {
        let Map { pid, start, end, offset, inode, path } = map;
        let mapped = self.intern(path, inode);
        let process = self.by_pid.entry(pid).or_default();
        if process.epochs.is_empty() {
            process.epochs.push(Epoch { from: 0, mappings: Arc::default() });
        }
        let Some(epoch) = process.epochs.iter_mut().rev().find(|epoch| epoch.from <= ts) else {
            return;
        };
        let known = epoch.mappings.iter().rev().take(COMPARED).any(|known| {
            (known.start, known.end, known.offset) == (start, end, offset) && known.mapped == mapped
        });
        if known {
            return;
        }
        let mappings = Arc::make_mut(&mut epoch.mappings);
        if mappings.len() >= MOST_MAPPINGS {
            mappings.drain(..MOST_MAPPINGS / 4);
        }
        mappings.push(Mapping { start, end, offset, mapped, since: ts });
    }

    fn intern(&mut self, path: String, inode: u64) -> Arc<Mapped> {
        let new = Mapped { path, inode };
        if let Some(known) = self.mapped.get(&new) {
            return known.clone();
        }
        let new = Arc::new(new);
        self.mapped.insert(new.clone());
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PID: u32 = u32::MAX - 1;

    fn map(ts: u64, start: u64, path: &str) -> Event {
        let map =
            Map { pid: PID, start, end: start + 0x1000, offset: 0, inode: 1, path: path.into() };
        Event { ts, what: What::Map(map) }
    }

    fn path(processes: &Processes, pid: u32, ts: u64, address: u64) -> Option<&str> {
        processes.find(pid, ts, address).map(|mapping| mapping.mapped.path.as_str())
    }

    #[test]
    fn addresses_are_read_with_the_mappings_of_their_time() {
        let mut processes = Processes::default();
        for event in [
            Event { ts: 10, what: What::Exec { pid: PID } },
            map(11, 0x1000, "/bin/old"),
            map(15, 0x1000, "/lib/over"),
            Event { ts: 20, what: What::Exec { pid: PID } },
            map(21, 0x1000, "/bin/new"),
        ] {
            processes.apply(event);
        }
        let at = |ts| path(&processes, PID, ts, 0x1fff);
        assert_eq!(
            [at(9), at(12), at(17), at(22)],
            [None, Some("/bin/old"), Some("/lib/over"), Some("/bin/new")]
        );
        assert_eq!(path(&processes, PID, 22, 0x2000), None);
    }

    #[test]
    fn a_child_keeps_its_parents_mappings_after_the_parent_changed() {
        let child = PID - 1;
        let mut processes = Processes::default();
        for event in [
            Event { ts: 1, what: What::Exec { pid: PID } },
            map(2, 0x1000, "/bin/shell"),
            Event { ts: 3, what: What::Fork { pid: child, parent: PID } },
            Event { ts: 4, what: What::Exec { pid: PID } },
            map(5, 0x1000, "/bin/other"),
        ] {
            processes.apply(event);
        }
        assert_eq!(path(&processes, child, 6, 0x1000), Some("/bin/shell"));
        assert_eq!(path(&processes, PID, 6, 0x1000), Some("/bin/other"));
        assert_eq!(processes.parent(child), PID);
        let orphan = What::Fork { pid: child - 1, parent: child - 2 };
        processes.apply(Event { ts: 7, what: orphan });
        assert!(!processes.knows(child - 1) && processes.parent(child - 1) == child - 2);
    }

    #[test]
    fn the_past_is_forgotten_after_a_while() {
        let mut processes = Processes::default();
        processes.apply(Event { ts: 10, what: What::Exec { pid: PID } });
        processes.apply(map(11, 0x1000, "/bin/old"));
        processes.apply(Event { ts: 20, what: What::Exec { pid: PID } });
        processes.apply(Event { ts: 30, what: What::Exit { pid: PID } });
        processes.forget(40);
        assert!(processes.find(PID, 12, 0x1000).is_some());
        processes.forget(25 + KEEP_NS);
        assert!(processes.find(PID, 12, 0x1000).is_none() && processes.knows(PID));
        processes.forget(40 + KEEP_NS);
        assert!(!processes.knows(PID) && processes.mapped.is_empty());
    }

    #[test]
    fn a_table_read_after_an_exec_belongs_to_the_new_program() {
        let mut processes = Processes::default();
        let own = std::process::id();
        processes.read(own, 0);
        processes.apply(Event { ts: 50, what: What::Exec { pid: own } });
        let code = a_table_read_after_an_exec_belongs_to_the_new_program as *const () as u64;
        assert!(processes.find(own, 49, code).is_none());
        assert!(processes.find(own, 50, code).is_some());
    }
}
