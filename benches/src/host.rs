//! What the host of a virtual machine took from its CPUs meanwhile.

use std::fs;

use anyhow::{Context, Result};

/// Ticks of all CPUs since the machine started.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    all: u64,
    stolen: u64,
}

impl Share {
    pub fn begin() -> Result<Self> {
        let text = fs::read_to_string("/proc/stat")?;
        let line = text.lines().next().context("/proc/stat has a first line")?;
        // user, nice, system, idle, iowait, irq, softirq, steal; guests are part of the former.
        let ticks: Vec<u64> =
            line.split_whitespace().skip(1).take(8).map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self { all: ticks.iter().sum(), stolen: ticks.get(7).copied().unwrap_or(0) })
    }

    /// The part of all CPU time that the host has taken since, between 0 and 1.
    pub fn stolen(self) -> Result<f64> {
        let now = Self::begin()?;
        Ok((now.stolen - self.stolen) as f64 / (now.all - self.all).max(1) as f64)
    }
}
