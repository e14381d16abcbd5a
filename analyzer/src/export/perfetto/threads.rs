//! Who the threads are: their processes and names, from when on they are known.

use anyhow::Result;

use super::messages::*;
use super::packets::{Packets, stamp};
use super::{LOST, UNRECORDED};
use crate::export::Export;
use crate::export::rows::each;

/// A thread that is born in the recording is told of after its birth, or it would be taken for another one.
const THREADS: &str = "SELECT greatest(ts, born_ts + 1), tid, pid, ppid, uid, comm
FROM thread
    LEFT JOIN (SELECT thread AS child, min(woken_ts) AS born_ts FROM wait WHERE born GROUP BY thread) ON thread = child
ORDER BY 1, thread";

pub fn write(export: &Export<'_>, packets: &mut Packets) -> Result<()> {
    for (tid, name) in [LOST, UNRECORDED] {
        let row = Identity { tid, pid: tid, ppid: 0, uid: 0, name };
        tell(packets, export.window.start, &row)?;
    }
    each(export.session, THREADS, |row| {
        let number = |column: usize| {
            row.number(column).and_then(|number| i32::try_from(number).ok()).unwrap_or(0)
        };
        let thread = Identity {
            tid: number(1),
            pid: number(2),
            ppid: number(3),
            uid: number(4),
            name: row.text(5),
        };
        tell(packets, row.number(0).unwrap_or(0), &thread)
    })
}

struct Identity<'a> {
    tid: i32,
    pid: i32,
    ppid: i32,
    uid: i32,
    name: &'a str,
}

fn tell(packets: &mut Packets, at: i64, thread: &Identity<'_>) -> Result<()> {
    let own = Thread { tid: thread.tid, name: thread.name.into(), tgid: thread.pid };
    let process = Process {
        pid: thread.pid,
        ppid: Some(thread.ppid),
        cmdline: vec![thread.name.into()],
        uid: Some(thread.uid),
        cmdline_is_comm: Some(true),
    };
    let processes = Some(process).filter(|_| thread.tid == thread.pid).into_iter().collect();
    packets.write(TracePacket {
        timestamp: Some(stamp(at)),
        process_tree: Some(ProcessTree { processes, threads: vec![own] }),
        ..TracePacket::default()
    })
}
