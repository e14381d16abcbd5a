//! The processed profile format of Firefox Profiler, version 58: threads with samples of their CPU time, and their
//! waits as markers that tell who woke them.

mod tables;
mod thread;

use std::io::Write;

use anyhow::Result;
use serde_json::{Value, json};

use super::Export;
use super::rows::each;
use super::stacks::{Module, Stacks};
use crate::output::{Output, finish};
use tables::Strings;
use thread::{Identity, Thread, Wait};

/// Of the format. Later versions of the profiler read it, earlier ones refuse it.
const VERSION: u32 = 58;
/// Of the unprocessed format that goes with it.
const GECKO_VERSION: u32 = 32;

/// Samples before waits, one thread after the other.
const ROWS: &str = "WITH every AS (
    SELECT thread, TRUE AS sample, ts, NULL AS end_ts, ustack, kstack, NULL AS state, NULL AS preempted,
        NULL AS blocked_ns, NULL AS queued_ns, NULL AS waker, NULL AS waker_context, NULL AS waker_kstack
    FROM sample
    WHERE ts > $from AND ts <= $to
    UNION ALL
    SELECT thread, FALSE, off_ts, on_ts, ustack, kstack, state, NOT voluntary,
        blocked_ns, queued_ns, CASE WHEN woken THEN waker END, CASE WHEN woken THEN waker_context END, waker_kstack
    FROM waits
    WHERE on_ts > $from AND on_ts <= $to
    UNION ALL
    SELECT thread, FALSE, coalesce(off_ts, $start), NULL, ustack, kstack, state, preempted, NULL, NULL, NULL, NULL, NULL
    FROM wait
    WHERE open AND state <> 0 AND state & 128 = 0 AND woken_ts IS NULL AND coalesce(off_ts, $start) < $to
)
SELECT every.thread, coalesce(own.tid, 0), coalesce(own.pid, 0), coalesce(own.comm, '[unknown]'),
    sample, ts, end_ts, ustack, kstack, task_state(state, preempted), blocked_ns, queued_ns,
    coalesce(wakers.comm || ' (' || CAST(wakers.tid AS VARCHAR) || ')', terminal(waker_context, waker_kstack))
FROM every
    LEFT JOIN threads AS own ON every.thread = own.thread
    LEFT JOIN threads AS wakers ON every.waker = wakers.thread
ORDER BY every.thread, NOT sample, ts, end_ts";

pub fn write(export: &Export<'_>, output: &Output) -> Result<()> {
    let stacks = Stacks::read(export.session)?;
    let mut file = output.file()?;
    let libs: Vec<Value> = stacks.modules.iter().map(|module| lib(export, module)).collect();
    write!(
        file,
        "{{\"meta\":{},\"libs\":{},\"pages\":[],\"threads\":[",
        meta(export),
        json!(libs)
    )?;
    let mut strings = Strings::default();
    let mut thread: Option<Thread> = None;
    let mut first = true;
    let mut end = |thread: Option<Thread>| -> Result<()> {
        let Some(thread) = thread else { return Ok(()) };
        if !std::mem::take(&mut first) {
            file.write_all(b",")?;
        }
        Ok(serde_json::to_writer(&mut file, &thread)?)
    };
    let milliseconds = |ns: i64| ns as f64 / 1e6;
    let since = |ts: i64| milliseconds(ts.saturating_sub(export.window.start));
    each(export.session, &export.sql(ROWS), |row| {
        let number = row.number(0).unwrap_or(0);
        if thread.as_ref().is_none_or(|thread| thread.number != number) {
            let identity = Identity {
                tid: row.number(1).unwrap_or(0),
                pid: row.number(2).unwrap_or(0),
                comm: row.text(3),
            };
            end(thread.replace(Thread::new(
                number,
                &identity,
                milliseconds(export.window.end - export.window.start),
            )))?;
        }
        let Some(thread) = &mut thread else { return Ok(()) };
        let stack = thread.stack(&stacks, &mut strings, row.number(7), row.number(8));
        let begin = since(row.number(5).unwrap_or(0));
        if row.flag(4) {
            thread.sample(begin, stack);
            return Ok(());
        }
        let waker = match row.text(12) {
            "" => "[no waker]",
            waker => waker,
        };
        thread.wait(
            &mut strings,
            &Wait {
                begin,
                end: row.number(6).map(since),
                state: row.text(9),
                blocked: row.number(10).map(milliseconds),
                queued: row.number(11).map(milliseconds),
                waker,
                stack,
            },
        );
        Ok(())
    })?;
    end(thread)?;
    let sources = json!({ "length": 0, "uuid": [], "filename": [] });
    let shared = json!({ "stringArray": strings.all(), "sources": sources });
    write!(file, "],\"shared\":{shared}}}")?;
    finish(file)
}

