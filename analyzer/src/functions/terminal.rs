//! What woke a thread where no thread did: the interrupt by the name of the work it did.

use super::names::Stacks;
use crate::chains::wait::Context;

/// Kernel functions that tell what an interrupt was about: a begin of the name, and the word for it.
/// The first one that is found from the wakeup outwards counts.
const HARDIRQ: &[(&str, &str)] = &[
    ("hrtimer_", "hrtimer"),
    ("__hrtimer_", "hrtimer"),
    ("tick_", "timer"),
    ("update_process_times", "timer"),
    ("irq_work_", "irq_work"),
    ("blk_", "block"),
    ("virtblk_", "block"),
    ("nvme_", "block"),
    ("scsi_", "block"),
    ("ata_", "block"),
    ("sched_ttwu_pending", "ipi"),
    ("flush_smp_call_function_queue", "ipi"),
    ("__flush_smp_call_function_queue", "ipi"),
    ("generic_smp_call_function", "ipi"),
    ("__sysvec_reschedule_ipi", "ipi"),
    ("skb_", "net"),
    ("napi_", "net"),
    ("serial", "serial"),
    ("tty_", "tty"),
    ("irq_thread", "irq"),
    ("__irq_wake_thread", "irq"),
];

const SOFTIRQ: &[(&str, &str)] = &[
    ("net_rx_action", "net_rx"),
    ("net_tx_action", "net_tx"),
    ("hrtimer_run_softirq", "hrtimer"),
    ("run_timer_softirq", "timer"),
    ("run_timer_base", "timer"),
    ("blk_done_softirq", "block"),
    ("blk_complete_reqs", "block"),
    ("irq_poll_softirq", "irq_poll"),
    ("tasklet_", "tasklet"),
    ("workqueue_softirq_action", "tasklet"),
    ("rcu_core", "rcu"),
    ("run_rebalance_domains", "sched"),
    ("sched_balance_softirq", "sched"),
];

/// The frame that stands for whatever issued a wakeup when no thread did.
pub fn name(stacks: &Stacks, context: Context, kstack: i64) -> String {
    let (word, table) = match context {
        Context::Hardirq => ("hardirq", HARDIRQ),
        Context::Softirq => ("softirq", SOFTIRQ),
        Context::Nmi => return "[nmi]".into(),
        Context::Idle => return "[idle]".into(),
        // A thread that is not recorded, such as the recorder itself.
        Context::Task => return "[unrecorded]".into(),
    };
    let known = |(frame, _): (&str, bool)| {
        table.iter().find(|(begin, _)| frame.starts_with(begin)).map(|(_, about)| *about)
    };
    match stacks.frames(kstack).find_map(known).or_else(|| handler(stacks, kstack)) {
        Some(about) => format!("[{word}:{about}]"),
        None => format!("[{word}]"),
    }
}

/// The function that an interrupt of a device, or a softirq, was handed to.
fn handler(stacks: &Stacks, kstack: i64) -> Option<&str> {
    let mut frames = stacks.frames(kstack);
    let mut inner = frames.next()?.0;
    for (frame, _) in frames {
        if matches!(frame, "__handle_irq_event_percpu" | "handle_softirqs" | "__do_softirq") {
            return Some(inner);
        }
        inner = frame;
    }
    None
}
