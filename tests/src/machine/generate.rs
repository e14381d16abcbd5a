//! Random machines that are legal: one thread per CPU, one CPU per thread, only blocked threads sleep
//! and only a wakeup ends a sleep. They run, block, wake each other, yield, are preempted, fork, exit and
//! reuse thread ids; interrupts wake them; wakings come just before the switch-out; sleeps are cancelled.
//!
//! All times are whole microseconds, so that answers in microseconds are exact.

use super::{Event, Leave, MICROSECOND, Machine, Task, Thread, Waker, What};
use crate::random::Random;

/// How large a machine is made.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub cpus: u16,
    pub threads: usize,
    pub steps: usize,
}

/// A machine; equal seeds give equal machines.
pub fn machine(seed: u64, size: Size) -> Machine {
    let mut scheduler = Scheduler::new(seed, size);
    for _ in 0..size.steps {
        scheduler.step();
    }
    let mut machine = scheduler.machine;
    machine.stop = scheduler.now + MICROSECOND;
    machine
}

struct Scheduler {
    random: Random,
    machine: Machine,
    now: u64,
    running: Vec<Option<Thread>>,
    runnable: Vec<Thread>,
    blocked: Vec<Thread>,
    /// Thread ids of the dead, to be given again.
    free_tids: Vec<u32>,
}

impl Scheduler {
    fn new(seed: u64, size: Size) -> Self {
        let mut scheduler = Self {
            random: Random::new(seed),
            machine: Machine { cpus: size.cpus, ..Machine::default() },
            now: 0,
            running: vec![None; usize::from(size.cpus)],
            runnable: Vec::new(),
            blocked: Vec::new(),
            free_tids: Vec::new(),
        };
        // At the begin some threads run, some wait for a CPU, and most sleep.
        for number in 0..size.threads {
            let thread = scheduler.task(true);
            match number {
                _ if number < usize::from(size.cpus) => scheduler.running[number] = Some(thread),
                _ if scheduler.random.chance(20) => scheduler.runnable.push(thread),
                _ => scheduler.blocked.push(thread),
            }
        }
        scheduler
    }

    fn task(&mut self, early: bool) -> Thread {
        let number = self.machine.threads.len();
        let tid = self.random.take(&mut self.free_tids).unwrap_or(1000 + number as u32);
        let kernel = early && number % 7 == 6;
        let task = Task { name: format!("t{number}"), tid, pid: tid - tid % 3, kernel, early };
        self.machine.threads.push(task);
        number
    }

    fn step(&mut self) {
        let longest = if self.random.chance(5) { 5_000 } else { 200 };
        self.now += self.random.between(1, longest) * MICROSECOND;
        let cpu = self.random.below(self.running.len() as u64) as usize;
        match self.running[cpu] {
            None if self.runnable.is_empty() => self.interrupt(cpu),
            None => self.switch(cpu, Leave::default()),
            Some(thread) => self.busy(cpu, thread),
        }
    }

    /// Something happens on a CPU that runs `thread`.
    fn busy(&mut self, cpu: usize, thread: Thread) {
        match self.random.below(100) {
            0..35 => self.block(cpu),
            35..60 => self.wake(cpu, thread),
            60..70 => self.interrupt(cpu),
            70..78 if !self.runnable.is_empty() => {
                let state = u32::from(self.random.chance(20));
                self.switch(cpu, Leave { state, preempted: true, iowait: false });
            }
            78..82 if !self.runnable.is_empty() => self.switch(cpu, Leave::default()),
            82..86 => self.fork(cpu, thread),
            86..89 if self.machine.threads[thread].tid >= 1000 + self.running.len() as u32 => {
                self.switch(cpu, Leave { state: Leave::DEAD, ..Leave::default() });
            }
            89..93 => self.wake_early(cpu, thread),
            93..96 => self.wake_running(cpu, thread),
            _ => {}
        }
    }

    fn event(&mut self, cpu: usize, what: What) {
        self.machine.events.push(Event { ts: self.now, cpu: cpu as u16, what });
    }

    fn block(&mut self, cpu: usize) {
        let state = self.random.pick(&[1, 1, 2, 2, 0x102, 0x2001, 4]).unwrap_or(1);
        let iowait = state & 2 != 0 && self.random.chance(50);
        self.switch(cpu, Leave { state, preempted: false, iowait });
    }

    /// The thread on `cpu` leaves it, and the next one gets it.
    fn switch(&mut self, cpu: usize, leave: Leave) {
        let next = self.random.take(&mut self.runnable);
        let prev = std::mem::replace(&mut self.running[cpu], next);
        self.event(cpu, What::Switch { prev, leave, next });
        match prev {
            None => {}
            Some(prev) if leave.dead() => self.free_tids.push(self.machine.threads[prev].tid),
            Some(prev) if leave.voluntary() => self.blocked.push(prev),
            Some(prev) => self.runnable.push(prev),
        }
    }

    fn wake(&mut self, cpu: usize, thread: Thread) {
        let Some(wakee) = self.random.take(&mut self.blocked) else { return };
        let own_softirq = self.random.chance(10);
        let waker = if own_softirq { Waker::OwnSoftirq(thread) } else { Waker::Task(thread) };
        self.event(cpu, What::Waking { waker, wakee });
        self.runnable.push(wakee);
    }

    fn interrupt(&mut self, cpu: usize) {
        let Some(wakee) = self.random.take(&mut self.blocked) else { return };
        let kinds =
            [("hardirq", "hrtimer"), ("hardirq", "hrtimer"), ("softirq", "net_rx"), ("nmi", "")];
        let mut kind = self.random.pick(&kinds).unwrap_or(kinds[0]);
        if self.running[cpu].is_none() && self.random.chance(20) {
            kind = ("idle", "");
        }
        let waker = Waker::Nobody(kind.0, kind.1.to_owned());
        self.event(cpu, What::Waking { waker, wakee });
        self.runnable.push(wakee);
    }

    fn fork(&mut self, cpu: usize, parent: Thread) {
        let child = self.task(false);
        self.event(cpu, What::New { parent, child });
        self.runnable.push(child);
    }

    /// Wakes a thread that is about to sleep: its switch-out comes microseconds later.
    fn wake_early(&mut self, cpu: usize, thread: Thread) {
        let Some((other, wakee)) = self.elsewhere(cpu) else { return };
        self.event(cpu, What::Waking { waker: Waker::Task(thread), wakee });
        self.now += self.random.between(1, 60) * MICROSECOND;
        let next = self.random.take(&mut self.runnable);
        let leave = Leave { state: 1, ..Leave::default() };
        self.event(other, What::Switch { prev: Some(wakee), leave, next });
        self.running[other] = next;
        self.runnable.push(wakee);
    }

    /// Cancels a sleep: the woken thread runs on, or wakes itself.
    fn wake_running(&mut self, cpu: usize, thread: Thread) {
        let wakee = match self.elsewhere(cpu) {
            Some((_, wakee)) if self.random.chance(60) => wakee,
            _ => thread,
        };
        self.event(cpu, What::Waking { waker: Waker::Task(thread), wakee });
    }

    /// Another CPU, and the thread that runs there.
    fn elsewhere(&mut self, cpu: usize) -> Option<(usize, Thread)> {
        let others = self.running.iter().enumerate().filter(|(other, _)| *other != cpu);
        let busy: Vec<_> = others.filter_map(|(other, thread)| Some((other, (*thread)?))).collect();
        self.random.pick(&busy)
    }
}
