//! Wakeups, on the CPU that issued them, and births.

use anyhow::Result;

use super::UNRECORDED;
use super::messages::*;
use super::packets::{Packets, stamp};
use crate::export::Export;
use crate::export::rows::each;

/// A wakeup just before the switch-out cancels the sleep: the thread is runnable from then on, which the trace can only
/// say after the switch-out. One that ended no wait is not in it.
const WAKEUPS: &str = "SELECT
    waker_cpu,
    CASE WHEN woken_ts > off_ts OR off_ts IS NULL THEN woken_ts ELSE least(off_ts + 1, coalesce(on_ts, off_ts + 1)) END AS ts,
    wait.tid, wait.pid, wait.comm, coalesce(on_cpu, off_cpu), born, waker, wakers.tid, waker_context
FROM wait LEFT JOIN threads AS wakers ON waker = wakers.thread
WHERE woken_ts IS NOT NULL AND waker_cpu IS NOT NULL AND woken_ts >= $from AND woken_ts < $to
    AND state & 128 = 0
    AND (on_ts IS NOT NULL OR open)
    AND (born OR off_ts IS NULL OR (state <> 0 AND NOT preempted AND off_ts - woken_ts <= 1000000))
ORDER BY waker_cpu, ts, wait.thread";

/// Flags of ftrace: what the CPU was doing.
const HARDIRQ: u32 = 0x08;
const SOFTIRQ: u32 = 0x10;
const NMI: u32 = 0x40;

/// A flag of clone: the new thread belongs to the process of its creator.
const CLONE_THREAD: u64 = 0x1_0000;

pub fn write(export: &Export<'_>, packets: &mut Packets) -> Result<()> {
    each(export.session, &export.sql(WAKEUPS), |row| {
        let number =
            |column: usize| row.number(column).and_then(|number| i32::try_from(number).ok());
        let (tid, pid) = (number(2).unwrap_or(0), number(3).unwrap_or(0));
        let context = row.text(9);
        // An interrupt is no waker, and which thread it interrupted is not recorded.
        let (waker, flags) = match (row.number(7), context) {
            (Some(_), _) => (number(8).unwrap_or(UNRECORDED.0), 0),
            (None, "hardirq") => (0, HARDIRQ),
            (None, "softirq") => (0, SOFTIRQ),
            (None, "nmi") => (0, NMI | HARDIRQ),
            (None, "idle") => (0, 0),
            (None, _) => (UNRECORDED.0, 0),
        };
        let mut event = FtraceEvent {
            timestamp: row.number(1).map(stamp),
            pid: Some(waker.unsigned_abs()),
            common_flags: Some(flags),
            ..FtraceEvent::default()
        };
        let comm = Some(row.text(4).to_owned());
        if row.flag(6) {
            let clone_flags = if tid == pid { 0 } else { CLONE_THREAD };
            event.task_newtask =
                Some(TaskNewtask { pid: Some(tid), comm, clone_flags: Some(clone_flags) });
        } else {
            let target_cpu = number(5);
            event.sched_waking =
                Some(SchedWaking { comm, pid: Some(tid), success: Some(1), target_cpu });
        }
        packets.event(row.number(0).and_then(|cpu| u32::try_from(cpu).ok()).unwrap_or(0), event)
    })?;
    packets.end_bundle()
}
