//! Context switches, CPU by CPU, put together from the runs that the rows tell.
//!
//! Between two runs a CPU was idle, or, where a thread is not accounted for, ran nobody knows what. A thread whose run
//! has no end that is known is seen for an instant, and then has no state until more is known of it.

use std::ops::Range;

use afterwake_schema::streams::Wait;
use anyhow::Result;

use super::LOST;
use super::messages::*;
use super::packets::{Packets, stamp};
use super::unknown::Unknown;
use crate::export::Export;
use crate::export::rows::each;

/// A run per row, and an instant where the end of a run was lost. A thread that still ran at the stop has not left its
/// CPU; that is the one it came on.
const RUNS: &str = "WITH told AS (
    SELECT
        *,
        lead(off_ts - ran_ns) OVER one_by_one AS next_run_ts,
        coalesce(off_cpu, CASE WHEN lag(on_ts) OVER one_by_one = off_ts - ran_ns THEN lag(on_cpu) OVER one_by_one END) AS run_cpu
    FROM wait
    WINDOW one_by_one AS (PARTITION BY thread ORDER BY seq)
)
SELECT cpu, begin_ts, end_ts, tid, comm, state, preempted, vanishes FROM (
    SELECT
        CASE WHEN instant THEN on_cpu ELSE run_cpu END AS cpu,
        CASE WHEN instant THEN on_ts ELSE off_ts - coalesce(ran_ns, 0) END AS begin_ts,
        CASE WHEN instant THEN on_ts ELSE off_ts END AS end_ts,
        thread,
        tid,
        comm,
        state,
        preempted,
        instant OR (on_ts IS NULL AND NOT open AND state & 128 = 0) AS vanishes
    FROM told CROSS JOIN (VALUES (FALSE), (TRUE)) AS sides (instant)
    WHERE NOT instant OR (NOT open AND next_run_ts IS DISTINCT FROM on_ts)
)
WHERE cpu IS NOT NULL AND end_ts >= $from AND begin_ts <= $to
ORDER BY cpu, begin_ts, end_ts, thread";

/// States as `sched_switch` reports them.
const REPORT: i64 = 0x7f;
const EXIT_DEAD: i64 = 0x10;
const REPORT_IDLE: i64 = 0x80;
const REPORT_PREEMPTED: i64 = 0x100;
/// None that there is: the thread has no state from here on.
const NO_STATE: i64 = 0x8000;

pub fn write(export: &Export<'_>, packets: &mut Packets) -> Result<()> {
    let unknown = Unknown::read(export)?;
    let window = export.window.clone();
    let mut cpu: Option<Cpu> = None;
    let mut left_out = 0_u64;
    each(export.session, &export.sql(RUNS), |row| {
        let number = row.number(0).and_then(|cpu| u32::try_from(cpu).ok()).unwrap_or(0);
        if cpu.as_ref().is_none_or(|cpu| cpu.number != number) {
            let before = cpu.replace(Cpu { number, at: i64::MIN, on: None });
            before.map_or(Ok(()), |before| before.end(packets, &unknown, window.end))?;
        }
        let Some(cpu) = &mut cpu else { return Ok(()) };
        let (begin, end) = (row.number(1).unwrap_or(0), row.number(2).unwrap_or(0));
        let state = row.number(5).unwrap_or(0);
        let seen = begin.max(window.start)..end.min(window.end);
        let thread = Occupant {
            tid: row.number(3).and_then(|tid| i32::try_from(tid).ok()).unwrap_or(0),
            comm: row.text(4).into(),
            state: match state {
                // It runs on behind the window.
                _ if end > window.end => 0,
                _ if row.flag(7) => NO_STATE,
                state => reported(state, row.flag(6)),
            },
            dies: end <= window.end && !row.flag(7) && state & i64::from(Wait::DEAD) != 0,
        };
        let fits = cpu.run(packets, &unknown, seen, thread)?;
        left_out += u64::from(!fits);
        Ok(())
    })?;
    cpu.map_or(Ok(()), |cpu| cpu.end(packets, &unknown, window.end))?;
    if left_out > 0 {
        say!("note: left out {left_out} runs of threads that overlap with others on the same CPU");
    }
    packets.end_bundle()
}

