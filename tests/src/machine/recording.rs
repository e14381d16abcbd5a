//! Writes the rows of a machine as a recording.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use afterwake_schema::recording::{Clock, FORMAT, Host, Manifest, Options, StreamState};
use afterwake_schema::streams::{ALL, SUMMED, Sample};
use afterwake_schema::{Identify, Identity, Row, segment};

use super::contract::{self, Rows};
use super::everyday::{self, Everyday};
use super::{Machine, START, Thread, What};

/// The wall clock at the begin of every synthetic recording: 2026-01-02 03:04:05 UTC.
pub const WALL: i64 = 1_767_323_045_000_000_000;

/// How a machine is written.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    pub rows_per_segment: usize,
    /// Sample every busy CPU this often.
    pub sample_every: Option<u64>,
    /// With counters of cycles and instructions beside the samples.
    pub counters: bool,
    /// System calls, disk requests and the like: so many of each common kind.
    pub everyday: u64,
    pub host: &'static str,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            rows_per_segment: 1000,
            sample_every: None,
            counters: false,
            everyday: 0,
            host: "synthetic",
        }
    }
}

/// Records a machine into `directory`.
pub fn record(machine: &Machine, directory: &Path) {
    write(machine, contract::rows(machine), directory, Form::default());
}

/// Writes rows that were recorded, perhaps after some were lost.
///
/// # Panics
/// Where the directory cannot be written.
pub fn write(machine: &Machine, mut rows: Rows, directory: &Path, form: Form) {
    fs::create_dir_all(directory).expect("the test directory is writable");
    let samples = form
        .sample_every
        .map_or_else(Vec::new, |every| samples(machine, &mut rows, every, form.counters));
    let everyday = everyday::rows(machine, &rows, form.everyday);
    let mut writer =
        Writer { directory, names: Names::of(&rows), manifest: manifest(machine, form) };
    let (stacks, frames, modules) = rows.stacks.tables();
    writer.table(&rows.waits, form.rows_per_segment);
    writer.table(&samples, form.rows_per_segment);
    writer.table(&rows.threads, usize::MAX);
    writer.table(&rows.forks, usize::MAX);
    writer.table(&rows.exits, usize::MAX);
    writer.table(&rows.lost, usize::MAX);
    writer.everyday(&everyday);
    writer.table(&stacks, usize::MAX);
    writer.table(&frames, usize::MAX);
    writer.table(&modules, usize::MAX);
    writer.manifest.write(directory, true).expect("the manifest is writable");
}

/// Tells the names that the rows of `thread` give; no thread of the machine changes its name.
pub struct Names(Vec<Identity>);

impl Names {
    pub fn of(rows: &Rows) -> Self {
        let identity = |row: &afterwake_schema::streams::ThreadRow| Identity {
            tid: row.tid,
            pid: row.pid,
            comm: Arc::from(row.comm.as_str()),
        };
        Self(rows.threads.iter().map(identity).collect())
    }
}

impl Identify for Names {
    fn identify(&self, thread: u32, _ts: u64) -> Identity {
        let index = (thread as usize).wrapping_sub(1);
        self.0.get(index).cloned().unwrap_or_default()
    }
}

struct Writer<'a> {
    directory: &'a Path,
    names: Names,
    manifest: Manifest,
}

impl Writer<'_> {
    /// Rows arrive in the order of time; those of one segment are sorted as the stream declares.
    fn table<R: Row>(&mut self, rows: &[R], rows_per_segment: usize) {
        for (number, part) in rows.chunks(rows_per_segment.min(rows.len()).max(1)).enumerate() {
            let mut part = part.to_vec();
            part.sort_by_key(Row::order);
            let batch = R::batch(&part, &self.names);
            segment::write(self.directory, R::STREAM, number as u32, &batch)
                .expect("the test directory is writable");
        }
        self.manifest.rows.insert(R::STREAM.name.to_owned(), rows.len() as u64);
    }
}

impl Writer<'_> {
    fn everyday(&mut self, rows: &Everyday) {
        self.table(&rows.execs, usize::MAX);
        self.table(&rows.paths, usize::MAX);
        self.table(&rows.ios, usize::MAX);
        self.table(&rows.socks, usize::MAX);
        self.table(&rows.miscs, usize::MAX);
        self.table(&rows.requests, usize::MAX);
        self.table(&rows.signals, usize::MAX);
        self.table(&rows.writebacks, usize::MAX);
        self.table(&rows.softirqs, usize::MAX);
        self.table(&rows.hardirqs, usize::MAX);
        self.table(&rows.rest, usize::MAX);
        self.table(&rows.counters, usize::MAX);
        self.table(&rows.log, usize::MAX);
        self.table(&rows.disks, usize::MAX);
        self.table(&rows.syscalls, usize::MAX);
    }
}

/// The manifest of a machine: every stream on.
pub fn manifest(machine: &Machine, form: Form) -> Manifest {
    let on = |name: &str| StreamState { name: name.to_owned(), on: true, note: None };
    Manifest {
        format: FORMAT,
        uuid: format!("00000000-0000-4000-8000-{:012}", form.host.len()),
        tool: "afterwake-record 0.1.0".into(),
        command: vec!["afterwake-record".into()],
        host: Host {
            name: form.host.into(),
            kernel: "6.18.0".into(),
            machine: "x86_64".into(),
            cpus: u32::from(machine.cpus),
            memory_bytes: 8 << 30,
            os: "Synthetic".into(),
        },
        clock: Clock {
            start_ns: START as i64,
            stop_ns: Some((START + machine.stop) as i64),
            wall_ns: WALL,
            utc_offset_s: 0,
        },
        options: Options {
            profile: "default".into(),
            frequency: 99,
            recorder_pid: 99,
            ..Options::default()
        },
        streams: ALL
            .iter()
            .map(|stream| stream.name)
            .chain(SUMMED.iter().map(|(name, _)| *name))
            .map(on)
            .collect(),
        status: None,
        rows: std::collections::BTreeMap::new(),
        ..Manifest::default()
    }
}

/// A sample of every busy CPU at each multiple of `every`; every other one in the kernel.
fn samples(machine: &Machine, rows: &mut Rows, every: u64, counters: bool) -> Vec<Sample> {
    let mut running: Vec<Option<Thread>> = vec![None; usize::from(machine.cpus)];
    let mut samples = Vec::new();
    let mut events = machine.events.iter().peekable();
    for count in 1..=machine.stop.saturating_sub(1) / every {
        while let Some(event) = events.next_if(|event| event.ts <= count * every) {
            if let What::Switch { next, .. } = event.what {
                running[usize::from(event.cpu)] = next;
            }
        }
        for (cpu, thread) in running.iter().enumerate() {
            let Some(thread) = *thread else { continue };
            let task = &machine.threads[thread];
            let number = rows.threads.iter().find(|row| row.comm == task.name);
            let (kstack, ustack) = rows.stacks.running(task, count % 2 == 0);
            samples.push(Sample {
                thread: number.map_or(0, |row| row.thread),
                ts: START + count * every,
                kstack,
                ustack,
                cycles: if counters { every * 3 } else { u64::MAX },
                instructions: if counters { every * (1 + thread as u64 % 4) } else { u64::MAX },
                cpu: cpu as u16,
                queued: (count % 4) as u16,
            });
        }
    }
    samples
}
