//! Writes what the simulated machine did as a recording.

use std::io;
use std::path::Path;
use std::sync::Arc;

use afterwake_schema::recording::{Clock, FORMAT, Host, Manifest, StreamState};
use afterwake_schema::streams::{Frame, Stack, ThreadRow, Wait};
use afterwake_schema::{Identify, Identity, Row, encoding, segment, streams};

use super::calls;
use super::machine::{self, Machine};
use super::programs::{Program, sixty_four};

const START_NS: u64 = 1_000_000_000;
const CPUS: usize = 8;

/// Who the simulated threads are.
struct Threads(Vec<Identity>);

impl Identify for Threads {
    fn identify(&self, thread: u32, _ts: u64) -> Identity {
        self.0.get(thread as usize - 1).cloned().unwrap_or_default()
    }
}

/// Writes a recording of `rows` waits, and as many calls and requests, into `directory`.
///
/// # Errors
/// Whatever the file system says.
pub fn write(directory: &Path, rows: usize) -> io::Result<()> {
    let programs = sixty_four();
    let who = Threads(
        programs.iter().enumerate().map(|(number, program)| identity(number, program)).collect(),
    );
    let mut machine = Machine::new(programs.clone(), CPUS, START_NS);
    let mut written = 0;
    for number in 0.. {
        let count = encoding::ROW_GROUP_ROWS.min(rows - written);
        if count == 0 {
            break;
        }
        let mut waits: Vec<Wait> = (0..count).map(|_| machine.next_row()).collect();
        waits.sort_by_key(Row::order);
        table(directory, number, &waits, &who)?;
        written += count;
    }
    names(directory, &programs, &who)?;
    let last = calls::write(directory, rows, START_NS, programs.len() as u64, &who)?;
    manifest(machine.now.max(last) + 1).write(directory, true)
}

fn table<R: Row>(directory: &Path, number: u32, rows: &[R], who: &Threads) -> io::Result<()> {
    segment::write(directory, R::STREAM, number, &R::batch(rows, who)).map(drop)
}

fn identity(number: usize, program: &Program) -> Identity {
    Identity { tid: 1000 + number as u32, pid: program.pid, comm: Arc::from(program.name.as_str()) }
}

/// Threads, stacks and the names of their frames.
fn names(directory: &Path, programs: &[Program], who: &Threads) -> io::Result<()> {
    let threads: Vec<ThreadRow> = programs
        .iter()
        .zip(&who.0)
        .enumerate()
        .map(|(number, (program, identity))| ThreadRow {
            thread: number as u32 + 1,
            ts: START_NS,
            start_ts: START_NS / 2,
            tid: identity.tid,
            pid: identity.pid,
            comm: program.name.clone(),
            ..ThreadRow::default()
        })
        .collect();
    table(directory, 0, &threads, who)?;

    let mut frames = Vec::new();
    let mut stacks = Vec::new();
    let mut add = |id: u64, pid: u32, names: &[String]| {
        let begin = frames.len() as u64 + 1;
        let space = if pid == 0 { 1 } else { 2 };
        frames.extend(names.iter().zip(begin..).map(|(name, id)| Frame {
            id,
            address: 0x1000 + id * 16,
            space,
            name: name.clone(),
            ..Frame::default()
        }));
        let ids = (begin..=frames.len() as u64).collect();
        stacks.push(Stack { id, pid, frames: ids, ..Stack::default() });
    };
    for (id, leaf) in [
        (machine::KSTACK_SLEEP, "do_nanosleep"),
        (machine::KSTACK_TAKE, "futex_wait"),
        (machine::KSTACK_PREEMPT, "irqentry_exit"),
        (machine::KSTACK_TIMER, "hrtimer_wakeup"),
        (machine::KSTACK_POST, "futex_wake"),
    ] {
        add(id, 0, &[leaf.into(), "do_syscall_64".into(), "entry_SYSCALL_64".into()]);
    }
    for (number, program) in programs.iter().enumerate() {
        for step in 0..program.steps.len() as u64 {
            let id = machine::USTACKS + number as u64 * machine::STEPS + step;
            let names: Vec<String> = (0..12)
                .map(|depth| format!("{}_{step}_{depth}", program.name.replace('-', "_")))
                .chain(["main".into(), "_start".into()])
                .collect();
            add(id, program.pid, &names);
        }
    }
    table(directory, 0, &frames, who)?;
    table(directory, 0, &stacks, who)
}

fn manifest(stop: u64) -> Manifest {
    Manifest {
        format: FORMAT,
        uuid: "00000000-0000-0000-0000-000000000001".into(),
        tool: "synthetic load".into(),
        host: Host { name: "synthetic".into(), cpus: CPUS as u32, ..Host::default() },
        clock: Clock {
            start_ns: START_NS as i64,
            stop_ns: Some(stop as i64),
            wall_ns: 1_700_000_000_000_000_000,
            utc_offset_s: 0,
        },
        streams: streams::ALL
            .iter()
            .map(|stream| StreamState { name: stream.name.into(), on: true, note: None })
            .collect(),
        ..Manifest::default()
    }
}
