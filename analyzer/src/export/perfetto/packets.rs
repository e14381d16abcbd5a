//! Writes packets one by one. Texts are sent once and numbered.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::Result;
use prost::Message;
use prost::encoding::encode_varint;

use super::messages::*;

/// All packets are of one sequence.
const SEQUENCE: u32 = 1;
/// The field of a packet in the trace, as the encoding has it: field 1, of a length that follows.
const PACKET: u8 = 0x0a;
/// Events of one CPU that travel in one packet.
const BUNDLE_EVENTS: usize = 512;

pub struct Packets {
    file: BufWriter<File>,
    bytes: Vec<u8>,
    /// What was interned since the last packet, to go with the next one.
    pub fresh: InternedData,
    names: HashMap<String, u64>,
    annotations: HashMap<&'static str, u64>,
    bundle: FtraceEventBundle,
}

impl Packets {
    pub fn new(file: BufWriter<File>) -> Self {
        Self {
            file,
            bytes: Vec::new(),
            fresh: InternedData::default(),
            names: HashMap::new(),
            annotations: HashMap::new(),
            bundle: FtraceEventBundle::default(),
        }
    }

    /// Writes a packet.
    pub fn write(&mut self, packet: TracePacket) -> Result<()> {
        let mut packet = TracePacket { trusted_packet_sequence_id: SEQUENCE, ..packet };
        if packet.track_event.is_some() || packet.perf_sample.is_some() {
            packet.sequence_flags.get_or_insert(NEEDS_STATE);
            let fresh = std::mem::take(&mut self.fresh);
            packet.interned_data = Some(fresh).filter(|fresh| *fresh != InternedData::default());
        }
        self.bytes.clear();
        self.bytes.push(PACKET);
        encode_varint(packet.encoded_len() as u64, &mut self.bytes);
        packet.encode(&mut self.bytes)?;
        Ok(self.file.write_all(&self.bytes)?)
    }

    /// Adds an event of a CPU to the bundle that is being filled.
    pub fn event(&mut self, cpu: u32, event: FtraceEvent) -> Result<()> {
        if self.bundle.cpu != Some(cpu) || self.bundle.event.len() >= BUNDLE_EVENTS {
            self.end_bundle()?;
            self.bundle.cpu = Some(cpu);
        }
        self.bundle.event.push(event);
        Ok(())
    }

    /// Writes the events that were added.
    pub fn end_bundle(&mut self) -> Result<()> {
        let bundle = std::mem::take(&mut self.bundle);
        if bundle.event.is_empty() {
            return Ok(());
        }
        self.write(TracePacket { ftrace_events: Some(bundle), ..TracePacket::default() })
    }

    /// The number of an event's name.
    pub fn name(&mut self, name: &str) -> u64 {
        if let Some(iid) = self.names.get(name) {
            return *iid;
        }
        let iid = self.names.len() as u64 + 1;
        self.names.insert(name.into(), iid);
        self.fresh.event_names.push(EventName { iid, name: name.into() });
        iid
    }

    /// A number that goes with an event.
    pub fn number(&mut self, name: &'static str, value: i64) -> DebugAnnotation {
        let name_iid = self.annotation(name);
        DebugAnnotation { name_iid, int_value: Some(value), string_value: None }
    }

    /// A text that goes with an event.
    pub fn text(&mut self, name: &'static str, value: &str) -> DebugAnnotation {
        let name_iid = self.annotation(name);
        DebugAnnotation { name_iid, int_value: None, string_value: Some(value.into()) }
    }

    fn annotation(&mut self, name: &'static str) -> u64 {
        let next = self.annotations.len() as u64 + 1;
        let iid = *self.annotations.entry(name).or_insert(next);
        if iid == next {
            self.fresh.debug_annotation_names.push(EventName { iid, name: name.into() });
        }
        iid
    }

    /// Begins a slice on a track and ends it, where its end is known.
    pub fn slice(
        &mut self,
        track: u64,
        name: &str,
        begin: i64,
        end: Option<i64>,
        about: Vec<DebugAnnotation>,
    ) -> Result<()> {
        let name_iid = Some(self.name(name));
        let event = TrackEvent {
            debug_annotations: about,
            r#type: TrackEvent::BEGIN,
            name_iid,
            track_uuid: track,
            counter_value: None,
        };
        self.track_event(begin, event)?;
        let end_event =
            TrackEvent { r#type: TrackEvent::END, track_uuid: track, ..TrackEvent::default() };
        end.map_or(Ok(()), |end| self.track_event(end, end_event))
    }

    pub fn track_event(&mut self, at: i64, event: TrackEvent) -> Result<()> {
        self.write(TracePacket {
            timestamp: Some(stamp(at)),
            track_event: Some(event),
            ..TracePacket::default()
        })
    }

    pub fn track(&mut self, track: TrackDescriptor) -> Result<()> {
        self.write(TracePacket { track_descriptor: Some(track), ..TracePacket::default() })
    }

    pub fn finish(mut self) -> Result<BufWriter<File>> {
        self.end_bundle()?;
        Ok(self.file)
    }
}

/// An instant as the format has it; none lies before the boot.
pub fn stamp(instant: i64) -> u64 {
    u64::try_from(instant).unwrap_or(0)
}
