//! What a recording is, what it missed, and what it cost.

use anyhow::Result;
use serde_json::{Value, json};

use super::columns::{numbers, texts};
use super::context::Context;
use crate::recording::Member;
use crate::render::escape;
use crate::run::part_of;
use crate::view::duration;

const COSTS: &str = include_str!("sql/costs.sql");

/// Names and values, as text.
type Facts = Vec<(&'static str, String)>;

pub fn facts(context: &Context, member: &Member) -> Value {
    let (manifest, host) = (&member.manifest, &member.manifest.host);
    let clock = context.session.recording.wall_clock();
    let window = &context.window;
    let seconds = |length: i64| format!("{:.3} s", length as f64 / 1e9);
    let span = member.span();
    let mut facts: Facts = vec![("Recording", member.name.clone())];
    if !host.kernel.is_empty() {
        let memory = host.memory_bytes as f64 / f64::from(1 << 30);
        facts.push(("Host", host.name.clone()));
        facts.push(("System", format!("Linux {} {}, {}", host.kernel, host.machine, host.os)));
        facts.push(("Hardware", format!("{} CPUs, {memory:.1} GiB", host.cpus)));
    }
    let begin = format!("{} {}", clock.date(window.start), clock.time_of_day(window.start));
    facts.push(("Begin", begin));
    let mut length = seconds(window.end - window.start);
    if *window != span {
        length += &format!(
            " of {}, from {}",
            seconds(span.end - span.start),
            seconds(window.start - span.start)
        );
    }
    facts.push(("Length", length));
    if let Some(cut) = &manifest.cut {
        facts.push(("Part of", part_of(cut, &span)));
    }
    if let Some(redacted) = &manifest.redacted {
        let classes: Vec<_> = redacted.replaced.keys().map(String::as_str).collect();
        facts.push(("Redacted", classes.join(", ")));
    }
    if !manifest.tool.is_empty() {
        facts.push(("Recorder", manifest.tool.clone()));
    }
    if !manifest.command.is_empty() {
        facts.push(("Command", manifest.command.join(" ")));
    }
    if let Some(status) = manifest.status {
        facts.push(("Exit status", status.to_string()));
    }
    let options = &manifest.options;
    if options.frequency > 0 {
        facts.push(("CPU samples", format!("{} per second and busy CPU", options.frequency)));
    }
    let least = options.minimum_ns.iter().filter(|(_, least)| **least > 0);
    let least: Vec<_> = least.map(|(name, ns)| format!("{name} {}", duration(*ns))).collect();
    if !least.is_empty() {
        facts.push(("Shorter is summed", least.join(", ")));
    }
    let bytes: u64 = member.segments().map(|segment| segment.size()).sum();
    facts.push(("Size", format!("{:.1} MB", bytes as f64 / 1e6)));
    let facts: Vec<_> =
        facts.iter().map(|(name, text)| [*name, &*escape(text)].map(String::from)).collect();
    json!({ "facts": facts })
}

/// Every stream that was asked for or has rows, with its rows, and what the recorder noted.
pub fn streams(member: &Member) -> Value {
    let tables = afterwake_schema::streams::ALL.iter().map(|stream| (stream.name, stream.doc));
    let summed = afterwake_schema::streams::SUMMED.iter().copied();
    let rows: Vec<Value> = tables
        .chain(summed)
        .map(|(name, doc)| {
            let state = member.state(name);
            let rows = member.rows(name);
            let on = state.map_or(rows > 0, |state| state.on);
            let note = state.and_then(|state| state.note.as_deref()).unwrap_or_default();
            let meaning = doc.trim().lines().next().unwrap_or_default();
            json!([name, on, rows, escape(note), meaning.replace('`', "")])
        })
        .collect();
    json!({ "streams": rows })
}

/// Rows that are missing, as far as it is known, and what was cut short or left out.
pub fn losses(context: &Context) -> Value {
    let member = context.member();
    let mut lost: Vec<_> = context.missing.iter().collect();
    lost.sort_by_key(|(_, rows)| std::cmp::Reverse(**rows));
    let rows: Vec<Value> = lost
        .into_iter()
        .map(|((stream, reason), rows)| {
            json!([escape(stream), escape(reason), rows, member.rows(stream)])
        })
        .collect();
    let damage = context.session.recording.damage();
    let damage: Vec<_> = (damage.iter())
        .map(|(path, problem)| {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            let table = path.parent().and_then(|table| table.file_name()).unwrap_or_default();
            escape(&format!("{}/{file}: {problem}", table.to_string_lossy())).into_owned()
        })
        .collect();
    let of_cut = member.manifest.cut.iter().flat_map(|cut| &cut.damage);
    let of_cut = of_cut.map(|problem| format!("when this was cut, a file was left out: {problem}"));
    let left_out = member.left_out(None).map(|left| member.sentence(left)).chain(of_cut);
    let left_out: Vec<_> = left_out.map(|sentence| escape(&sentence).into_owned()).collect();
    json!({ "losses": rows, "damage": damage, "left_out": left_out, "complete": member.complete })
}

/// Shares of one CPU, in percent of the time that was measured.
pub fn costs(context: &Context<'_>) -> Result<Value> {
    let mut batches = Vec::new();
    context.query(COSTS, &[], &mut batches)?;
    let mut rows = Vec::new();
    for batch in &batches {
        let (what, runs) = (texts(batch, "what")?, numbers(batch, "runs")?);
        let (cpu, measured) = (numbers(batch, "cpu_ns")?, numbers(batch, "window_ns")?);
        let memory = numbers(batch, "memory")?;
        for row in 0..batch.num_rows() {
            let numbers = [&runs, &cpu, &measured, &memory].map(|column| column.value(row));
            rows.push(json!([escape(what.value(row)), numbers]));
        }
    }
    Ok(json!({ "costs": rows }))
}
