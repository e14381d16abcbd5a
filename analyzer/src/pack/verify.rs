//! Whether a recording is whole and unchanged.

use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, available_parallelism};

use afterwake_schema::streams;
use anyhow::Result;
use clap::{ArgMatches, Command};

use super::size::readable;
use crate::cli::command;
use crate::failure::Failure;
use crate::recording::{Member, Recording, Segment};
use crate::run;
use crate::tool::Tool;
use crate::view::Library;

pub const TOOL: Tool = Tool { name: "verify", command, run };

fn command() -> Command {
    Command::new("verify")
        .about("Check that a recording is whole and unchanged")
        .long_about(
            "Check that a recording is whole and unchanged.\n\n\
             Everything is read: the bytes of each file are compared with their SHA-256 where the recording is a pack or \
             was unpacked from one, every page of every table is decoded, and the rows are counted and compared with \
             what recording.json says. What is not whole is named; then the exit status is 1.\n\n\
             The fingerprint of a pack is the SHA-256 of its pack.json, which holds those of everything else: \
             two packs with the same fingerprint hold the same.",
        )
        .arg(command::recording())
        .after_help("Examples:\n  afterwake verify slow.wake.zip\n  afterwake verify slow.wake")
}

fn run(matches: &ArgMatches, _library: &Arc<Library>) -> Result<()> {
    let argument = matches.get_one::<String>("RECORDING").map_or("", String::as_str);
    let recording = Recording::open(argument)?;
    let mut out = run::stdout();
    let mut torn = Vec::new();
    for (number, member) in recording.members().iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        if !check(member, &mut out)? {
            torn.push(member.directory.to_string_lossy());
        }
    }
    out.flush()?;
    if torn.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("{} is not whole", torn.join(", ")))
        .hint("what is intact is read all the same; ask for the recording again to have the rest")
        .into())
}

/// Reads all of it, says what was found, and whether it is whole.
fn check(member: &Member, out: &mut dyn Write) -> Result<bool> {
    let segments: Vec<_> = member.segments().collect();
    decode(&segments);
    let path = member.directory.to_string_lossy();
    match member.pack_bytes {
        Some(size) => run::info_line(out, "pack", &format!("{path}, {}", readable(size)))?,
        None => run::info_line(out, "recording", &path)?,
    }
    if let Some(fingerprint) = &member.fingerprint {
        run::info_line(out, "sha256", &format!("{fingerprint} of its pack.json"))?;
    } else {
        let instead = if member.pack_bytes.is_some() { ", CRC-32 of the zip instead" } else { "" };
        run::info_line(out, "sha256", &format!("none, there is no pack.json{instead}"))?;
    }
    for stream in streams::ALL {
        let own = || segments.iter().filter(|segment| segment.table() == stream.name);
        let whole = own().filter(|segment| segment.footer().is_some()).count();
        if own().count() > 0 {
            let (of, rows) = (own().count(), member.rows(stream.name));
            let text = format!("{:<11} {whole} of {of} segments, {rows} rows", stream.name);
            let is_whole = whole == of && member.gone(stream.name).is_none();
            run::info_line(out, if is_whole { "whole" } else { "damaged" }, &text)?;
        }
    }
    for left in member.left_out(None) {
        run::info_line(out, "left out", &member.subject(left))?;
    }
    let problems = problems(member, &segments);
    problems.iter().try_for_each(|problem| run::info_line(out, "problem", problem))?;
    if problems.is_empty() {
        run::info_line(out, "verdict", "whole, every page was read")?;
    }
    Ok(problems.is_empty())
}

fn problems(member: &Member, segments: &[&Arc<Segment>]) -> Vec<String> {
    let mut problems = Vec::new();
    if !member.complete {
        problems.push("recording.json is missing: the recording was cut short".to_owned());
    }
    let strays = member.strays.iter().map(|(path, why)| format!("{}: {why}", path.display()));
    problems.extend(strays);
    let items = member.inventory.iter().flat_map(|inventory| &inventory.members);
    let packed: BTreeMap<_, _> = items.map(|item| (item.name.as_str(), item.rows)).collect();
    for segment in segments {
        let path = segment.path();
        if let Some(problem) = segment.problem() {
            problems.push(format!("{}: {problem}", path.display()));
            continue;
        }
        let name = path.strip_prefix(&member.directory).unwrap_or(path).to_string_lossy();
        let (stated, found) = (packed.get(&*name).copied().flatten(), segment.rows());
        if let Some(stated) = stated.filter(|stated| *stated != found) {
            problems.push(format!("{}: it has {found} rows, {stated} were packed", path.display()));
        }
    }
    problems.extend(counts(member));
    problems
}

/// Tables that do not have the rows that `recording.json` counted.
fn counts(member: &Member) -> impl Iterator<Item = String> {
    member.manifest.rows.keys().filter_map(|table| {
        let (expected, found) = (member.expected_rows(table)?, member.rows(table));
        (found != expected)
            .then(|| format!("{table} has {found} rows, recording.json counts {expected}"))
    })
}

/// Decodes the segments, on all cores.
fn decode(segments: &[&Arc<Segment>]) {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(segment) = segments.get(next.fetch_add(1, Ordering::Relaxed)) {
            segment.verify();
        }
    };
    thread::scope(|scope| {
        for _ in 0..available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(work);
        }
    });
}
