//! W9: waits for the disk end at the interrupt of the disk, and at nobody's program.

use afterwake_tests::program::sql;

use crate::facts::Facts;
use crate::folded::{RUNQUEUE, assert_share, lines, sum};
use crate::machine::{on_disk, record};

#[test]
fn a_sync_waits_for_the_disk() {
    let disk = on_disk();
    let directory = disk.path().to_string_lossy().into_owned();
    let Some(recorded) = record("w9", &[&directory]) else { return };
    let writer = recorded.truth.part("w9-writer");
    let facts = Facts::of(&recorded.path, &writer);
    facts.assert_all_switches(&writer);
    assert!(facts.voluntary >= writer.get("rounds"), "it waits in every round: {facts:?}");

    let (tid, begin, end) = (writer.get("tid"), writer.get("begin_ns"), writer.get("end_ns"));
    let rows = sql(
        &recorded.path,
        &format!(
            "SELECT count(*) AS waits,
                count(*) FILTER (WHERE w.state & 2 = 0) AS interruptible,
                count(*) FILTER (WHERE w.waker IS NOT NULL AND NOT t.kernel) AS by_programs
             FROM wait w
             LEFT JOIN (SELECT thread, bool_or(kernel) AS kernel FROM thread GROUP BY thread) t
                ON t.thread = w.waker
             WHERE w.tid = {tid} AND w.off_ts >= {begin} AND w.off_ts < {end}
                AND NOT w.preempted AND w.state <> 0"
        ),
    );
    assert_eq!(rows[0]["by_programs"], 0, "{rows:?}");
    assert_eq!(rows[0]["interruptible"], 0, "{rows:?}");

    let flag = tid.to_string();
    let chain = lines("chaingraph", &recorded.path, "w9-", &["-t", &flag]);
    let blocked: Vec<_> = chain.into_iter().filter(|line| !line.ends(RUNQUEUE)).collect();
    // Or at a thread of the kernel that was already running when the wait began, or at a waking
    // that the host hid, of which `assert_all_switches` has counted few.
    assert_share("chains that end in the kernel", &blocked, 95, |line| {
        let last = line.folded.rsplit(';').next().unwrap_or_default();
        let kernel = ["[softirq", "[hardirq", "[no-waker]", "kworker/", "jbd2/", "ksoftirqd/"];
        kernel.iter().any(|name| last.starts_with(name))
    });
    let by_interrupt = sum(&blocked, |line| line.ends("[softirq") || line.ends("[hardirq"));
    assert!(by_interrupt > 0, "no chain ends at the disk's interrupt");
}
