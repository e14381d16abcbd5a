//! Events of the kernel's perf subsystem: samples, counters, and news of mappings.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

/// `struct perf_event_attr` as far as it is used, with the size of its fifth version.
#[repr(C)]
#[derive(Default)]
pub struct Attributes {
    pub kind: u32,
    /// Filled in by [`open`].
    pub size: u32,
    pub config: u64,
    pub period_or_frequency: u64,
    pub sample_type: u64,
    pub read_format: u64,
    pub flags: u64,
    pub wakeup_events: u32,
    pub breakpoint_type: u32,
    pub config1: u64,
    pub config2: u64,
    pub branch_sample_type: u64,
    pub sample_regs_user: u64,
    pub sample_stack_user: u32,
    pub clock: i32,
    pub sample_regs_intr: u64,
    pub aux_watermark: u32,
    pub sample_max_stack: u16,
    pub reserved: u16,
}

pub const TYPE_HARDWARE: u32 = 0;
pub const TYPE_SOFTWARE: u32 = 1;
const OPEN_CLOEXEC: libc::c_ulong = 1 << 3;

/// Opens an event for all processes on one CPU.
///
/// # Errors
/// What the kernel says: `ENODEV` for a CPU that went offline, `ENOENT` for an event the machine lacks.
pub fn open(attributes: Attributes, cpu: i32) -> io::Result<OwnedFd> {
    let attributes = Attributes { size: size_of::<Attributes>() as u32, ..attributes };
    // SAFETY: the attributes outlive the call and state their own size.
    let event = unsafe {
        libc::syscall(
            libc::SYS_perf_event_open,
            &raw const attributes,
            -1 as libc::pid_t,
            cpu,
            -1 as libc::c_int,
            OPEN_CLOEXEC,
        )
    };
    if event < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call has just returned this descriptor, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(event as i32) })
}

/// The CPUs that are online.
///
/// # Errors
/// The kernel does not tell.
pub fn online() -> io::Result<Vec<i32>> {
    let text = std::fs::read_to_string("/sys/devices/system/cpu/online")?;
    let cpus = numbers(text.trim());
    if cpus.is_empty() { Err(io::ErrorKind::InvalidData.into()) } else { Ok(cpus) }
}

/// The numbers in a list such as `0-3,8`.
fn numbers(list: &str) -> Vec<i32> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse().ok()?..=last.parse().ok()?)
    };
    list.split(',').filter_map(range).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cpus_are_read() {
        assert_eq!(numbers("0-3,8"), [0, 1, 2, 3, 8]);
        assert_eq!(numbers("0"), [0]);
        assert!(numbers("x,5-").is_empty());
    }
}
