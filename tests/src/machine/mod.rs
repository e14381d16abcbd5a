//! A synthetic machine: threads, CPUs, and what the scheduler did, as a list of events.
//!
//! Events come from a [`script`] (the micro-traces) or from [`generate`] (random, but legal).
//! [`contract`] turns them into the rows that the recorder would have written, [`stacks`] gives every
//! thread readable stacks, [`recording`] writes a recording, and [`loss`] takes rows out again.

pub mod contract;
mod counters;
pub mod everyday;
pub mod generate;
pub mod loss;
pub mod recording;
pub mod script;
pub mod stacks;
pub mod world;

/// `clock.start_ns` of every synthetic recording; the times of a machine count from here.
pub const START: u64 = 1_000_000_000;
pub const MICROSECOND: u64 = 1_000;
pub const MILLISECOND: u64 = 1_000_000;

/// A thread of the machine: an index into [`Machine::threads`].
pub type Thread = usize;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    pub name: String,
    pub tid: u32,
    pub pid: u32,
    /// A kernel thread, which has no user stack.
    pub kernel: bool,
    /// It existed before the recording began.
    pub early: bool,
}

/// Who issued a wakeup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waker {
    Task(Thread),
    /// A softirq that the thread itself let in by enabling bottom halves: the thread is the waker.
    OwnSoftirq(Thread),
    /// An interrupt or the idle loop: nobody. The context's word and what it served.
    Nobody(&'static str, String),
}

/// The state a thread leaves the CPU in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leave {
    /// The kernel's task state.
    pub state: u32,
    pub preempted: bool,
    pub iowait: bool,
}

impl Leave {
    pub const DEAD: u32 = 0x80;

    /// It gave the CPU up, and will need a wakeup.
    pub fn voluntary(self) -> bool {
        !self.preempted && self.state != 0 && !self.dead()
    }

    pub fn dead(self) -> bool {
        self.state & Self::DEAD != 0
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// `None` is idle.
    Switch {
        prev: Option<Thread>,
        leave: Leave,
        next: Option<Thread>,
    },
    Waking {
        waker: Waker,
        wakee: Thread,
    },
    New {
        parent: Thread,
        child: Thread,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Nanoseconds since [`START`].
    pub ts: u64,
    pub cpu: u16,
    pub what: What,
}

#[derive(Clone, Debug, Default)]
pub struct Machine {
    pub cpus: u16,
    pub threads: Vec<Task>,
    /// In the order of time.
    pub events: Vec<Event>,
    /// When the recording stops, in nanoseconds since [`START`].
    pub stop: u64,
}

impl Machine {
    /// The thread of that name.
    ///
    /// # Panics
    /// Where there is none.
    pub fn thread(&self, name: &str) -> Thread {
        self.threads
            .iter()
            .position(|task| task.name == name)
            .unwrap_or_else(|| panic!("no thread is called {name}"))
    }

    pub fn name(&self, thread: Thread) -> &str {
        &self.threads[thread].name
    }
}
