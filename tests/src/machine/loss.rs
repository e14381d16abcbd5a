//! Takes rows out of a recording, as a full ring would.

use afterwake_schema::streams::{Lost, Wait};

use super::contract::Rows;
use super::{Machine, START, Thread};
use crate::random::Random;

/// The reason `ring` of the `lost` table: the ring was full.
const RING: u8 = 1;

/// A span of a thread's life of which nothing is known, in nanoseconds since [`START`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    pub thread: Thread,
    pub from: u64,
    pub to: u64,
}

/// Drops `percent` of the wait rows, counts them as lost, and says what is unknown from then on.
///
/// A lost row takes along the run before it: what is left knows the thread up to the row's previous
/// switch-in, and again from its own.
pub fn drop_waits(
    machine: &Machine,
    rows: &mut Rows,
    percent: u64,
    random: &mut Random,
) -> Vec<Hole> {
    let mut holes = Vec::new();
    let waits = std::mem::take(&mut rows.waits);
    let mut last_on = vec![0; rows.threads.len() + 1];
    for row in waits {
        let previous = std::mem::replace(&mut last_on[row.thread as usize], row.on_ts);
        if random.chance(percent) {
            holes.push(hole(machine, rows, &row, previous));
        } else {
            rows.waits.push(row);
        }
    }
    if !holes.is_empty() {
        let (ts, count) = (START + machine.stop, holes.len() as u64);
        rows.lost.push(Lost { ts, cpu: 0, reason: RING, rows: count, stream: "wait".into() });
    }
    holes
}

fn hole(machine: &Machine, rows: &Rows, row: &Wait, previous_on: u64) -> Hole {
    let name = &rows.threads[row.thread as usize - 1].comm;
    Hole {
        thread: machine.thread(name),
        from: previous_on.saturating_sub(START),
        to: if row.on_ts == 0 { u64::MAX } else { row.on_ts - START },
    }
}
