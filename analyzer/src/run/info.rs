//! `afterwake info`: what a recording is, where its time went, and what to look at next.

use std::borrow::Cow;
use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, Int64Type};
use arrow::record_batch::RecordBatch;
use datafusion::datasource::MemTable;

use super::{Session, contents, losses, stdout};
use crate::recording::Member;
use crate::render::{Sink, TableSink, TableStyle, escape};

/// Thread-seconds per thread; see the file.
const OVERVIEW: &str = include_str!("overview.sql");

const PROCESSES: usize = 10;
const THREADS: usize = 8;

/// Prints the overview.
pub fn run(session: &Session) -> Result<()> {
    let mut out = stdout();
    for (number, member) in session.recording.members().iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        describe(session, member, &mut out)?;
        costs(session, member, &mut out)?;
    }
    let sums = contents::summed(session)?;
    contents::print_summed(&sums, &mut out)?;
    contents::disks(session, &mut out)?;
    writeln!(out)?;
    time(session, &mut out)?;
    contents::next(session, &sums, &mut out)?;
    out.flush()?;
    losses::report_all(session)
}

fn seconds(nanoseconds: i64) -> f64 {
    nanoseconds as f64 / 1e9
}

pub fn line(out: &mut dyn Write, name: &str, text: &str) -> Result<()> {
    Ok(writeln!(out, "{name:<10} {}", escape(text))?)
}

fn describe(session: &Session, member: &Member, out: &mut dyn Write) -> Result<()> {
    let manifest = &member.manifest;
    let host = &manifest.host;
    let state = if member.complete { "" } else { " (cut short)" };
    let pack = if member.pack_bytes.is_some() { ", a pack" } else { "" };
    line(out, "recording", &format!("{}{pack}{state}", member.directory.display()))?;
    if !host.kernel.is_empty() {
        let memory = host.memory_bytes as f64 / f64::from(1 << 30);
        let text = format!(
            "{}: Linux {} {}, {} CPUs, {memory:.1} GiB, {}",
            host.name, host.kernel, host.machine, host.cpus, host.os
        );
        line(out, "host", &text)?;
    }
    let span = &member.span();
    let clock = session.recording.wall_clock();
    let when = format!("{} {}", clock.date(span.start), clock.time_of_day(span.start));
    let length = seconds(span.end - span.start);
    line(out, "recorded", &format!("{when} for {length:.3} s"))?;
    if let Some(cut) = &manifest.cut {
        contents::cut(cut, span, out)?;
    }
    if let Some(redacted) = &manifest.redacted {
        let classes: Vec<_> = redacted.replaced.keys().map(String::as_str).collect();
        line(out, "redacted", &classes.join(", "))?;
    }
    if !manifest.tool.is_empty() {
        let command: Vec<_> = manifest.command.iter().map(|word| quoted(word)).collect();
        line(out, "by", &format!("{}: {}", manifest.tool, command.join(" ")))?;
    }
    let bytes = member.segments().map(|segment| segment.size()).sum();
    let bytes: u64 = member.pack_bytes.unwrap_or(bytes);
    line(out, "size", &format!("{:.1} MB", bytes as f64 / 1e6))?;
    contents::rows(member, out)?;
    for left in member.left_out(None) {
        line(out, "left out", &member.subject(left))?;
    }
    contents::states(member, out)
}

/// A word as a shell takes it, so that the command can be given again.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
}

