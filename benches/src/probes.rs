//! What the BPF programs of a tracer take, by the kernel's own count.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::time::Duration;

use anyhow::{Result, ensure};
use libbpf_rs::libbpf_sys::{BPF_STATS_RUN_TIME, bpf_enable_stats};
use libbpf_rs::query::ProgInfoIter;

/// While this lives, the kernel counts; that costs by itself, so nothing else is measured meanwhile.
pub struct Counting {
    _counting: OwnedFd,
    others: BTreeSet<u32>,
}

impl Counting {
    /// Before the tracer starts: programs that are there already are not its own.
    pub fn begin() -> Result<Self> {
        // SAFETY: the call takes a number.
        let fd = unsafe { bpf_enable_stats(BPF_STATS_RUN_TIME) };
        ensure!(fd >= 0, "the kernel does not count: {}", io::Error::from_raw_os_error(-fd));
        // SAFETY: it has just returned this descriptor, and nobody else has it.
        let counting = unsafe { OwnedFd::from_raw_fd(fd) };
        Ok(Self { _counting: counting, others: ProgInfoIter::default().map(|p| p.id).collect() })
    }

    /// Time in the programs that have come since.
    pub fn taken(&self) -> Duration {
        let own = ProgInfoIter::default().filter(|program| !self.others.contains(&program.id));
        own.map(|program| Duration::from_nanos(program.run_time_ns)).sum()
    }
}
