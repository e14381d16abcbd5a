//! Where the kernel's code lies, and which of it belongs to a probe or an interrupt.

use std::sync::OnceLock;

use super::kallsyms::{self, Line};

/// From the first to the last byte that may be kernel code: the kernel, its modules, BPF programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KernelText {
    pub start: u64,
    pub end: u64,
}

/// What a recorder must know of the kernel's code before the first stack comes.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    pub text: KernelText,
    /// The kernel's own code, modules and BPF programs excluded.
    pub core: KernelText,
    /// The function through which all system calls are made.
    pub syscall_caller: KernelText,
    /// Entry points of interrupts.
    irq_entries: Vec<(u64, u64)>,
    /// Functions between a traced function and the probe that walked its stack.
    probe_frames: Vec<(u64, u64)>,
}

/// Of x86_64, and of arm64.
const SYSCALL_CALLERS: [&str; 2] = ["do_syscall_64", "invoke_syscall"];

/// Leading frames that may belong to a probe: more are never looked at.
const PROBE_DEPTH: usize = 12;

/// Modules and BPF programs end below the fixed mappings; a program loaded later may lie above every
/// symbol known now.
#[cfg(target_arch = "x86_64")]
const MODULES_END: u64 = 0xffff_ffff_ff00_0000;
#[cfg(not(target_arch = "x86_64"))]
const MODULES_END: u64 = 0;

/// A symbol without a successor reaches this far at most.
pub const FARTHEST: u64 = 1 << 20;

impl Layout {
    /// The layout of the running kernel, read once.
    pub fn of_this_kernel() -> &'static Layout {
        static LAYOUT: OnceLock<Layout> = OnceLock::new();
        LAYOUT.get_or_init(|| {
            let mut reading = Reading::default();
            // An unreadable table leaves an empty layout: nothing is trimmed, and the names say why they are missing.
            let _ = kallsyms::each_of_this_kernel(|line| reading.line(line));
            reading.finish()
        })
    }

    /// Whether addresses are hidden from this user, or there are none.
    pub fn is_hidden(&self) -> bool {
        self.text.start == 0
    }

    pub fn irq_entries(&self) -> &[(u64, u64)] {
        &self.irq_entries
    }

    /// How many leading frames of a kernel stack belong to the probe.
    pub fn probe_frames(&self, addresses: &[u64]) -> usize {
        let mut count = 0;
        for (index, address) in addresses.iter().take(PROBE_DEPTH).enumerate() {
            if within(&self.probe_frames, *address) {
                count = index + 1;
            } else if (self.core.start..self.core.end).contains(address) {
                break;
            }
            // Other addresses outside the kernel proper: a BPF program or a trampoline. They belong
            // to the probe only if one of its known functions follows.
        }
        count
    }
}

fn within(ranges: &[(u64, u64)], address: u64) -> bool {
    let after = ranges.partition_point(|(start, _)| *start <= address);
    after > 0 && address < ranges[after - 1].1
}

fn is_probe_frame(name: &str) -> bool {
    const STARTS: &[&str] = &[
        "bpf_prog_",
        "bpf_trace_run",
        "bpf_trampoline_",
        "bpf_dispatcher_",
        "bpf_get_stack",
        "bpf_get_task_stack",
        "bpf_overflow_handler",
        "__bpf_get_stack",
        "__bpf_trace_",
        "__bpf_prog_enter",
        "__bpf_prog_exit",
        "__traceiter_",
        "trace_call_bpf",
        "perf_trace_",
        "perf_tp_event",
        "perf_callchain",
        "get_perf_callchain",
        "perf_event_overflow",
        "__perf_event_overflow",
        "perf_swevent_",
        "trace_event_raw_event_",
    ];
    STARTS.iter().any(|start| name.starts_with(start))
}

fn is_irq_entry(name: &str) -> bool {
    name.starts_with("asm_sysvec_")
        || name.starts_with("asm_common_interrupt")
        || name.starts_with("asm_spurious_interrupt")
        || name.starts_with("asm_fred_entrypoint_")
        || is_arm_irq_entry(name)
}

/// Such as `el0t_64_irq` and `el1_irq`.
fn is_arm_irq_entry(name: &str) -> bool {
    let level = name.strip_prefix("el").and_then(|rest| rest.bytes().next());
    level.is_some_and(|level| level.is_ascii_digit()) && name.contains("_irq")
}

/// Gathers a [`Layout`] line by line; the kernel's own symbols come in the order of their addresses.
#[derive(Default)]
struct Reading {
    layout: Layout,
    /// Starts of ranges whose end, the next symbol, has not come yet.
    open_irq: Option<u64>,
    open_probe: Option<u64>,
    in_syscall_caller: bool,
    last: u64,
}

