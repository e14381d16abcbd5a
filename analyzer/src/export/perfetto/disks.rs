//! Disk requests as slices of the disks.

use std::collections::HashMap;

use anyhow::Result;

use super::messages::TrackDescriptor;
use super::packets::Packets;
use super::tracks::{Kind, Lanes, Place, uuid};
use crate::export::Export;
use crate::export::rows::each;

/// From the moment that a request was queued; those that a threshold kept out have no times.
const REQUESTS: &str = "SELECT dev, disk, coalesce(queue_ts, issue_ts) AS begin_ts, done_ts, flag_text, comm, tid, bytes, sector, error,
    queued_ns, service_ns
FROM disk_io
WHERE NOT summed AND coalesce(queue_ts, issue_ts) < $to AND coalesce(done_ts, $stop) > $from
ORDER BY dev, begin_ts, done_ts, sector";

pub fn write(export: &Export<'_>, packets: &mut Packets) -> Result<()> {
    let mut disks: HashMap<i64, Lanes> = HashMap::new();
    let mut left_out = 0_u64;
    each(export.session, &export.sql(REQUESTS), |row| {
        let dev = row.number(0).unwrap_or(0);
        let (begin, end) = (row.number(2).unwrap_or(0), row.number(3));
        let Some(place) = disks.entry(dev).or_default().take(begin, end) else {
            left_out += 1;
            return Ok(());
        };
        let (Place::Known(lane) | Place::New(lane)) = place;
        let track = uuid(Kind::Lane, (lane as u64) << 32 | dev.unsigned_abs());
        if let Place::New(_) = place {
            // Tracks of one name are shown as one.
            let name = Some(format!("Disk {}", row.text(1)));
            packets.track(TrackDescriptor { uuid: track, name, ..TrackDescriptor::default() })?;
        }
        let mut about = Vec::new();
        if !row.text(5).is_empty() {
            about.push(packets.text("comm", row.text(5)));
        }
        let words = ["tid", "bytes", "sector", "error", "queued_ns", "service_ns"];
        for (word, column) in words.into_iter().zip(6..) {
            if let Some(value) = row.number(column) {
                about.push(packets.number(word, value));
            }
        }
        packets.slice(track, row.text(4), begin, end, about)
    })?;
    if left_out > 0 {
        say!("note: left out {left_out} disk requests that overlap with too many others");
    }
    Ok(())
}
