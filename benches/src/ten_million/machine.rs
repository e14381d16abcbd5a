//! The simulated machine: CPUs, one run queue, a clock that jumps from event to event.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use afterwake_schema::streams::Wait;

use super::programs::{Program, Step};

const SLEEPING: u32 = 1;
const TASK: u8 = 1;
const HARDIRQ: u8 = 3;
const NONE_SEQ: u32 = u32::MAX;
const NONE_CPU: u16 = u16::MAX;
/// A thread loses its CPU after so long, if others wait.
const SLICE_NS: u64 = 3_000_000;

/// Kernel stacks are few: one per kind of wait and of wakeup.
pub const KSTACK_SLEEP: u64 = 1;
pub const KSTACK_TAKE: u64 = 2;
pub const KSTACK_PREEMPT: u64 = 3;
pub const KSTACK_TIMER: u64 = 4;
pub const KSTACK_POST: u64 = 5;
/// User stacks are numbered from here: one per thread and step.
pub const USTACKS: u64 = 100;
pub const STEPS: u64 = 8;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The thread on a CPU ends its step, or its slice.
    Due { cpu: usize, thread: usize, run: u64 },
    /// A thread's sleep ends.
    Timer { thread: usize },
    /// A CPU is ready for the next thread.
    Free { cpu: usize },
}

struct Thread {
    step: usize,
    /// Nanoseconds of the current burn that are left.
    left: u64,
    seq: u32,
    last_voluntary: u32,
    /// When it got its CPU.
    since: u64,
    /// Counts its runs, so that an event of an earlier one is known.
    run: u64,
    /// The wait that it is in.
    wait: Wait,
}

/// Runs programs and hands out finished rows.
pub struct Machine {
    pub now: u64,
    programs: Vec<Program>,
    threads: Vec<Thread>,
    counters: Vec<(u64, VecDeque<usize>)>,
    cpus: Vec<Option<usize>>,
    queue: VecDeque<usize>,
    events: BinaryHeap<Reverse<(u64, u64, Event)>>,
    order: u64,
    random: u64,
}

impl Machine {
    pub fn new(programs: Vec<Program>, cpus: usize, start: u64) -> Self {
        let threads = programs.iter().map(|_| Thread {
            step: 0,
            left: 0,
            seq: 0,
            last_voluntary: NONE_SEQ,
            since: start,
            run: 0,
            wait: blank(),
        });
        let counters = programs.iter().flat_map(|program| &program.steps).map(|step| match step {
            Step::Post(counter) | Step::Take(counter) => counter + 1,
            Step::Burn(_) | Step::Sleep(_) => 0,
        });
        let counters = counters.max().unwrap_or(0);
        let mut machine = Self {
            now: start,
            threads: threads.collect(),
            counters: vec![(0, VecDeque::new()); counters],
            cpus: vec![None; cpus],
            queue: (0..programs.len()).collect(),
            events: BinaryHeap::new(),
            order: 0,
            random: 1,
            programs,
        };
        for cpu in 0..cpus {
            machine.after(100, Event::Free { cpu });
        }
        machine
    }

    /// Runs until the next row is complete.
    pub fn next_row(&mut self) -> Wait {
        loop {
            let Some(Reverse((at, _, event))) = self.events.pop() else {
                unreachable!("the programs never end");
            };
            self.now = at;
            match event {
                Event::Timer { thread } => self.wake(thread, None),
                Event::Due { cpu, thread, run } => {
                    if self.cpus[cpu] == Some(thread) && self.threads[thread].run == run {
                        self.go_on(cpu, thread);
                    }
                }
                Event::Free { cpu } => {
                    if let Some(row) = self.dispatch(cpu) {
                        return row;
                    }
                }
            }
        }
    }

    fn after(&mut self, ns: u64, event: Event) {
        self.order += 1;
        self.events.push(Reverse((self.now + ns, self.order, event)));
    }

    /// A small delay, xorshift.
    fn jitter(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        800 + self.random % 3_000
    }

    /// Puts the next thread on a free CPU.
    fn dispatch(&mut self, cpu: usize) -> Option<Wait> {
        if self.cpus[cpu].is_some() {
            return None;
        }
        let thread = self.queue.pop_front()?;
        self.cpus[cpu] = Some(thread);
        let now = self.now;
        let own = &mut self.threads[thread];
        own.since = now;
        own.run += 1;
        let mut row = std::mem::replace(&mut own.wait, blank());
        row.thread = thread as u32 + 1;
        row.seq = own.seq;
        row.on_ts = now;
        row.on_cpu = cpu as u16;
        if row.state != 0 && row.off_ts != 0 {
            own.last_voluntary = own.seq;
        }
        own.seq += 1;
        self.schedule(cpu, thread);
        Some(row)
    }

