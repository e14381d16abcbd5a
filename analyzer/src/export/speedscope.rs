//! The file format of speedscope: a list of frames, and profiles that refer to them by place.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::Result;
use serde_json::{Value, json};

use super::Export;
use super::rows::each;
use super::stacks::Stacks;
use crate::output::{Output, finish};

const SAMPLES: &str =
    "SELECT sample.thread, sample.tid, coalesce(threads.comm, '[unknown]'), ustack, kstack
FROM sample LEFT JOIN threads ON sample.thread = threads.thread
WHERE ts > $from AND ts <= $to
ORDER BY sample.thread, ts, cpu";

/// The waits that `offcputime` sums up.
const BLOCKED: &str =
    "SELECT coalesce(threads.comm, '[unknown]'), ustack, kstack, CAST(sum(off_ns) AS BIGINT)
FROM waits LEFT JOIN threads ON waits.thread = threads.thread
WHERE voluntary AND on_ts > $from AND on_ts <= $to
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3";

pub fn write(export: &Export<'_>, output: &Output) -> Result<()> {
    let stacks = Stacks::read(export.session)?;
    let mut file = output.file()?;
    let mut frames: Vec<Value> = stacks
        .frames
        .iter()
        .map(|frame| match frame.module.map(|module| &stacks.modules[module].path) {
            Some(path) => json!({ "name": frame.name, "file": path }),
            None => json!({ "name": frame.name }),
        })
        .collect();
    let known = frames.len();
    // A thread's name is the outermost frame of its blocked time.
    let mut comms = BTreeMap::new();
    each(export.session, "SELECT DISTINCT comm FROM threads ORDER BY comm", |row| {
        comms.insert(row.text(0).to_owned(), known + comms.len());
        Ok(())
    })?;
    frames.extend(comms.keys().map(|comm| json!({ "name": comm })));
    write!(
        file,
        "{{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"exporter\":{},\"name\":{},\"shared\":{{\"frames\":{}}},\"profiles\":[",
        json!(concat!("afterwake ", env!("CARGO_PKG_VERSION"))),
        json!(export.member.name),
        json!(frames)
    )?;
    drop(frames);
    let mut profile: Option<Profile> = None;
    let mut running = None;
    each(export.session, &export.sql(SAMPLES), |row| {
        if running != row.number(0) {
            running = row.number(0);
            end(profile.take(), &mut file, true)?;
        }
        let name = || format!("{} ({}), on a CPU", row.text(2), row.number(1).unwrap_or(0));
        let profile = match &mut profile {
            Some(profile) => profile,
            none => none.insert(Profile::begin(&mut file, &name())?),
        };
        let frames: Vec<u32> = stacks.frames_of(row.number(3), row.number(4)).collect();
        profile.add(&mut file, if frames.is_empty() { &[0] } else { &frames }, export.sample_ns())
    })?;
    end(profile.take(), &mut file, true)?;
    let mut blocked = Profile::begin(&mut file, "Blocked, all threads")?;
    each(export.session, &export.sql(BLOCKED), |row| {
        let comm = comms.get(row.text(0)).map_or(0, |place| *place as u32);
        let frames = std::iter::once(comm).chain(stacks.frames_of(row.number(1), row.number(2)));
        blocked.add(&mut file, &frames.collect::<Vec<_>>(), row.number(3).unwrap_or(0))
    })?;
    end(Some(blocked), &mut file, false)?;
    file.write_all(b"]}\n")?;
    finish(file)
}

/// One that is being written; its weights follow when it ends.
struct Profile {
    /// Weights, and how often each in a row.
    weights: Vec<(i64, u64)>,
}

impl Profile {
    fn begin(file: &mut BufWriter<File>, name: &str) -> Result<Self> {
        let name = json!(name);
        write!(
            file,
            "{{\"type\":\"sampled\",\"unit\":\"nanoseconds\",\"startValue\":0,\"name\":{name},\"samples\":["
        )?;
        Ok(Self { weights: Vec::new() })
    }

    fn add(&mut self, file: &mut BufWriter<File>, frames: &[u32], weight: i64) -> Result<()> {
        let comma = if self.weights.is_empty() { "" } else { "," };
        write!(file, "{comma}{}", json!(frames))?;
        match self.weights.last_mut() {
            Some((last, times)) if *last == weight => *times += 1,
            _ => self.weights.push((weight, 1)),
        }
        Ok(())
    }
}

fn end(profile: Option<Profile>, file: &mut BufWriter<File>, more: bool) -> Result<()> {
    let Some(Profile { weights }) = profile else { return Ok(()) };
    file.write_all(b"],\"weights\":[")?;
    let mut comma = "";
    for (weight, times) in &weights {
        for _ in 0..*times {
            write!(file, "{comma}{weight}")?;
            comma = ",";
        }
    }
    let total: i64 =
        weights.iter().map(|(weight, times)| weight.saturating_mul(*times as i64)).sum();
    write!(file, "],\"endValue\":{total}}}{}", if more { "," } else { "" })?;
    Ok(())
}
