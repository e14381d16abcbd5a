//! What an answer misses, and what that means for it.

use std::collections::{BTreeMap, BTreeSet};

use afterwake_schema::recording::Without;
use afterwake_schema::streams;
use anyhow::Result;
use arrow::array::AsArray;
use arrow::datatypes::Int64Type;

use super::Session;
use crate::recording::Member;
use crate::render::escape;
use crate::view::View;

/// More files than this are not named one by one.
const NAMED: usize = 20;

/// The tables that views read, be it through derived tables, and the streams that they need.
pub fn tables(session: &Session, views: &[&View]) -> Vec<String> {
    let needs = views.iter().flat_map(|view| view.needs.iter().cloned());
    let reads = |table: &str| {
        views.iter().any(|view| session.library.reads(&view.sql, table).unwrap_or(false))
    };
    let read = streams::ALL.iter().map(|stream| stream.name).filter(|name| reads(name));
    needs.chain(read.map(String::from)).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Says on stderr what is missing from any table.
pub fn report_all(session: &Session) -> Result<()> {
    let tables: Vec<String> = streams::ALL.iter().map(|stream| stream.name.into()).collect();
    report(session, &tables)
}

/// Says on stderr what is missing from the tables that an answer was made of.
pub fn report(session: &Session, tables: &[String]) -> Result<()> {
    say_what_was_left_out(session, |table| tables.iter().any(|name| name == table));
    for path in session.recording.doubles() {
        let path = path.to_string_lossy();
        say!("note: {} is not read: its recording lies beside it", escape(&path));
    }
    for member in session.recording.members() {
        if !member.complete {
            say!(
                "note: {} was cut short: it has no recording.json, its last seconds may be missing",
                escape(&member.directory.to_string_lossy())
            );
        }
    }
    say_what_was_not_wanted(session, tables);
    let cuts = session.recording.members().iter().filter_map(|member| member.manifest.cut.as_ref());
    for problem in cuts.flat_map(|cut| &cut.damage) {
        say!("note: when this was cut, a file was left out: {}", escape(problem));
    }
    let redactions = session.recording.members().iter();
    let redactions = redactions.filter_map(|member| member.manifest.redacted.as_ref());
    for (table, files) in redactions.flat_map(|redacted| &redacted.damaged) {
        let table = escape(table);
        say!("note: when this was redacted, damaged files of {table} were left out: {files}");
    }
    let damage = session.recording.damage();
    for (path, problem) in damage.iter().take(NAMED) {
        say!("note: left out {}: {}", escape(&path.to_string_lossy()), escape(problem));
    }
    if damage.len() > NAMED {
        say!("note: left out {} more files; `afterwake verify` names them", damage.len() - NAMED);
    }
    session.recording.members().iter().for_each(|member| say_what_is_gone(member, tables));
    let lost = lost(session)?;
    let relevant = |stream: &str| {
        tables.iter().any(|table| table == stream) || streams::by_name(stream).is_none()
    };
    let mut waits_counted = 0_i64;
    let mut waits_missing =
        damage.iter().any(|(path, _)| path.parent().is_some_and(|table| table.ends_with("wait")));
    for ((stream, reason), rows) in &lost {
        if relevant(stream) && reason == "stack" {
            say!("note: about {rows} rows of {} may name a wrong kernel stack", escape(stream));
        } else if relevant(stream) && reason == "switch" {
            say!(
                "note: {rows} switches were hidden from the tracepoints: what their threads did around them is not known"
            );
            if stream == "wait" {
                waits_missing = true;
                waits_counted = rows.saturating_add(waits_counted);
            }
        } else if relevant(stream) {
            say!(
                "note: {rows} rows of {} were lost ({}): sums and counts fall short by them",
                escape(stream),
                meaning(reason)
            );
            if stream == "wait" {
                waits_missing = true;
                waits_counted = rows.saturating_add(waits_counted);
            }
        }
    }
    if waits_missing && tables.iter().any(|table| table == "wait") {
        let (gaps, threads) = gaps(session)?;
        // What was noticed when it happened has been said.
        if gaps > waits_counted {
            say!(
                "note: {gaps} waits of {threads} threads are missing; their time counts as lost, never as running"
            );
        }
    }
    Ok(())
}

fn meaning(reason: &str) -> &str {
    match reason {
        "ring" => "the ring was full",
        "queue" => "the recorder fell behind",
        "busy" => "the probe was busy on that CPU",
        _ => "for an unknown reason",
    }
}

/// Tables that the answer reads and a pack does not have, or not all of.
fn say_what_was_left_out(session: &Session, is_read: impl Fn(&str) -> bool) {
    for member in session.recording.members() {
        for left in member.left_out(None).filter(|left| is_read(&left.table)) {
            say!("note: {}", escape(&member.sentence(left)));
        }
    }
}

/// Tables of streams that are off in every recording: no row does not mean that nothing happened.
pub fn say_what_was_not_recorded(session: &Session, tables: &BTreeSet<String>) {
    for table in tables {
        let members = session.recording.members().iter();
        let off = members
            .map(|member| member.state(table).filter(|state| !state.on && member.rows(table) == 0));
        let Some(states) = off.collect::<Option<Vec<_>>>() else { continue };
        let reason = states.iter().find_map(|state| state.note.as_ref());
        let reason = reason.map_or(String::new(), |reason| format!(": {}", escape(reason)));
        say!("note: {table} has no rows, as it was not recorded{reason}");
    }
}

/// Rows that `recording.json` counts and no file has.
pub fn say_what_is_gone<'a>(member: &Member, tables: impl IntoIterator<Item = &'a String>) {
    for table in tables {
        if let Some((gone, expected)) = member.gone(table) {
            say!(
                "note: {gone} of {expected} rows of {} are gone: a file is missing",
                escape(table)
            );
        }
    }
}