fn meta(export: &Export<'_>) -> Value {
    let host = &export.member.manifest.host;
    let category = |name: &str, color: &str| json!({ "name": name, "color": color, "subcategories": ["Other"] });
    let field = |key: &str, label: &str, format: &str| json!({ "key": key, "label": label, "format": format });
    json!({
        "version": GECKO_VERSION,
        "preprocessedProfileVersion": VERSION,
        "interval": export.sample_ns() as f64 / 1e6,
        "startTime": export.wall_ns(export.window.start) as f64 / 1e6,
        "startTimeAsClockMonotonicNanosecondsSinceBoot": export.window.start,
        "profilingStartTime": 0,
        "profilingEndTime": (export.window.end - export.window.start) as f64 / 1e6,
        "processType": 0,
        "product": export.member.host(),
        "importedFrom": concat!("afterwake ", env!("CARGO_PKG_VERSION")),
        "oscpu": format!("Linux {} {}", host.kernel, host.machine),
        "platform": host.os,
        "mainMemory": host.memory_bytes,
        "logicalCPUs": host.cpus,
        "stackwalk": 1,
        "debug": false,
        "symbolicated": true,
        "usesOnlyOneStackType": true,
        "sourceCodeIsNotOnSearchfox": true,
        "sampleUnits": { "time": "ms", "eventDelay": "ms", "threadCPUDelta": "ns" },
        // In the order of `tables::Category`.
        "categories": [
            category("Other", "grey"),
            category("User", "yellow"),
            category("Kernel", "orange"),
            category("Off-CPU", "blue"),
        ],
        "markerSchema": [{
            "name": thread::MARKER,
            "tooltipLabel": "Off the CPU, woken by {marker.data.waker}",
            "tableLabel": "{marker.data.state}, woken by {marker.data.waker}",
            "chartLabel": "{marker.data.state}, {marker.data.waker}",
            "display": ["marker-chart", "marker-table"],
            "description": "A wait: from leaving the CPU to getting one again.",
            "fields": [
                field("waker", "Woken by", "string"),
                field("state", "Task state", "string"),
                field("blocked", "Blocked", "duration"),
                field("queued", "Waited for a CPU", "duration"),
            ],
        }],
    })
}

/// A file with code. Its debug id is made of the build id as breakpad makes it: the first 16 bytes as a GUID, whose
/// first three numbers are little-endian, and an age of 0.
fn lib(export: &Export<'_>, module: &Module) -> Value {
    let id = &module.build_id;
    let has_id = id.len() >= 2 && id.bytes().all(|digit| digit.is_ascii_hexdigit());
    let pad = format!("{id:0<32}");
    let reversed = |from: usize, to: usize| -> String {
        (from..to).rev().map(|byte| &pad[2 * byte..2 * byte + 2]).collect()
    };
    let breakpad = || {
        format!("{}{}{}{}0", reversed(0, 4), reversed(4, 6), reversed(6, 8), &pad[16..32])
            .to_uppercase()
    };
    json!({
        "arch": export.member.manifest.host.machine,
        "name": module.file(),
        "path": module.path,
        "debugName": module.file(),
        "debugPath": module.path,
        "breakpadId": if has_id { breakpad() } else { String::new() },
        "codeId": if has_id { Some(id) } else { None },
    })
}
