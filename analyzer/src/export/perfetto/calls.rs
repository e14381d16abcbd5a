//! System calls as slices of the threads that made them.

use anyhow::Result;

use super::messages::*;
use super::packets::Packets;
use super::tracks::{Kind, Lanes, Place, uuid};
use crate::export::Export;
use crate::export::rows::each;

const CALLS: &str = "WITH every AS (
    SELECT thread, tid, pid, comm, ts, duration_ns, ret, syscall, path AS about, 'path' AS word FROM path
    UNION ALL
    SELECT thread, tid, pid, comm, ts, duration_ns, ret, syscall, file, 'file' FROM io
    UNION ALL
    SELECT thread, tid, pid, comm, ts, duration_ns, ret, syscall, endpoint, 'endpoint' FROM sock
    UNION ALL
    SELECT thread, tid, pid, comm, ts, duration_ns, ret, syscall, '', '' FROM misc
)
SELECT thread, tid, pid, comm, ts, ts + duration_ns, ret, coalesce(name, '[unknown: ' || every.syscall || ']'), about, word
FROM every LEFT JOIN (SELECT number, min(name) AS name FROM syscall GROUP BY number) ON every.syscall = number
WHERE ts < $to AND coalesce(ts + duration_ns, $stop) > $from
ORDER BY thread, ts, ts + duration_ns, every.syscall";

pub fn write(export: &Export<'_>, packets: &mut Packets) -> Result<()> {
    let mut caller: Option<(i64, Lanes)> = None;
    let mut left_out = 0_u64;
    each(export.session, &export.sql(CALLS), |row| {
        let thread = row.number(0).unwrap_or(0);
        if caller.as_ref().is_none_or(|(known, _)| *known != thread) {
            caller = Some((thread, Lanes::default()));
        }
        let Some((_, lanes)) = &mut caller else { return Ok(()) };
        let (begin, end) = (row.number(4).unwrap_or(0), row.number(5));
        let Some(place) = lanes.take(begin, end) else {
            left_out += 1;
            return Ok(());
        };
        // A thread makes one call at a time; rows that say otherwise get a track below.
        let own = uuid(Kind::Thread, thread.unsigned_abs());
        let below = |lane: usize| uuid(Kind::Thread, (lane as u64) << 40 | thread.unsigned_abs());
        let number = |column: usize| {
            row.number(column).and_then(|number| i32::try_from(number).ok()).unwrap_or(0)
        };
        let track = match place {
            Place::Known(0) => own,
            Place::Known(lane) => below(lane),
            Place::New(0) => {
                let (tid, pid) = (number(1).into(), number(2));
                let thread = ThreadDescriptor { pid, tid, thread_name: row.text(3).into() };
                let descriptor = TrackDescriptor {
                    uuid: own,
                    thread: Some(thread),
                    ..TrackDescriptor::default()
                };
                packets.track(descriptor)?;
                own
            }
            Place::New(lane) => {
                let uuid = below(lane);
                let (name, parent_uuid) = (Some("system calls".into()), Some(own));
                packets.track(TrackDescriptor {
                    uuid,
                    name,
                    parent_uuid,
                    ..TrackDescriptor::default()
                })?;
                uuid
            }
        };
        let mut about = Vec::new();
        if let Some(ret) = row.number(6) {
            about.push(packets.number("ret", ret));
        }
        let word = match row.text(9) {
            "path" => "path",
            "file" => "file",
            _ => "endpoint",
        };
        if !row.text(8).is_empty() {
            about.push(packets.text(word, row.text(8)));
        }
        packets.slice(track, row.text(7), begin, end, about)
    })?;
    if left_out > 0 {
        say!(
            "note: left out {left_out} system calls that overlap with too many of the same thread"
        );
    }
    Ok(())
}