/// What the recording itself cost, in percent of one CPU.
fn costs(session: &Session, member: &Member, out: &mut dyn Write) -> Result<()> {
    if member.rows("cost") == 0 {
        return Ok(());
    }
    let only = if session.recording.is_several() {
        format!("WHERE recording = '{}'", member.name.replace('\'', "''"))
    } else {
        String::new()
    };
    // A probe is measured part of the time only: what it took is put in relation to that.
    let sql = format!(
        "SELECT own, CAST(sum(share) AS BIGINT), CAST(coalesce(max(memory), 0) AS BIGINT) FROM (\
         SELECT what = 'recorder' AS own, sum(cpu_ns) * 1e9 / sum(window_ns) AS share, max(memory) AS memory \
         FROM cost {only} GROUP BY what HAVING sum(cpu_ns) > 0 AND sum(window_ns) > 0) GROUP BY own ORDER BY own"
    );
    let (mut probes, mut recorder, mut memory) = (0, 0, 0);
    for batch in session.rows(&sql)? {
        let own = batch.column(0).as_boolean();
        for row in 0..batch.num_rows() {
            let number =
                |column: usize| batch.column(column).as_primitive::<Int64Type>().value(row);
            if own.value(row) {
                (recorder, memory) = (number(1), number(2));
            } else {
                probes = number(1);
            }
        }
    }
    let percent = |share: i64| share as f64 / 1e7;
    let probes = match probes {
        0 => "probes not measured".to_owned(),
        share => format!("probes {:.2} %", percent(share)),
    };
    let (recorder, memory) = (percent(recorder), memory as f64 / 1e6);
    line(out, "cost", &format!("{probes}, recorder {recorder:.2} % of one CPU, {memory:.0} MB"))
}

/// Where the time went, by process and by thread.
fn time(session: &Session, out: &mut dyn Write) -> Result<()> {
    let threads = session.rows(OVERVIEW)?;
    let Some(first) = threads.first() else { return Ok(()) };
    let table = MemTable::try_new(first.schema(), vec![threads.clone()])?;
    session.context.register_table("overview", Arc::new(table))?;
    let totals = session.rows(
        "SELECT coalesce(sum(running_ns), 0) / 1e9, coalesce(sum(runnable_ns), 0) / 1e9, \
         coalesce(sum(blocked_ns), 0) / 1e9, count(*) FROM overview",
    )?;
    let Some(totals) = totals.iter().find(|batch| batch.num_rows() > 0) else { return Ok(()) };
    let total = |column: usize| totals.column(column).as_primitive::<Float64Type>().value(0);
    let count = totals.column(3).as_primitive::<Int64Type>().value(0);
    if count == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "Where the time of {count} threads went: {:.3} s running, {:.3} s runnable, {:.3} s blocked (thread-seconds).",
        total(0),
        total(1),
        total(2)
    )?;
    let members = session.recording.members();
    let cpus_of = |member: &Member| f64::from(member.manifest.host.cpus);
    let length = |member: &Member| seconds(member.span().end - member.span().start);
    let offered: f64 = members.iter().map(|member| cpus_of(member) * length(member)).sum();
    if offered > 0.0 {
        let busy = 100.0 * total(0) / offered;
        let cpus = match members {
            [only] => format!("{} CPUs in {:.3} s", cpus_of(only), length(only)),
            several => format!("The CPUs of {} recordings, {offered:.3} s of them,", several.len()),
        };
        writeln!(out, "{cpus} were {busy:.1} % busy with them.")?;
    }
    let processes = format!(
        "SELECT pid, max(process) AS comm, count(*) AS threads, sum(running_ns) / 1e9 AS running_s, \
         sum(runnable_ns) / 1e9 AS runnable_s, sum(blocked_ns) / 1e9 AS blocked_s \
         FROM overview GROUP BY pid ORDER BY running_s DESC, blocked_s DESC, pid LIMIT {PROCESSES}"
    );
    writeln!(out, "\nBusiest processes")?;
    print(&session.rows(&processes)?, out)?;
    let busiest = format!(
        "SELECT tid, pid, comm, running_ns / 1e9 AS running_s, runnable_ns / 1e9 AS runnable_s, \
         switches FROM overview ORDER BY running_ns DESC, tid LIMIT {THREADS}"
    );
    writeln!(out, "\nBusiest threads")?;
    print(&session.rows(&busiest)?, out)
}

fn print(batches: &[RecordBatch], out: &mut dyn Write) -> Result<()> {
    let Some(first) = batches.first() else { return Ok(()) };
    let mut table = TableSink::new(out, &first.schema(), TableStyle::view());
    batches.iter().try_for_each(|batch| table.write(batch))?;
    table.finish()
}
