//! What the probes are told before the load: the mirror of `bpf/settings.h`.

use std::collections::BTreeMap;
use std::time::Duration;

use afterwake_schema::kind::SummedStream;
use libbpf_rs::btf::Btf;
use libbpf_rs::btf::types::{DataSec, Struct, Var};

use crate::symbols::Layout;

/// `SOURCE_COUNT` of `bpf/settings.h`.
const SOURCE_COUNT: usize = SummedStream::WORDS.len() + 1;

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    pub ring_wakeup_bytes: u64,
    pub stack_min_ns: u64,
    pub syscall_start: u64,
    pub syscall_end: u64,
    pub irq_entry_start: u64,
    pub irq_entry_end: u64,
    pub percpu_runqueues: u64,
    pub percpu_preempt_count: u64,
    pub percpu_irq_stack: u64,
    /// By the number of the stream in `SummedStream`.
    pub min_ns: [u64; SOURCE_COUNT],
    pub recorder_pid: u32,
    pub has_counters: u32,
    pub has_exec: u32,
    pub has_rename: u32,
    pub no_args: u32,
    pub no_paths: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Interval {
    pub start_ts: u64,
    pub stop_ts: u64,
}

/// Bytes of a plain C struct.
pub fn bytes<T: Copy>(value: &T) -> &[u8] {
    // SAFETY: both structs above are made of integers without padding.
    unsafe { std::slice::from_raw_parts(std::ptr::from_ref(value).cast(), size_of::<T>()) }
}

/// The minimums as the probes look them up.
pub fn minimums(by_name: &BTreeMap<&str, Duration>) -> [u64; SOURCE_COUNT] {
    let mut least = [0; SOURCE_COUNT];
    for (stream, number) in SummedStream::WORDS {
        let minimum = by_name.get(stream).copied().unwrap_or_default();
        least[usize::from(*number)] = minimum.as_nanos() as u64;
    }
    least
}

impl Settings {
    /// What this kernel tells of itself.
    pub fn of_this_kernel() -> Self {
        let layout = Layout::of_this_kernel();
        let entries = layout.irq_entries();
        let mut settings = Self {
            syscall_start: layout.syscall_caller.start,
            syscall_end: layout.syscall_caller.end,
            irq_entry_start: entries.iter().map(|(start, _)| *start).min().unwrap_or(0),
            irq_entry_end: entries.iter().map(|(_, end)| *end).max().unwrap_or(0),
            recorder_pid: std::process::id(),
            ..Default::default()
        };
        if let Ok(btf) = Btf::from_vmlinux() {
            settings.find_percpu(&btf);
        }
        settings
    }

    fn find_percpu(&mut self, btf: &Btf) {
        let offset = |name: &str| -> Option<u64> {
            // By kind, since `pcpu_hot` is a variable and a struct.
            let var = btf
                .type_by_kind::<Var>()
                .find(|var| var.name().is_some_and(|found| found == name))?;
            btf.type_by_kind::<DataSec>()
                .flat_map(|section| section.iter().collect::<Vec<_>>())
                .find(|entry| entry.ty == libbpf_rs::btf::BtfType::type_id(&var))
                .map(|entry| u64::from(entry.offset))
        };
        // Linux 6.2 to 6.14 keep the hot ones in one struct.
        let hot = |member: &str| -> Option<u64> {
            let hot = btf
                .type_by_kind::<Struct>()
                .find(|hot| hot.name().is_some_and(|found| found == "pcpu_hot"))?;
            let base = offset("pcpu_hot")?;
            member_offset(btf, &hot, member).map(|bits| base + bits / 8)
        };
        let Some(runqueues) = offset("runqueues") else { return };
        self.percpu_runqueues = runqueues;
        self.percpu_preempt_count =
            offset("__preempt_count").or_else(|| hot("preempt_count")).unwrap_or(0);
        self.percpu_irq_stack =
            offset("hardirq_stack_ptr").or_else(|| hot("hardirq_stack_ptr")).unwrap_or(0);
    }
}

/// Bit offset of a member, also inside anonymous members.
fn member_offset(btf: &Btf, parent: &Struct, name: &str) -> Option<u64> {
    use libbpf_rs::btf::types::{MemberAttr, Union};
    fn place(attr: &MemberAttr) -> u64 {
        match attr {
            MemberAttr::Normal { offset } => u64::from(*offset),
            MemberAttr::BitField { offset, .. } => u64::from(*offset),
        }
    }
    for member in parent.iter() {
        if member.name.is_some_and(|found| found == name) {
            return Some(place(&member.attr));
        }
        if member.name.is_none() {
            if let Some(inner) = btf.type_by_id::<Struct>(member.ty) {
                if let Some(bits) = member_offset(btf, &inner, name) {
                    return Some(place(&member.attr) + bits);
                }
            } else if let Some(union) = btf.type_by_id::<Union>(member.ty) {
                for part in union.iter() {
                    if let Some(inner) = btf.type_by_id::<Struct>(part.ty)
                        && let Some(bits) = member_offset(btf, &inner, name)
                    {
                        return Some(place(&member.attr) + bits);
                    }
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minimums_lie_where_the_probes_look() {
        let least = minimums(&BTreeMap::from([("io", Duration::from_millis(1))]));
        assert_eq!(least, [0, 0, 1_000_000, 0, 0, 0, 0, 0, 0, 0]);
    }
}