/// Empty text is not a fact about the recorded machine where the recorder was told to leave it out.
fn say_what_was_not_wanted(session: &Session, tables: &[String]) {
    let without = |of: fn(&Without) -> bool| {
        session.recording.members().iter().any(|member| of(&member.manifest.options.without))
    };
    let uses = |named: &[&str]| tables.iter().any(|table| named.contains(&table.as_str()));
    if without(|without| without.args) && uses(&["exec"]) {
        say!("note: recorded with --no-args: arguments of programs are empty");
    }
    if without(|without| without.paths) && uses(&["path", "io", "sock", "exec"]) {
        say!("note: recorded with --no-paths: names of files and unix sockets are empty");
    }
}

/// Lost rows by stream and reason.
pub fn lost(session: &Session) -> Result<BTreeMap<(String, String), i64>> {
    let mut sums = BTreeMap::new();
    if session.recording.members().iter().all(|member| member.rows("lost") == 0) {
        return Ok(sums);
    }
    let sql = "SELECT stream, coalesce(reason, ''), CAST(sum(\"rows\") AS BIGINT) FROM lost GROUP BY 1, 2";
    for batch in session.rows(sql)? {
        let (streams, reasons) =
            (batch.column(0).as_string_view(), batch.column(1).as_string_view());
        let rows = batch.column(2).as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let key = (streams.value(row).to_owned(), reasons.value(row).to_owned());
            sums.insert(key, rows.value(row));
        }
    }
    sums.retain(|_, rows| *rows > 0);
    Ok(sums)
}

/// Waits that the gaps in `seq` show to be missing, and the threads that miss some.
fn gaps(session: &Session) -> Result<(i64, i64)> {
    let sql = "SELECT CAST(sum(missing) AS BIGINT), count(*) FROM (\
        SELECT max(seq) - min(seq) + 1 - count(*) AS missing FROM wait GROUP BY thread) WHERE missing > 0";
    let batches = session.rows(sql)?;
    let value = |column: usize| {
        let batch = batches.iter().find(|batch| batch.num_rows() > 0)?;
        Some(batch.column(column).as_primitive::<Int64Type>().value(0))
    };
    Ok((value(0).unwrap_or(0), value(1).unwrap_or(0)))
}
