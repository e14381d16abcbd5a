//! What the kernel has counted for the calling thread, and when that was read.

use std::fs;

use crate::clock;

/// One reading. All values belong to the same instant: no switch fell between them.
#[derive(Clone, Copy, Debug)]
pub struct Counters {
    pub at_ns: u64,
    pub cpu_ns: u64,
    /// `ru_nvcsw`: switches where it went to sleep.
    pub voluntary: u64,
    /// `ru_nivcsw`: switches where it stayed runnable.
    pub involuntary: u64,
    /// First field of `schedstat`: time on a CPU.
    pub run_ns: u64,
    /// Second field: time in a run queue.
    pub queue_ns: u64,
    /// Third field: times it was given a CPU.
    pub switch_ins: u64,
    /// Time that the host took from all CPUs: the thread's clocks leave it out, its runs cannot.
    pub stolen_ns: u64,
}

impl Counters {
    pub fn read() -> Self {
        loop {
            let before = switches();
            // Reading the CPU clock makes the kernel account for the current run, so that the
            // file, which does not, is up to date too.
            let cpu_ns = clock::thread_cpu();
            let [run_ns, queue_ns, switch_ins] = schedstat();
            let stolen_ns = stolen();
            let at_ns = clock::monotonic();
            if switches() == before {
                let (voluntary, involuntary) = before;
                return Self {
                    at_ns,
                    cpu_ns,
                    voluntary,
                    involuntary,
                    run_ns,
                    queue_ns,
                    switch_ins,
                    stolen_ns,
                };
            }
        }
    }

    /// What was counted from `earlier` to this reading; `at_ns` is the time between.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            at_ns: self.at_ns - earlier.at_ns,
            cpu_ns: self.cpu_ns - earlier.cpu_ns,
            voluntary: self.voluntary - earlier.voluntary,
            involuntary: self.involuntary - earlier.involuntary,
            run_ns: self.run_ns - earlier.run_ns,
            queue_ns: self.queue_ns - earlier.queue_ns,
            switch_ins: self.switch_ins - earlier.switch_ins,
            stolen_ns: self.stolen_ns - earlier.stolen_ns,
        }
    }
}

fn switches() -> (u64, u64) {
    // SAFETY: a zeroed `rusage` is a valid one, and the kernel fills it.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage), 0);
        usage
    };
    (usage.ru_nvcsw as u64, usage.ru_nivcsw as u64)
}

fn schedstat() -> [u64; 3] {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let mut fields = text.split_whitespace().map(|field| field.parse().unwrap_or(0));
    std::array::from_fn(|_| fields.next().unwrap_or(0))
}

/// `steal` of all CPUs, which the kernel tells in ticks.
fn stolen() -> u64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks = text.lines().next().and_then(|all| all.split_whitespace().nth(8));
    // SAFETY: it has no preconditions.
    let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) }.max(1) as u64;
    ticks.and_then(|ticks| ticks.parse::<u64>().ok()).unwrap_or(0) * 1_000_000_000 / per_second
}
