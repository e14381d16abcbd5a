//! Facts of the machine that is recorded, and its clocks.

use std::fs;

use afterwake_schema::recording::Host;

pub fn host() -> Host {
    let line = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let os = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let os = os.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or_default();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory_kib = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    Host {
        name: line("/proc/sys/kernel/hostname"),
        kernel: line("/proc/sys/kernel/osrelease"),
        machine: std::env::consts::ARCH.to_owned(),
        cpus: online_cpus() as u32,
        memory_bytes: memory_kib.unwrap_or(0) * 1024,
        os: os.trim_matches('"').to_owned(),
    }
}

pub fn online_cpus() -> usize {
    // SAFETY: sysconf takes no pointer.
    let count = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
    usize::try_from(count).unwrap_or(1).max(1)
}

/// Nanoseconds of a clock of this machine.
pub fn clock_ns(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes one timespec.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

pub fn monotonic_ns() -> u64 {
    clock_ns(libc::CLOCK_MONOTONIC)
}

/// Seconds east of UTC.
pub fn utc_offset_s() -> i32 {
    // SAFETY: localtime_r writes one tm.
    unsafe {
        let now = libc::time(std::ptr::null_mut());
        let mut local: libc::tm = std::mem::zeroed();
        libc::localtime_r(&raw const now, &raw mut local);
        local.tm_gmtoff as i32
    }
}

/// Name for a recording made now: `HOST-20260101-120000.wake`.
pub fn default_name() -> String {
    // SAFETY: localtime_r writes one tm.
    let local = unsafe {
        let now = libc::time(std::ptr::null_mut());
        let mut local: libc::tm = std::mem::zeroed();
        libc::localtime_r(&raw const now, &raw mut local);
        local
    };
    format!(
        "{}-{:04}{:02}{:02}-{:02}{:02}{:02}.wake",
        host().name,
        local.tm_year + 1900,
        local.tm_mon + 1,
        local.tm_mday,
        local.tm_hour,
        local.tm_min,
        local.tm_sec
    )
}

/// A random identifier in the form of a UUID, version 4.
pub fn uuid() -> String {
    let text = fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap_or_default();
    text.trim().to_owned()
}

/// Puts the calling thread ahead of the load that it records: behind hundreds of busy threads it would come
/// to the rings too late. It works for moments only. Nothing depends on it, so a refusal is no error.
pub fn go_first() {
    // SAFETY: setpriority takes numbers; 0 is the calling thread.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, -20) };
}

/// What the recorder itself uses: CPU nanoseconds and resident bytes.
pub fn own_usage() -> (u64, u64) {
    let cpu = clock_ns(libc::CLOCK_PROCESS_CPUTIME_ID);
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    (cpu, pages * 4096)
}