impl Reading {
    fn line(&mut self, line: Line<'_>) {
        let Line { address, name, module, .. } = line;
        if address == 0 {
            return;
        }
        match name {
            "_stext" => self.layout.core.start = address,
            "_etext" => self.layout.core.end = address,
            _ => {}
        }
        if !line.is_code() {
            return;
        }
        let text = &mut self.layout.text;
        text.start = if text.start == 0 { address } else { text.start.min(address) };
        text.end = text.end.max(address.saturating_add(FARTHEST));
        if address != self.last {
            close(&mut self.layout.irq_entries, &mut self.open_irq, address);
            close(&mut self.layout.probe_frames, &mut self.open_probe, address);
            if std::mem::take(&mut self.in_syscall_caller) {
                self.layout.syscall_caller.end = address;
            }
            self.last = address;
        }
        if module.is_none() && SYSCALL_CALLERS.contains(&name) {
            self.layout.syscall_caller = KernelText { start: address, end: address };
            self.in_syscall_caller = true;
        }
        if module.is_none() && is_irq_entry(name) {
            self.open_irq = Some(address);
        }
        if is_probe_frame(name) {
            self.open_probe = Some(address);
        }
    }

    fn finish(mut self) -> Layout {
        let end = self.last.saturating_add(1);
        close(&mut self.layout.irq_entries, &mut self.open_irq, end);
        close(&mut self.layout.probe_frames, &mut self.open_probe, end);
        self.layout.irq_entries = merge(self.layout.irq_entries);
        self.layout.probe_frames = merge(self.layout.probe_frames);
        if self.layout.text.end != 0 {
            self.layout.text.end = self.layout.text.end.max(MODULES_END);
        }
        self.layout
    }
}

fn close(ranges: &mut Vec<(u64, u64)>, open: &mut Option<u64>, end: u64) {
    if let Some(start) = open.take() {
        // Tables of modules start again at lower addresses: such a symbol has no known end.
        ranges.push((
            start,
            if end > start {
                end.min(start.saturating_add(FARTHEST))
            } else {
                start.saturating_add(1)
            },
        ));
    }
}

/// Sorted, with ranges that touch made one.
fn merge(mut ranges: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    ranges.sort_unstable();
    let mut merged: Vec<(u64, u64)> = Vec::new();
    for (start, end) in ranges {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
ffffffff81000000 T _stext
ffffffff81000d40 T asm_common_interrupt
ffffffff81000db0 T asm_sysvec_error_interrupt
ffffffff81000dd0 T asm_sysvec_spurious_apic_interrupt
ffffffff81000df0 T something_else
ffffffff81399b30 T __traceiter_sched_switch
ffffffff81399ba0 T other
ffffffff814b8870 T bpf_trace_run4
ffffffff814b8900 T bpf_trace_run5
ffffffff814b8a00 T after
ffffffff821f8540 t __schedule
ffffffff82209988 T _etext
ffffffffc0201000 t veth_xmit\t[veth]
";

    fn layout() -> Layout {
        let mut reading = Reading::default();
        kallsyms::each(TABLE.as_bytes(), |line| reading.line(line)).unwrap();
        reading.finish()
    }

    #[test]
    fn interrupt_entries_are_merged() {
        assert_eq!(layout().irq_entries(), [(0xffff_ffff_8100_0d40, 0xffff_ffff_8100_0df0)]);
        assert_eq!(layout().text.start, 0xffff_ffff_8100_0000);
        assert!(!layout().is_hidden() && Layout::default().is_hidden());
    }

    #[test]
    fn the_frames_of_the_probe_go_and_no_others() {
        let program = 0xffff_ffff_c0f0_1234;
        let run = 0xffff_ffff_814b_88aa;
        let iter = 0xffff_ffff_8139_9b40;
        let schedule = 0xffff_ffff_821f_8b58;
        let layout = layout();
        assert_eq!(layout.probe_frames(&[program, run, iter, schedule]), 3);
        assert_eq!(layout.probe_frames(&[schedule, run, iter]), 0, "a traced tracer stays");
        assert_eq!(layout.probe_frames(&[program, schedule]), 0, "a module's function stays");
        assert_eq!(layout.probe_frames(&[]), 0);
    }

    #[test]
    fn interrupt_entries_are_told_by_name() {
        for name in ["asm_sysvec_apic_timer_interrupt", "el1h_64_irq", "asm_fred_entrypoint_user"] {
            assert!(is_irq_entry(name), "{name}");
        }
        for name in ["elcr_set_level_irq", "asm_exc_page_fault", "handle_irq_event", "el0_svc"] {
            assert!(!is_irq_entry(name), "{name}");
        }
    }
}
