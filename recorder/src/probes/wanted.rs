//! Which programs have their part in a recording on this kernel.

use std::sync::OnceLock;

use anyhow::{Result, anyhow};
use libbpf_rs::btf::Btf;
use libbpf_rs::btf::types::Typedef;

use super::Options;
use crate::streams::{Attach, PROBES, Probe};
use crate::symbols::function_of_this_kernel;

/// What the stack threshold hooks on to.
const SCHED_EXIT: &str = "tp_btf sched_exit_tp";

/// Whether a program is loaded and attached for the streams it belongs to.
pub fn is_wanted(probe: &Probe, options: &Options) -> bool {
    match probe.attach {
        Attach::Threshold => !options.stack_min.is_zero() && !is_missing(SCHED_EXIT),
        Attach::ThresholdProbed => !options.stack_min.is_zero() && is_missing(SCHED_EXIT),
        Attach::Optional => !is_missing(probe.needs),
        Attach::Otherwise => optional_beside(probe).any(|optional| is_missing(optional.needs)),
        Attach::Tracepoint | Attach::Always | Attach::Sampling | Attach::AtStop => true,
    }
}

/// The optional programs of the same streams.
fn optional_beside(probe: &Probe) -> impl Iterator<Item = &'static Probe> {
    PROBES.iter().filter(|other| other.attach == Attach::Optional && other.streams == probe.streams)
}

/// Whether a program has its part where these streams are recorded.
pub fn is_part_of(probe: &Probe, streams: &[&str]) -> bool {
    probe.attach == Attach::Always || probe.streams.iter().any(|stream| streams.contains(stream))
}

/// What an optional program of the stream does not find here.
pub fn does_without(probe: &Probe) -> Option<String> {
    let is_left_out = probe.attach == Attach::Optional && is_missing(probe.needs);
    is_left_out.then(|| format!("without {}, which this kernel has not", probe.needs))
}

/// Whether this kernel's BTF lacks the tracepoint that `needs` names. Those of all probes are looked up at once.
fn is_missing(needs: &str) -> bool {
    static MISSING: OnceLock<Vec<&str>> = OnceLock::new();
    let missing = MISSING.get_or_init(|| {
        let btf = Btf::from_vmlinux().ok();
        let is_here = |needs: &str| {
            let name = format!("btf_trace_{}", needs.trim_start_matches("tp_btf "));
            btf.as_ref().is_some_and(|btf| btf.type_by_name::<Typedef>(&name).is_some())
        };
        PROBES
            .iter()
            .filter(|probe| matches!(probe.attach, Attach::Optional | Attach::Threshold))
            .map(|probe| probe.needs)
            .filter(|needs| !is_here(needs))
            .collect()
    });
    missing.contains(&needs)
}

/// The function to probe: the first that a thread calls on its new CPU. Compilers may give it a suffix.
pub fn function() -> Result<String> {
    function_of_this_kernel("finish_task_switch").ok_or_else(|| {
        anyhow!("--stack-min needs tp_btf sched_exit_tp or a kprobe on finish_task_switch")
    })
}