    /// When to look at the running thread next.
    fn schedule(&mut self, cpu: usize, thread: usize) {
        let own = &mut self.threads[thread];
        if own.left == 0
            && let Step::Burn(ns) = self.programs[thread].steps[own.step]
        {
            own.left = ns;
        }
        let own = &mut self.threads[thread];
        let burn = own.left.min(SLICE_NS);
        own.left -= burn;
        let run = own.run;
        let overhead = self.jitter() / 4;
        self.after(burn + overhead, Event::Due { cpu, thread, run });
    }

    /// The running thread has done what it was scheduled for.
    fn go_on(&mut self, cpu: usize, thread: usize) {
        let own = &self.threads[thread];
        if own.left > 0 {
            if self.queue.is_empty() {
                return self.schedule(cpu, thread);
            }
            self.leave(cpu, thread, 0, KSTACK_PREEMPT);
            self.threads[thread].wait.preempted = true;
            return self.queue.push_back(thread);
        }
        let step = self.programs[thread].steps[own.step];
        match step {
            Step::Burn(_) => {}
            Step::Sleep(ns) => {
                self.advance(thread);
                self.leave(cpu, thread, SLEEPING, KSTACK_SLEEP);
                let ns = ns + self.jitter();
                return self.after(ns, Event::Timer { thread });
            }
            Step::Post(counter) => match self.counters[counter].1.pop_front() {
                Some(waiter) => self.wake(waiter, Some((thread, cpu))),
                None => self.counters[counter].0 += 1,
            },
            Step::Take(counter) => {
                if self.counters[counter].0 > 0 {
                    self.counters[counter].0 -= 1;
                } else {
                    self.counters[counter].1.push_back(thread);
                    self.advance(thread);
                    return self.leave(cpu, thread, SLEEPING, KSTACK_TAKE);
                }
            }
        }
        self.advance(thread);
        self.schedule(cpu, thread);
    }

    fn advance(&mut self, thread: usize) {
        let steps = self.programs[thread].steps.len();
        let own = &mut self.threads[thread];
        own.step = (own.step + 1) % steps;
    }

    fn leave(&mut self, cpu: usize, thread: usize, state: u32, kstack: u64) {
        let now = self.now;
        let ustack = self.ustack(thread);
        let own = &mut self.threads[thread];
        own.wait = Wait {
            state,
            ran_ns: now - own.since,
            off_ts: now,
            off_cpu: cpu as u16,
            kstack,
            ustack,
            ..blank()
        };
        self.cpus[cpu] = None;
        let delay = self.jitter() / 8;
        self.after(delay, Event::Free { cpu });
    }

    fn ustack(&self, thread: usize) -> u64 {
        USTACKS + thread as u64 * STEPS + self.threads[thread].step as u64
    }

    fn wake(&mut self, thread: usize, by: Option<(usize, usize)>) {
        let waker_ustack = by.map_or(0, |(waker, _)| self.ustack(waker));
        let waker_seq = by.map_or(NONE_SEQ, |(waker, _)| self.threads[waker].last_voluntary);
        let wait = &mut self.threads[thread].wait;
        wait.woken_ts = self.now;
        wait.waker = by.map_or(0, |(waker, _)| waker as u32 + 1);
        wait.waker_seq = waker_seq;
        wait.waker_kstack = if by.is_some() { KSTACK_POST } else { KSTACK_TIMER };
        wait.waker_ustack = waker_ustack;
        wait.waker_cpu = by.map_or(0, |(_, cpu)| cpu as u16);
        wait.waker_context = if by.is_some() { TASK } else { HARDIRQ };
        self.queue.push_back(thread);
        if let Some(cpu) = self.cpus.iter().position(Option::is_none) {
            let delay = self.jitter();
            self.after(delay, Event::Free { cpu });
        }
    }
}

fn blank() -> Wait {
    Wait {
        ran_ns: u64::MAX,
        waker_seq: NONE_SEQ,
        off_cpu: NONE_CPU,
        on_cpu: NONE_CPU,
        waker_cpu: NONE_CPU,
        syscall: -1,
        ..Wait::default()
    }
}
