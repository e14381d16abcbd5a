//! What a recording holds, and what to ask it: parts of `afterwake info`.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;

use afterwake_schema::recording::Cut;
use afterwake_schema::streams;
use anyhow::{Context, Result};
use arrow::array::AsArray;
use arrow::datatypes::Int64Type;

use super::Session;
use super::info::line;
use crate::recording::Member;
use crate::render::escape;
use crate::view::Render;

/// Columns of a terminal, less those of the names on the left.
const WIDTH: usize = 100;

/// Rows of each table.
pub fn rows(member: &Member, out: &mut dyn Write) -> Result<()> {
    let tables = streams::ALL.iter().map(|stream| (stream.name, member.rows(stream.name)));
    let rows = tables.filter(|(_, rows)| *rows > 0);
    list(out, &margin("rows"), rows.map(|(name, rows)| format!("{name} {}", grouped(rows))))
}

/// Which part of what a cut is, in a few words.
pub fn part_of(cut: &Cut, kept: &Range<i64>) -> String {
    let since = |instant: i64| instant.saturating_sub(cut.start_ns) as f64 / 1e9;
    let mut text = format!(
        "{:.3} s to {:.3} s of {}{}, {:.3} s long",
        since(kept.start),
        since(kept.end),
        cut.name,
        if cut.complete { "" } else { " (cut short)" },
        since(cut.stop_ns),
    );
    if !cut.uuid.is_empty() {
        text += &format!(" ({})", cut.uuid);
    }
    if !cut.pids.is_empty() {
        let pids: Vec<String> = cut.pids.iter().map(u32::to_string).collect();
        text += &format!("; only of process {}", pids.join(", "));
    }
    text
}

/// Which part of what a cut is, and what it lacks of it.
pub fn cut(cut: &Cut, kept: &Range<i64>, out: &mut dyn Write) -> Result<()> {
    line(out, "part of", &part_of(cut, kept))?;
    let missing = |problem| line(out, "missing", problem);
    cut.damage.iter().map(String::as_str).try_for_each(missing)
}

/// Streams that are off, by the reason, and those that go without something.
pub fn states(member: &Member, out: &mut dyn Write) -> Result<()> {
    let mut off: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for stream in member.manifest.streams.iter().filter(|stream| !stream.on) {
        off.entry(stream.note.as_deref().unwrap_or("no reason given"))
            .or_default()
            .push(&stream.name);
    }
    for (note, names) in off {
        line(out, "off", &format!("{}: {note}", names.join(", ")))?;
    }
    for stream in member.manifest.streams.iter().filter(|stream| stream.on) {
        if let Some(note) = &stream.note {
            line(out, "limited", &format!("{}: {note}", stream.name))?;
        }
    }
    Ok(())
}

/// How many of each stream have no rows, and are summed.
pub fn summed(session: &Session) -> Result<BTreeMap<String, u64>> {
    let mut sums = BTreeMap::new();
    if session.recording.members().iter().all(|member| member.rows("rest") == 0) {
        return Ok(sums);
    }
    let sql = "SELECT coalesce(source, ''), CAST(sum(count) AS BIGINT) FROM rest GROUP BY 1";
    for batch in session.rows(sql)? {
        let (sources, counts) =
            (batch.column(0).as_string_view(), batch.column(1).as_primitive::<Int64Type>());
        for row in 0..batch.num_rows() {
            sums.insert(sources.value(row).to_owned(), counts.value(row).unsigned_abs());
        }
    }
    Ok(sums)
}

pub fn print_summed(sums: &BTreeMap<String, u64>, out: &mut dyn Write) -> Result<()> {
    list(
        out,
        &margin("summed"),
        sums.iter().map(|(name, count)| format!("{name} {}", grouped(*count))),
    )
}

/// The disks, without their partitions.
pub fn disks(session: &Session, out: &mut dyn Write) -> Result<()> {
    let sql = "SELECT name, max(sectors), max(scheduler), bool_or(rotational) FROM disk \
               WHERE scheduler IS NOT NULL AND sectors > 0 GROUP BY name ORDER BY name";
    let mut disks = Vec::new();
    for batch in session.rows(sql)? {
        let (names, schedulers) =
            (batch.column(0).as_string_view(), batch.column(2).as_string_view());
        let sectors = batch.column(1).as_primitive::<Int64Type>();
        let turns = batch.column(3).as_boolean();
        for row in 0..batch.num_rows() {
            let size = sectors.value(row) as f64 * 512.0 / f64::from(1 << 30);
            let kind = if turns.value(row) { ", rotational" } else { "" };
            let (name, scheduler) = (names.value(row), schedulers.value(row));
            disks.push(format!("{name} ({size:.1} GiB, {scheduler}{kind})"));
        }
    }
    list(out, &margin("disks"), disks.into_iter())
}

/// The views that have something to show, by group.
pub fn next(session: &Session, sums: &BTreeMap<String, u64>, out: &mut dyn Write) -> Result<()> {
    let members = session.recording.members();
    let path = match members {
        [member] => escape(&member.directory.to_string_lossy()).into_owned(),
        _ => "RECORDING".into(),
    };
    let has_rows = |stream: &String| {
        sums.contains_key(stream) || members.iter().any(|member| member.rows(stream) > 0)
    };
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut checklists = Vec::new();
    for (name, help) in session.library.names() {
        let view = session.library.view(name)?;
        if view.is(Render::Parts) {
            checklists.push(format!("  afterwake {name} {path}   # {help}"));
        } else if view.needs.iter().all(has_rows) {
            groups.entry(view.group).or_default().push(name);
        }
    }
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nNext")?;
    checklists.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    writeln!(out, "  afterwake VIEW {path}, where VIEW is one of")?;
    for (group, names) in groups {
        list(out, &format!("    {group:<9}"), names.into_iter().map(String::from))?;
    }
    Ok(())
}

/// A name as [`line`] prints it.
fn margin(name: &str) -> String {
    format!("{name:<10} ")
}

/// A name in the margin, then as many lines as its items need.
fn list(out: &mut dyn Write, margin: &str, items: impl Iterator<Item = String>) -> Result<()> {
    let mut lines = vec![String::new()];
    for item in items {
        let text = lines.last_mut().context("there is a line")?;
        match text.len() {
            0 => text.push_str(&item),
            length if length + item.len() < WIDTH => *text = format!("{text}, {item}"),
            _ => {
                text.push(',');
                lines.push(item);
            }
        }
    }
    let mut margin = margin.to_owned();
    for text in lines.iter().filter(|text| !text.is_empty()) {
        writeln!(out, "{margin}{}", escape(text))?;
        margin = " ".repeat(margin.len());
    }
    Ok(())
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn digits_come_in_threes() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1234567, "1,234,567")] {
            assert_eq!(super::grouped(number), text);
        }
    }

    #[test]
    fn long_lists_are_broken() {
        let mut out = Vec::new();
        super::list(
            &mut out,
            &super::margin("rows"),
            (0..30).map(|number| format!("stream{number}")),
        )
        .unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("rows       stream0, stream1,"), "{text}");
        assert!(text.lines().nth(1).unwrap().starts_with("           stream"), "{text}");
        assert!(text.lines().all(|line| line.len() <= 112), "{text}");
    }
}
