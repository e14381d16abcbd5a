//! A thread that stamps what it does.

use std::thread;
use std::time::Duration;

use crate::clock;
use crate::counters::Counters;
use crate::json::Object;

/// Stamps of the calling thread, from [`Actor::enter`] to [`Actor::leave`].
pub struct Actor {
    name: String,
    begin: Counters,
    burns: u64,
    burn_ns: u64,
    sleeps: u64,
    sleep_ns: u64,
    notes: Object,
}

impl Actor {
    /// Names the calling thread and begins to stamp.
    pub fn enter(name: &str) -> Self {
        rename(name);
        let begin = Counters::read();
        Self {
            name: name.to_owned(),
            begin,
            burns: 0,
            burn_ns: 0,
            sleeps: 0,
            sleep_ns: 0,
            notes: Object::new(),
        }
    }

    /// Computes until the thread has had `time` more of CPU, however long that takes.
    pub fn burn(&mut self, time: Duration) {
        let begin = clock::thread_cpu();
        let end = begin + time.as_nanos() as u64;
        while clock::thread_cpu() < end {
            for turn in 0..500_u32 {
                std::hint::black_box(turn);
            }
        }
        self.burns += 1;
        self.burn_ns += clock::thread_cpu() - begin;
    }

    /// Computes until the clock shows `end`.
    pub fn spin_until(&mut self, end: u64) {
        let begin = clock::thread_cpu();
        while clock::monotonic() < end {
            std::hint::spin_loop();
        }
        self.burns += 1;
        self.burn_ns += clock::thread_cpu() - begin;
    }

    pub fn sleep(&mut self, time: Duration) {
        let begin = clock::monotonic();
        thread::sleep(time);
        self.sleeps += 1;
        self.sleep_ns += clock::monotonic() - begin;
    }

    /// Adds a figure of the load's own.
    pub fn note(&mut self, name: &str, value: u64) {
        self.notes = std::mem::take(&mut self.notes).number(name, value);
    }

    /// Ends the stamping and tells it.
    pub fn leave(self) -> Object {
        let end = Counters::read();
        let counted = end.since(self.begin);
        Object::new()
            .text("name", &self.name)
            .number("pid", u64::from(std::process::id()))
            .number("tid", tid())
            .number("begin_ns", self.begin.at_ns)
            .number("end_ns", end.at_ns)
            .number("cpu_ns", counted.cpu_ns)
            .number("voluntary", counted.voluntary)
            .number("involuntary", counted.involuntary)
            .number("run_ns", counted.run_ns)
            .number("queue_ns", counted.queue_ns)
            .number("switch_ins", counted.switch_ins)
            .number("stolen_ns", counted.stolen_ns)
            .number("burns", self.burns)
            .number("burn_ns", self.burn_ns)
            .number("sleeps", self.sleeps)
            .number("sleep_ns", self.sleep_ns)
            .join(self.notes)
    }
}

/// Gives the calling thread a name, of which the kernel keeps 15 bytes.
pub fn rename(name: &str) {
    let mut bytes = [0_u8; 16];
    let length = name.len().min(15);
    bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
    // SAFETY: the kernel reads 16 bytes, which are there.
    unsafe { libc::prctl(libc::PR_SET_NAME, bytes.as_ptr()) };
}

pub fn tid() -> u64 {
    // SAFETY: it has no arguments and cannot fail.
    unsafe { libc::gettid() as u64 }
}
