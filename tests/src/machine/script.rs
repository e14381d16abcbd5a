//! Machines written by hand, one event per line:
//!
//! ```text
//! cpus 2
//! thread B tid 7 pid 5           # optional: ids; otherwise 101, 102 … in the order of mention
//! asleep H                       # exists, and does nothing
//! 0   cpu0: idle -> A            # times in milliseconds
//! 10  cpu0: A -> idle S          # state: S D T t P I, preempted, yield, dead; `io` may follow
//! 30  hardirq:hrtimer wakes C    # or softirq:net_rx, nmi:perf, idle:poll; `@1` names the CPU
//! 50  C wakes B                  # `C+softirq wakes B` from its own softirq
//! 60  B forks K
//! stop 80
//! ```

use super::{Event, Leave, MILLISECOND, Machine, Task, Thread, Waker, What};

const CONTEXTS: [&str; 4] = ["hardirq", "softirq", "nmi", "idle"];

/// Reads a script.
///
/// # Panics
/// On a line that does not follow the grammar, naming it.
pub fn machine(script: &str) -> Machine {
    let mut writer = Writer { machine: Machine { cpus: 1, ..Machine::default() } };
    for line in script.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        if !words.is_empty() {
            writer.line(&words).unwrap_or_else(|| panic!("not understood: {line}"));
        }
    }
    let mut machine = writer.machine;
    machine.events.sort_by_key(|event| event.ts);
    machine
}

struct Writer {
    machine: Machine,
}

impl Writer {
    fn line(&mut self, words: &[&str]) -> Option<()> {
        match words {
            ["cpus", count] => self.machine.cpus = count.parse().ok()?,
            ["stop", ms] => self.machine.stop = time(ms)?,
            ["asleep", name] => {
                self.thread(name);
            }
            ["thread", name, "tid", tid, "pid", pid] => {
                let thread = self.thread(name);
                self.machine.threads[thread].tid = tid.parse().ok()?;
                self.machine.threads[thread].pid = pid.parse().ok()?;
            }
            [ts, cpu, prev, "->", next, leave @ ..] => {
                let cpu = cpu.strip_prefix("cpu")?.strip_suffix(':')?.parse().ok()?;
                let (prev, next) = (self.runner(prev), self.runner(next));
                let leave = if prev.is_some() { state(leave)? } else { Leave::default() };
                self.event(time(ts)?, cpu, What::Switch { prev, leave, next });
            }
            [ts, waker, "wakes", wakee, cpu @ ..] => {
                let cpu = cpu.first().map_or(Some(0), |cpu| cpu.strip_prefix('@')?.parse().ok())?;
                let (waker, wakee) = (self.waker(waker), self.thread(wakee));
                self.event(time(ts)?, cpu, What::Waking { waker, wakee });
            }
            [ts, parent, "forks", child] => {
                let (parent, child) = (self.thread(parent), self.thread(child));
                self.machine.threads[child].early = false;
                self.event(time(ts)?, 0, What::New { parent, child });
            }
            _ => return None,
        }
        Some(())
    }

    fn event(&mut self, ts: u64, cpu: u16, what: What) {
        self.machine.events.push(Event { ts, cpu, what });
    }

    fn runner(&mut self, name: &str) -> Option<Thread> {
        (name != "idle").then(|| self.thread(name))
    }

    fn waker(&mut self, word: &str) -> Waker {
        if let Some(name) = word.strip_suffix("+softirq") {
            return Waker::OwnSoftirq(self.thread(name));
        }
        let (context, served) = word.split_once(':').unwrap_or((word, ""));
        match CONTEXTS.iter().find(|known| **known == context) {
            Some(context) => Waker::Nobody(context, served.to_owned()),
            None => Waker::Task(self.thread(word)),
        }
    }

    fn thread(&mut self, name: &str) -> Thread {
        let threads = &mut self.machine.threads;
        threads.iter().position(|task| task.name == name).unwrap_or_else(|| {
            let tid = 101 + threads.len() as u32;
            let name = name.to_owned();
            threads.push(Task { name, tid, pid: tid, kernel: false, early: true });
            threads.len() - 1
        })
    }
}

/// Milliseconds, with an optional fraction, as nanoseconds.
fn time(word: &str) -> Option<u64> {
    let ms: f64 = word.parse().ok()?;
    Some((ms * MILLISECOND as f64).round() as u64)
}

fn state(words: &[&str]) -> Option<Leave> {
    let (word, iowait) = match words {
        [word] => (word, false),
        [word, "io"] => (word, true),
        _ => return None,
    };
    let (state, preempted) = match *word {
        "S" => (1, false),
        "D" => (2, false),
        "T" => (4, false),
        "t" => (8, false),
        "P" => (0x40, false),
        "I" => (0x402, false),
        "dead" => (Leave::DEAD, false),
        "yield" => (0, false),
        "preempted" => (0, true),
        "preempted-S" => (1, true),
        _ => return None,
    };
    Some(Leave { state, preempted, iowait })
}
