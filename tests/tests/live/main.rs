//! The recorder on the running kernel: known loads, the kernel's own counters, other tools, kills.
//!
//! These tests need root and BPF. Without, each prints `SKIPPED` with the reason, or fails where
//! `AFTERWAKE_REQUIRE_BPF=1` says that the machine must do. They record the whole machine, so they
//! run one after the other, across test programs too.

mod block_requests;
mod calls;
mod counted;
mod disk;
mod facts;
mod folded;
mod interrupted;
mod invariants;
mod kernel_counters;
mod loop_disk;
mod machine;
mod options;
mod parity;
mod parity_of_calls;
mod parity_of_cpus;
mod private;
mod processor;
mod readme;
mod refused;
mod relays;
mod sleepers;
mod switches;
mod symbols;
mod tool;
mod truth;
