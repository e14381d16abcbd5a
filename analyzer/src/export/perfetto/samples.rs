//! CPU samples with their stacks.

use std::collections::{HashMap, HashSet};

use anyhow::Result;

use super::messages::*;
use super::packets::{Packets, stamp};
use crate::export::Export;
use crate::export::rows::each;
use crate::export::stacks::{Module, Stacks};

const SAMPLES: &str = "SELECT ts, cpu, tid, pid, ustack, kstack
FROM sample
WHERE ts > $from AND ts <= $to
ORDER BY ts, cpu, thread";

pub fn write(export: &Export<'_>, packets: &mut Packets) -> Result<()> {
    let stacks = Stacks::read(export.session)?;
    let mut interned =
        Interned { stacks: &stacks, callstacks: HashMap::new(), sent: HashSet::new() };
    let mut clocks: HashMap<u32, u64> = HashMap::new();
    let period = export.sample_ns().unsigned_abs();
    each(export.session, &export.sql(SAMPLES), |row| {
        let number = |column: usize| {
            row.number(column).and_then(|number| u32::try_from(number).ok()).unwrap_or(0)
        };
        let cpu = number(1);
        let clock = clocks.entry(cpu).or_default();
        *clock += period;
        let sample = PerfSample {
            cpu,
            tid: number(2),
            pid: number(3),
            callstack_iid: interned.callstack(&mut packets.fresh, row.number(4), row.number(5)),
            cpu_mode: if row.number(5).is_some() { PerfSample::KERNEL } else { PerfSample::USER },
            timebase_count: *clock,
        };
        packets.write(TracePacket {
            timestamp: row.number(0).map(stamp),
            perf_sample: Some(sample),
            ..TracePacket::default()
        })
    })
}

/// What was sent already. A number is a place and 1: there is no number 0.
struct Interned<'a> {
    stacks: &'a Stacks,
    callstacks: HashMap<(Option<i64>, Option<i64>), u64>,
    sent: HashSet<Sent>,
}

#[derive(PartialEq, Eq, Hash)]
enum Sent {
    Frame(u32),
    Module(u64),
}

impl Interned<'_> {
    fn callstack(
        &mut self,
        fresh: &mut InternedData,
        user: Option<i64>,
        kernel: Option<i64>,
    ) -> Option<u64> {
        if let Some(iid) = self.callstacks.get(&(user, kernel)) {
            return Some(*iid);
        }
        let frame_ids: Vec<u64> =
            self.stacks.frames_of(user, kernel).map(|frame| self.frame(fresh, frame)).collect();
        if frame_ids.is_empty() {
            return None;
        }
        let iid = self.callstacks.len() as u64 + 1;
        self.callstacks.insert((user, kernel), iid);
        fresh.callstacks.push(Callstack { iid, frame_ids });
        Some(iid)
    }

    fn frame(&mut self, fresh: &mut InternedData, place: u32) -> u64 {
        let iid = u64::from(place) + 1;
        if self.sent.insert(Sent::Frame(place)) {
            let frame = &self.stacks.frames[place as usize];
            fresh.function_names.push(InternedString { iid, str: frame.name.clone().into_bytes() });
            let mapping_id = self.module(fresh, frame.module);
            fresh.frames.push(Frame {
                iid,
                function_name_id: iid,
                mapping_id,
                rel_pc: frame.offset,
            });
        }
        iid
    }

    /// Every frame lies in a mapping, those without a module in one that has no name.
    fn module(&mut self, fresh: &mut InternedData, place: Option<usize>) -> u64 {
        let nowhere = Module { path: "[unknown]".into(), build_id: String::new() };
        let iid = place.unwrap_or(self.stacks.modules.len()) as u64 + 1;
        if self.sent.insert(Sent::Module(iid)) {
            let module = place.map_or(&nowhere, |place| &self.stacks.modules[place]);
            fresh.mapping_paths.push(InternedString { iid, str: module.path.clone().into_bytes() });
            let bytes = bytes(&module.build_id);
            let build_id = if bytes.is_empty() { 0 } else { iid };
            if build_id != 0 {
                fresh.build_ids.push(InternedString { iid, str: bytes });
            }
            fresh.mappings.push(Mapping { iid, build_id, path_string_ids: vec![iid] });
        }
        iid
    }
}

/// What hexadecimal digits stand for; nothing where they are no digits.
fn bytes(digits: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    digits.as_bytes().chunks(2).map(byte).collect::<Option<_>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn build_ids_are_bytes() {
        assert_eq!(bytes("00ff1a"), [0, 0xff, 0x1a]);
        assert!(bytes("").is_empty() && bytes("xyz").is_empty() && bytes("1é").is_empty());
    }
}
