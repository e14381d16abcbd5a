//! What a stack threshold needs: a program that runs when a thread is on the CPU again.

use std::sync::OnceLock;

use anyhow::{Result, anyhow};
use libbpf_rs::btf::Btf;
use libbpf_rs::btf::types::Typedef;

use super::Options;
use crate::streams::Attach;
use crate::symbols::function_of_this_kernel;

/// Whether a program attached so has its part in this recording on this kernel.
pub fn is_wanted(attach: Attach, options: &Options) -> bool {
    match attach {
        Attach::Threshold => !options.stack_min.is_zero() && has_tracepoint(),
        Attach::ThresholdProbed => !options.stack_min.is_zero() && !has_tracepoint(),
        Attach::Tracepoint | Attach::Sampling | Attach::AtStop => true,
    }
}

fn has_tracepoint() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    *HAS.get_or_init(|| {
        let name = "btf_trace_sched_exit_tp";
        Btf::from_vmlinux().is_ok_and(|btf| btf.type_by_name::<Typedef>(name).is_some())
    })
}

/// The function to probe: the first that a thread calls on its new CPU. Compilers may give it a suffix.
pub fn function() -> Result<String> {
    function_of_this_kernel("finish_task_switch").ok_or_else(|| {
        anyhow!("--stack-min needs tp_btf sched_exit_tp or a kprobe on finish_task_switch")
    })
}
