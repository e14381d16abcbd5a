//! What the recorder itself reads of the host, as rows of `counter`, `kernel_log`, `disk` and `syscall`.

use afterwake_schema::recording::StreamState;
use afterwake_schema::streams::SyscallName;
use anyhow::Result;

use crate::calls;
use crate::counters::Counters;
use crate::disks::Disks;
use crate::kernel_log::KernelLog;
use crate::segment::Tables;

pub struct Readings {
    counters: Option<Counters>,
    log: Option<KernelLog>,
    disks: Disks,
    pub states: Vec<StreamState>,
}

impl Readings {
    /// Opens what `streams` need; one that cannot be read is off, with the reason in `states`.
    pub fn open(streams: &[&str]) -> Self {
        let mut states = Vec::new();
        let counters = open("counter", Counters::open, streams, &mut states);
        let log = open("kernel_log", KernelLog::open, streams, &mut states);
        Self { counters, log, disks: Disks::default(), states }
    }

    /// The first ones, when the interval has begun.
    pub fn start(&mut self, tables: &mut Tables) {
        for (number, name, source) in calls::names() {
            let source = source.unwrap_or_default().to_owned();
            tables.syscall.push(SyscallName { number, name: name.to_owned(), source });
        }
        self.disks.in_use().into_iter().for_each(|disk| tables.disk.push(disk));
        self.keep(tables);
    }

    /// Call often.
    pub fn keep(&mut self, tables: &mut Tables) {
        if let Some(counters) = &mut self.counters {
            counters.keep(&mut |row| tables.counter.push(row));
        }
        self.read_log(tables);
    }

    /// The last ones, when the interval is about to end.
    pub fn close(&mut self, tables: &mut Tables) {
        if let Some(counters) = &mut self.counters {
            counters.close(&mut |row| tables.counter.push(row));
        }
        self.read_log(tables);
        self.disks.others().into_iter().for_each(|disk| tables.disk.push(disk));
    }

    fn read_log(&mut self, tables: &mut Tables) {
        if let Some(log) = &mut self.log {
            log.read(&mut |row| tables.kernel_log.push(row));
        }
    }
}

/// Opens the source of a stream that is wanted, and notes whether it could.
fn open<T>(
    stream: &str,
    open: impl Fn() -> Result<T>,
    wanted: &[&str],
    states: &mut Vec<StreamState>,
) -> Option<T> {
    if !wanted.contains(&stream) {
        return None;
    }
    let opened = open();
    let note = opened.as_ref().err().map(|error| format!("{error:#}"));
    states.push(StreamState { name: stream.into(), on: opened.is_ok(), note });
    opened.ok()
}
