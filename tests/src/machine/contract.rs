//! The recorder's side of a machine: its state per thread, and the rows it submits.
//!
//! A row is submitted when its story ends: at the switch-in, at the death, or at the stop. Wakings
//! are remembered until the next switch-in, the last one wins.

use afterwake_schema::kind::Context;
use afterwake_schema::streams::{Exit, Fork, Lost, ThreadRow, Wait};

use super::stacks::Stacks;
use super::{Event, Leave, MILLISECOND, Machine, START, Thread, Waker, What};

const UNKNOWN_NS: u64 = u64::MAX;
const NO_SEQ: u32 = u32::MAX;
const NO_CPU: u16 = u16::MAX;
const NO_SYSCALL: i16 = -1;
/// `read` on x86-64: what every thread of the machine was in when it blocked.
const READ: i16 = 0;

/// The rows that the recorder would have written, in the order it submitted them.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    pub waits: Vec<Wait>,
    pub threads: Vec<ThreadRow>,
    pub forks: Vec<Fork>,
    pub exits: Vec<Exit>,
    pub lost: Vec<Lost>,
    pub stacks: Stacks,
}

/// Plays the machine's events to the recorder.
pub fn rows(machine: &Machine) -> Rows {
    let mut recorder = Recorder::new(machine);
    machine.events.iter().for_each(|event| recorder.event(event));
    recorder.stop();
    recorder.rows
}

#[derive(Clone, Debug, Default)]
enum Phase {
    #[default]
    Unseen,
    /// Since when, if that was seen.
    Running(Option<u64>),
    /// Off the CPU; the row to be, as far as it is known.
    Off(Box<Wait>),
    Dead,
}

#[derive(Clone, Debug)]
struct Waking {
    ts: u64,
    waker: u32,
    waker_seq: u32,
    cpu: u16,
    context: u8,
    stacks: (u64, u64),
}

#[derive(Clone, Debug, Default)]
struct State {
    /// Number in the recording, from 1; 0 before the first sight.
    number: u32,
    /// Number of the next row, from 1.
    seq: u32,
    phase: Phase,
    waking: Option<Waking>,
    /// `seq` of the last completed wait that a wakeup ended, or of the birth.
    last_voluntary: Option<u32>,
}

struct Recorder<'a> {
    machine: &'a Machine,
    states: Vec<State>,
    rows: Rows,
}

fn blank() -> Wait {
    Wait {
        ran_ns: UNKNOWN_NS,
        waker_seq: NO_SEQ,
        off_cpu: NO_CPU,
        on_cpu: NO_CPU,
        waker_cpu: NO_CPU,
        syscall: NO_SYSCALL,
        ..Wait::default()
    }
}

fn context(word: &str) -> u8 {
    let known = Context::WORDS.iter().find(|(name, _)| *name == word);
    known.unwrap_or_else(|| panic!("no context is called {word}")).1
}

impl<'a> Recorder<'a> {
    fn new(machine: &'a Machine) -> Self {
        let states = vec![State { seq: 1, ..State::default() }; machine.threads.len()];
        Self { machine, states, rows: Rows::default() }
    }

    fn event(&mut self, event: &Event) {
        let (ts, cpu) = (START + event.ts, event.cpu);
        match &event.what {
            What::Switch { prev, leave, next } => {
                prev.iter().for_each(|thread| self.leave(*thread, ts, cpu, *leave));
                next.iter().for_each(|thread| self.arrive(*thread, ts, cpu));
            }
            What::Waking { waker, wakee } => self.waking(waker, *wakee, ts, cpu),
            What::New { parent, child } => self.birth(*parent, *child, ts, cpu),
        }
    }

    /// First sight: the thread gets its number, and its identity is sent.
    fn sight(&mut self, thread: Thread, ts: u64) -> u32 {
        if self.states[thread].number == 0 {
            let number = self.rows.threads.len() as u32 + 1;
            self.states[thread].number = number;
            let task = &self.machine.threads[thread];
            self.rows.threads.push(ThreadRow {
                thread: number,
                ts,
                start_ts: if task.early { MILLISECOND * u64::from(number) } else { ts },
                tid: task.tid,
                pid: task.pid,
                ppid: if task.kernel { 2 } else { 1 },
                uid: if task.kernel { 0 } else { 1000 },
                cgroup: 1,
                comm: task.name.clone(),
                kernel: task.kernel,
                ..ThreadRow::default()
            });
        }
        self.states[thread].number
    }

    fn leave(&mut self, thread: Thread, ts: u64, cpu: u16, leave: Leave) {
        self.sight(thread, ts);
        let ran_ns = match std::mem::take(&mut self.states[thread].phase) {
            Phase::Running(Some(since)) => ts - since,
            // The switch-in was missed: what was known of the wait before goes out without an end.
            Phase::Off(row) => {
                self.submit(thread, *row);
                UNKNOWN_NS
            }
            _ => UNKNOWN_NS,
        };
        let (kstack, ustack) = self.rows.stacks.leaving(&self.machine.threads[thread], leave);
        let row = Wait {
            state: leave.state,
            preempted: leave.preempted,
            iowait: leave.iowait,
            off_ts: ts,
            off_cpu: cpu,
            syscall: if leave.voluntary() { READ } else { NO_SYSCALL },
            ran_ns,
            kstack,
            ustack,
            ..blank()
        };
        if leave.dead() {
            self.submit(thread, row);
            self.states[thread].phase = Phase::Dead;
            self.exit(thread, ts);
        } else {
            self.states[thread].phase = Phase::Off(Box::new(row));
        }
    }

