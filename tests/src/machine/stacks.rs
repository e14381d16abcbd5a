//! The stacks of the synthetic machine: every frame says whose it is, so that answers can be read.

use std::collections::BTreeMap;

use afterwake_schema::streams::{Frame, Module, Stack};

use super::{Leave, START, Task, Waker};

const KERNEL: u8 = 1;
const USER: u8 = 2;
const VMLINUX: u64 = 1;
const PROGRAM: u64 = 2;

/// Interns stacks and frames the way the recorder does.
#[derive(Clone, Debug, Default)]
pub struct Stacks {
    frames: BTreeMap<(u8, String), u64>,
    stacks: BTreeMap<(u8, Vec<u64>), u64>,
}

impl Stacks {
    /// Kernel and user stack of a thread that leaves the CPU.
    pub fn leaving(&mut self, task: &Task, leave: Leave) -> (u64, u64) {
        let how = match (leave.voluntary(), leave.state & 2 != 0) {
            (false, _) => "is_preempted",
            (true, false) => "waits",
            (true, true) => "waits_for_disk",
        };
        let kernel = self.kernel(&["schedule", &format!("{}_{how}", task.name), "do_syscall_64"]);
        (kernel, self.user(task))
    }

    /// Kernel and user stack of whoever issues a wakeup; an interrupt has no user stack.
    pub fn waking(&mut self, tasks: &[Task], waker: &Waker) -> (u64, u64) {
        let thread = match waker {
            Waker::Nobody(context, served) => return (self.interrupt(context, served), 0),
            Waker::Task(thread) | Waker::OwnSoftirq(thread) => &tasks[*thread],
        };
        let wakes = format!("{}_wakes", thread.name);
        let kernel = match waker {
            Waker::OwnSoftirq(_) => self.kernel(&[
                "try_to_wake_up",
                "net_rx_action",
                "handle_softirqs",
                "do_softirq",
                "__local_bh_enable_ip",
                &wakes,
                "do_syscall_64",
            ]),
            _ => self.kernel(&["try_to_wake_up", &wakes, "do_syscall_64"]),
        };
        (kernel, self.user(thread))
    }

    /// Kernel and user stack of a thread that is sampled on the CPU.
    pub fn running(&mut self, task: &Task, in_kernel: bool) -> (u64, u64) {
        let kernel = format!("{}_computes_in_kernel", task.name);
        let kernel = if in_kernel { self.kernel(&[&kernel, "do_syscall_64"]) } else { 0 };
        (kernel, self.user(task))
    }

    fn interrupt(&mut self, context: &str, served: &str) -> u64 {
        match (context, served) {
            (_, "hrtimer") => self.kernel(&[
                "try_to_wake_up",
                "hrtimer_wakeup",
                "__hrtimer_run_queues",
                "hrtimer_interrupt",
                "__sysvec_apic_timer_interrupt",
                "sysvec_apic_timer_interrupt",
                "asm_sysvec_apic_timer_interrupt",
            ]),
            ("softirq", served) => self.kernel(&[
                "try_to_wake_up",
                if served == "block" { "blk_done_softirq" } else { "net_rx_action" },
                "handle_softirqs",
                "__irq_exit_rcu",
                "common_interrupt",
                "asm_common_interrupt",
            ]),
            ("idle", _) => self.kernel(&["try_to_wake_up", "do_idle", "cpu_startup_entry"]),
            _ => self.kernel(&[
                "try_to_wake_up",
                "device_interrupt",
                "common_interrupt",
                "asm_common_interrupt",
            ]),
        }
    }

    fn user(&mut self, task: &Task) -> u64 {
        if task.kernel {
            return 0;
        }
        let work = format!("{}_work", task.name);
        self.intern(USER, &[&work, "main"])
    }

    fn kernel(&mut self, innermost_first: &[&str]) -> u64 {
        self.intern(KERNEL, innermost_first)
    }

    fn intern(&mut self, space: u8, innermost_first: &[&str]) -> u64 {
        let mut frames = Vec::new();
        for name in innermost_first {
            let next = self.frames.len() as u64 + 1;
            frames.push(*self.frames.entry((space, (*name).to_owned())).or_insert(next));
        }
        // Any distinct number does for a hash; this one does not look like a count.
        let next = (self.stacks.len() as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1;
        *self.stacks.entry((space, frames)).or_insert(next)
    }

    /// The rows of `stack`, `frame` and `module`.
    pub fn tables(&self) -> (Vec<Stack>, Vec<Frame>, Vec<Module>) {
        let stack = |((space, frames), id): (&(u8, Vec<u64>), &u64)| Stack {
            pid: if *space == USER { 100 } else { 0 },
            id: *id,
            ts: START,
            image: if *space == USER { 0x1111 } else { 0 },
            frames: frames.clone(),
        };
        let frame = |((space, name), id): (&(u8, String), &u64)| Frame {
            id: *id,
            address: u64::from(*space) << 32 | id << 8 | 4,
            module: if *space == KERNEL { VMLINUX } else { PROGRAM },
            offset: id << 8 | 4,
            symbol_offset: 4,
            space: *space,
            name: name.clone(),
        };
        let frames: Vec<Frame> = self.frames.iter().map(frame).collect();
        let module = |id: u64, path: &str| Module { id, path: path.into(), ..Module::default() };
        let mut modules = vec![module(VMLINUX, "[kernel]"), module(PROGRAM, "/usr/bin/program")];
        modules.retain(|module| frames.iter().any(|frame| frame.module == module.id));
        (self.stacks.iter().map(stack).collect(), frames, modules)
    }
}
