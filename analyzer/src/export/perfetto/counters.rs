//! What /proc counted, a track per counter under one per file.

use anyhow::Result;

use super::messages::{CounterDescriptor, TrackDescriptor, TrackEvent};
use super::packets::Packets;
use super::tracks::{Kind, uuid};
use crate::export::Export;
use crate::export::rows::each;

const READINGS: &str = "SELECT source, key, ts, value
FROM counter
WHERE ts >= $from AND ts <= $to
ORDER BY source, key, ts";

pub fn write(export: &Export<'_>, packets: &mut Packets) -> Result<()> {
    let (mut groups, mut counters) = (0, 0);
    let (mut file, mut key) = (None, None);
    each(export.session, &export.sql(READINGS), |row| {
        let track = TrackDescriptor::default;
        if file.as_deref() != Some(row.text(0)) {
            file = Some(row.text(0).to_owned());
            key = None;
            groups += 1;
            let name = Some(format!("/proc {}", row.text(0)));
            packets.track(TrackDescriptor { uuid: uuid(Kind::Group, groups), name, ..track() })?;
        }
        if key.as_deref() != Some(row.text(1)) {
            key = Some(row.text(1).to_owned());
            counters += 1;
            packets.track(TrackDescriptor {
                uuid: uuid(Kind::Counter, counters),
                name: key.clone(),
                parent_uuid: Some(uuid(Kind::Group, groups)),
                counter: Some(CounterDescriptor {}),
                ..track()
            })?;
        }
        packets.track_event(
            row.number(2).unwrap_or(0),
            TrackEvent {
                r#type: TrackEvent::COUNTER,
                track_uuid: uuid(Kind::Counter, counters),
                counter_value: row.number(3),
                ..TrackEvent::default()
            },
        )
    })
}