/// The state that a kernel reports when a thread leaves the CPU in this one.
fn reported(state: i64, preempted: bool) -> i64 {
    /// Sleeps of real-time locks and of the freezer, reported as uninterruptible.
    const LIKE_UNINTERRUPTIBLE: i64 = 0x1000 | 0x8000;
    const IDLE: i64 = 0x402;
    match state {
        _ if preempted => REPORT_PREEMPTED,
        0 => 0,
        state if state & i64::from(Wait::DEAD) != 0 => EXIT_DEAD,
        state if state & IDLE == IDLE => REPORT_IDLE,
        state if state & REPORT != 0 => 1 << (state & REPORT).ilog2(),
        state if state & LIKE_UNINTERRUPTIBLE != 0 => 2,
        _ => NO_STATE,
    }
}

/// What is on a CPU, and how it leaves.
#[derive(Clone, Debug)]
struct Occupant {
    tid: i32,
    comm: String,
    state: i64,
    dies: bool,
}

#[derive(Debug)]
struct Cpu {
    number: u32,
    /// Until when it is told.
    at: i64,
    on: Option<Occupant>,
}

impl Cpu {
    /// Lets a thread run; false where another one runs at that time.
    fn run(
        &mut self,
        packets: &mut Packets,
        unknown: &Unknown,
        when: Range<i64>,
        thread: Occupant,
    ) -> Result<bool> {
        if when.start < self.at {
            return Ok(false);
        }
        if self.on.is_some() {
            self.leave_empty(packets, unknown, when.start)?;
        }
        self.switch(packets, when.start, thread)?;
        self.at = when.end;
        Ok(true)
    }

    /// Nothing more is known of it until `end`.
    fn leave_empty(&mut self, packets: &mut Packets, unknown: &Unknown, end: i64) -> Result<()> {
        for (part, is_unknown) in unknown.divide(self.at..end) {
            let filler = if is_unknown { lost() } else { self.idle() };
            self.switch(packets, part.start, filler)?;
            self.at = part.end;
        }
        Ok(())
    }

    fn end(mut self, packets: &mut Packets, unknown: &Unknown, end: i64) -> Result<()> {
        self.leave_empty(packets, unknown, end)?;
        let idle = self.idle();
        match &self.on {
            Some(on) if on.tid != idle.tid => self.switch(packets, self.at, idle),
            _ => Ok(()),
        }
    }

    fn switch(&mut self, packets: &mut Packets, at: i64, next: Occupant) -> Result<()> {
        let prev = self.on.take().unwrap_or_else(|| self.idle());
        let event = |pid: i32| FtraceEvent {
            timestamp: Some(stamp(at)),
            pid: Some(pid.unsigned_abs()),
            ..FtraceEvent::default()
        };
        let switch = SchedSwitch {
            prev_comm: Some(prev.comm.clone()),
            prev_pid: Some(prev.tid),
            prev_state: Some(prev.state),
            next_comm: Some(next.comm.clone()),
            next_pid: Some(next.tid),
        };
        packets
            .event(self.number, FtraceEvent { sched_switch: Some(switch), ..event(prev.tid) })?;
        if prev.dies {
            // Its id may be given to another thread from here on.
            let free = SchedProcessFree { comm: Some(prev.comm), pid: Some(prev.tid) };
            packets.event(
                self.number,
                FtraceEvent { sched_process_free: Some(free), ..event(next.tid) },
            )?;
        }
        self.on = Some(next);
        Ok(())
    }

    fn idle(&self) -> Occupant {
        Occupant { tid: 0, comm: format!("swapper/{}", self.number), state: 0, dies: false }
    }
}

fn lost() -> Occupant {
    Occupant { tid: LOST.0, comm: LOST.1.into(), state: 0, dies: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_those_of_the_tracepoint() {
        let states = [
            (0, 0),
            (1, 1),
            (2, 2),
            (0x102, 2),
            (0x2001, 1),
            (0x80, EXIT_DEAD),
            (0x402, REPORT_IDLE),
            (0x40, 0x40),
            (0x1000, 2),
            (0x4000, NO_STATE),
        ];
        for (state, expected) in states {
            assert_eq!(reported(state, false), expected, "{state:#x}");
        }
        assert_eq!(reported(1, true), REPORT_PREEMPTED);
    }
}
