//! A trace for Perfetto, as its own recorder would have written it: switches and wakeups per CPU, from which it derives
//! the states of threads, the tracks of CPUs and the wakers; samples with interned stacks; system calls, disk requests
//! and counters on tracks of their own.

mod calls;
mod counters;
mod disks;
mod messages;
mod packets;
mod samples;
mod switches;
mod threads;
mod tracks;
mod unknown;
mod wakeups;

use anyhow::Result;

use super::Export;
use crate::output::{Output, finish};
use messages::*;
use packets::{Packets, stamp};

pub const TABLES: &[&str] =
    &["wait", "sample", "path", "io", "sock", "misc", "block_io", "counter"];

/// Stands for a thread on a CPU that is not known to be idle. No thread has such an id: the largest is 4194304.
const LOST: (i32, &str) = (i32::MAX, "[lost]");
/// Stands for a waker that is not recorded, such as the recorder.
const UNRECORDED: (i32, &str) = (i32::MAX - 1, "[unrecorded]");

/// Where task states are read as kernels before 4.14 report them, unless a later one is named. Recordings without a
/// kernel's name are as late as all.
const KERNEL: &str = "6.0";

pub fn write(export: &Export<'_>, output: &Output) -> Result<()> {
    let mut packets = Packets::new(output.file()?);
    begin(export, &mut packets)?;
    threads::write(export, &mut packets)?;
    wakeups::write(export, &mut packets)?;
    switches::write(export, &mut packets)?;
    samples::write(export, &mut packets)?;
    calls::write(export, &mut packets)?;
    disks::write(export, &mut packets)?;
    counters::write(export, &mut packets)?;
    finish(packets.finish()?)
}

/// What holds for all of the trace.
fn begin(export: &Export<'_>, packets: &mut Packets) -> Result<()> {
    let at = export.window.start;
    let clock = |clock_id, instant| Clock { clock_id, timestamp: stamp(instant) };
    // Instants count from the boot without the time the host was suspended; the format's own count with it. How long
    // that was is not recorded, so the two are declared equal.
    let clocks = vec![
        clock(Clock::BOOTTIME, at),
        clock(Clock::MONOTONIC, at),
        clock(Clock::REALTIME, export.wall_ns(at)),
    ];
    packets.write(TracePacket {
        clock_snapshot: Some(ClockSnapshot { clocks }),
        timestamp: Some(stamp(at)),
        ..TracePacket::default()
    })?;
    let host = &export.member.manifest.host;
    let utsname = Utsname {
        sysname: "Linux".into(),
        release: if host.kernel.is_empty() { KERNEL.into() } else { host.kernel.clone() },
        machine: host.machine.clone(),
    };
    let frequency = export.member.manifest.options.frequency;
    let timebase = Timebase { frequency, counter: Timebase::CPU_CLOCK };
    packets.write(TracePacket {
        system_info: Some(SystemInfo { utsname: Some(utsname), num_cpus: Some(host.cpus) }),
        sequence_flags: Some(STATE_CLEARED),
        trace_packet_defaults: Some(TracePacketDefaults {
            perf_sample_defaults: Some(PerfSampleDefaults { timebase: Some(timebase) }),
        }),
        ..TracePacket::default()
    })
}