    fn arrive(&mut self, thread: Thread, ts: u64, cpu: u16) {
        self.sight(thread, ts);
        let state = &mut self.states[thread];
        let row = match std::mem::replace(&mut state.phase, Phase::Running(Some(ts))) {
            Phase::Off(row) => *row,
            // The switch-out was missed: the gap in `seq` says so.
            Phase::Running(_) => {
                state.seq += 1;
                state.waking = None;
                return;
            }
            _ => blank(),
        };
        let seen_waking = row.off_ts == 0 && state.waking.is_some();
        if leave_of(&row).voluntary() || seen_waking {
            state.last_voluntary = Some(state.seq);
        }
        self.submit(thread, Wait { on_ts: ts, on_cpu: cpu, ..row });
    }

    fn waking(&mut self, waker: &Waker, wakee: Thread, ts: u64, cpu: u16) {
        if *waker == Waker::Task(wakee) {
            return;
        }
        let waking = self.issued(waker, ts, cpu);
        self.sight(wakee, ts);
        self.states[wakee].waking = Some(waking);
    }

    fn issued(&mut self, waker: &Waker, ts: u64, cpu: u16) -> Waking {
        let stacks = self.rows.stacks.waking(&self.machine.threads, waker);
        let (thread, context) = match waker {
            Waker::Task(thread) => (Some(*thread), context("task")),
            Waker::OwnSoftirq(thread) => (Some(*thread), context("softirq")),
            Waker::Nobody(word, _) => (None, context(word)),
        };
        let waker = thread.map_or(0, |thread| self.sight(thread, ts));
        let last = thread.and_then(|thread| self.states[thread].last_voluntary);
        Waking { ts, waker, waker_seq: last.unwrap_or(NO_SEQ), cpu, context, stacks }
    }

    fn birth(&mut self, parent: Thread, child: Thread, ts: u64, cpu: u16) {
        let waking = self.issued(&Waker::Task(parent), ts, cpu);
        let number = self.sight(child, ts);
        let task = &self.machine.threads[child];
        self.rows.forks.push(Fork {
            thread: waking.waker,
            ts,
            child: number,
            child_tid: task.tid,
            child_pid: task.pid,
        });
        self.states[child].waking = Some(waking);
        self.states[child].phase = Phase::Off(Box::new(Wait { born: true, ..blank() }));
    }

    fn exit(&mut self, thread: Thread, ts: u64) {
        let number = self.states[thread].number;
        let row = self.rows.threads.iter().find(|row| row.thread == number);
        let start_ts = row.map_or(ts, |row| row.start_ts);
        self.rows.exits.push(Exit { thread: number, ts, start_ts, last: true, ..Exit::default() });
    }

    /// Sends a row with the remembered waking, where the row may have one.
    fn submit(&mut self, thread: Thread, row: Wait) {
        let state = &mut self.states[thread];
        let mut row = Wait { thread: state.number, seq: state.seq, ..row };
        let wakes = row.born || row.off_ts == 0 || leave_of(&row).voluntary();
        if let Some(waking) = state.waking.take().filter(|_| wakes) {
            row.woken_ts = waking.ts;
            row.waker = waking.waker;
            row.waker_seq = waking.waker_seq;
            row.waker_cpu = waking.cpu;
            row.waker_context = waking.context;
            (row.waker_kstack, row.waker_ustack) = waking.stacks;
        }
        state.seq += 1;
        self.rows.waits.push(row);
    }

    /// Sends the stories that are still open, also of threads that slept through all of it.
    fn stop(&mut self) {
        let stop = START + self.machine.stop;
        for thread in 0..self.states.len() {
            if self.states[thread].number == 0 && !self.machine.threads[thread].early {
                continue;
            }
            self.sight(thread, stop);
            let row = match std::mem::take(&mut self.states[thread].phase) {
                Phase::Dead => continue,
                Phase::Unseen => {
                    let sleeps = self.states[thread].waking.is_none();
                    Wait { state: u32::from(sleeps), ..blank() }
                }
                Phase::Off(row) => *row,
                Phase::Running(since) => {
                    let ran_ns = since.map_or(UNKNOWN_NS, |since| stop - since);
                    self.states[thread].waking = None;
                    Wait { off_ts: stop, ran_ns, ..blank() }
                }
            };
            self.submit(thread, Wait { open: true, ..row });
        }
    }
}

fn leave_of(row: &Wait) -> Leave {
    Leave { state: row.state, preempted: row.preempted, iowait: row.iowait }
}
