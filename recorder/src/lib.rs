//! `afterwake-record`: what the kernel did, on its way from the probes to closed Parquet segments.
//!
//! `probes` fill per-CPU rings, `ring` drains them, `decode` turns records into rows, `segment`
//! closes them into files, `session` runs it all from start to stop. What the kernel tells without
//! a probe is read by `counters`, `kernel_log` and `disks`.

pub mod calls;
pub mod cli;
pub mod counters;
pub mod decode;
pub mod disks;
pub mod generated;
pub mod host;
pub mod identity;
pub mod kernel_log;
pub mod perf_event;
pub mod probes;
pub mod profiles;
pub mod ring;
pub mod segment;
pub mod session;
pub mod status;
pub mod streams;
pub mod symbols;
