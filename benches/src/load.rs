//! The loads: the scheduler benchmarks of perf, which do nothing but switch.

use anyhow::{Context, Result};

use crate::child;
use crate::host::Share;
use crate::place::tool;

/// A run is repeated, so many times at most, where the host took more than this of the CPUs meanwhile.
const TRIES: usize = 6;
const MOST_STOLEN: f64 = 0.02;

#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub name: &'static str,
    arguments: &'static [&'static str],
    operations: u64,
    /// Everything on one CPU, so that no time goes into waking another from its idle sleep: on virtual
    /// machines that costs more than all tracers together.
    on_one_cpu: bool,
}

/// Two processes hand one byte to and fro.
pub const PIPE: Load = Load {
    name: "perf bench sched pipe",
    arguments: &["pipe", "-l", "300000"],
    operations: 300_000,
    on_one_cpu: false,
};

/// The same with both processes on one CPU.
pub const PIPE_ON_ONE_CPU: Load =
    Load { name: "perf bench sched pipe, on one CPU", on_one_cpu: true, ..PIPE };

/// Ten groups of 20 senders and 20 receivers; each sender sends to each receiver of its group.
pub const MESSAGING: Load = Load {
    name: "perf bench sched messaging",
    arguments: &["messaging", "-g", "10", "-l", "300"],
    operations: 10 * 20 * 20 * 300,
    on_one_cpu: false,
};

/// The same with all processes on one CPU.
pub const MESSAGING_ON_ONE_CPU: Load =
    Load { name: "perf bench sched messaging, on one CPU", on_one_cpu: true, ..MESSAGING };

/// Microseconds per operation.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub wall_us: f64,
    pub cpu_us: f64,
    /// Runs that it took until the host left one alone.
    pub tries: usize,
    /// The host took CPUs away in every try, so that this says little.
    pub disturbed: bool,
}

impl Load {
    /// A run that the host left alone, or the last of several where there was none.
    pub fn run(&self) -> Result<Pace> {
        let mut tries = 1;
        loop {
            let share = Share::begin()?;
            let pace = self.run_once()?;
            let disturbed = share.stolen()? > MOST_STOLEN;
            if !disturbed || tries == TRIES {
                return Ok(Pace { tries, disturbed, ..pace });
            }
            tries += 1;
        }
    }

    fn run_once(&self) -> Result<Pace> {
        let mut command = tool("perf")?;
        if self.on_one_cpu {
            let perf = command;
            command = tool("taskset")?;
            command.args(["-c", "0"]).arg(perf.get_program());
        }
        command.args(["bench", "sched"]).args(self.arguments);
        let (taken, said) = child::run(&mut command)?;
        let seconds = said
            .lines()
            .find_map(|line| line.trim().strip_prefix("Total time:"))
            .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
            .with_context(|| format!("{} did not say its total time", self.name))?;
        Ok(Pace {
            wall_us: self.per_operation(seconds),
            cpu_us: self.per_operation(taken.cpu.as_secs_f64()),
            tries: 1,
            disturbed: false,
        })
    }

    /// Microseconds per operation, of seconds in all.
    pub fn per_operation(&self, seconds: f64) -> f64 {
        seconds * 1e6 / self.operations as f64
    }
}
