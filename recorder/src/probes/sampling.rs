//! The events that make CPU samples happen, and the counters read beside them.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use anyhow::{Context, Result};
use libbpf_rs::{Link, MapCore, MapFlags, Object, ProgramMut};

use crate::perf_event::{self, Attributes, TYPE_HARDWARE, TYPE_SOFTWARE};

const CPU_CLOCK: u64 = 0;
const CPU_CYCLES: u64 = 0;
const INSTRUCTIONS: u64 = 1;
/// `freq` of `perf_event_attr`: the period is given as a frequency.
const FLAG_FREQUENCY: u64 = 1 << 10;

fn open(kind: u32, config: u64, frequency: u64, cpu: i32) -> io::Result<OwnedFd> {
    let attributes = Attributes {
        kind,
        config,
        period_or_frequency: frequency,
        flags: if frequency > 0 { FLAG_FREQUENCY } else { 0 },
        ..Attributes::default()
    };
    perf_event::open(attributes, cpu)
}

/// Whether this machine counts cycles and instructions.
pub fn counters_exist() -> bool {
    open(TYPE_HARDWARE, CPU_CYCLES, 0, 0).is_ok() && open(TYPE_HARDWARE, INSTRUCTIONS, 0, 0).is_ok()
}

/// Starts sampling every CPU. The note says what the samples go without.
pub fn start(
    object: &Object,
    program: &ProgramMut,
    frequency: u64,
) -> Result<(Vec<Link>, Vec<OwnedFd>, Option<String>)> {
    let (mut links, mut events) = (Vec::new(), Vec::new());
    let counters = counters_exist();
    for cpu in perf_event::online()? {
        if counters {
            for (map, config) in
                [("cycles_counter", CPU_CYCLES), ("instructions_counter", INSTRUCTIONS)]
            {
                let event = open(TYPE_HARDWARE, config, 0, cpu).context("no perf counter")?;
                super::map(object, map)?.update(
                    &(cpu as u32).to_ne_bytes(),
                    &event.as_raw_fd().to_ne_bytes(),
                    MapFlags::ANY,
                )?;
                events.push(event);
            }
        }
        let event =
            open(TYPE_SOFTWARE, CPU_CLOCK, frequency, cpu).context("no perf cpu-clock event")?;
        links.push(program.attach_perf_event(event.as_raw_fd())?);
        // The link closes the descriptor it was given.
        std::mem::forget(event);
    }
    let note = (!counters).then(|| {
        "without cycles and instructions: this machine gives no hardware counters".to_owned()
    });
    Ok((links, events, note))
}
