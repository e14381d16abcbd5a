//! Which part of a recording is kept, and the SQL that reads it.

use std::collections::BTreeSet;
use std::ops::Range;

use afterwake_schema::Stream;
use afterwake_schema::streams::{self, SUMMED};
use anyhow::Result;
use clap::ArgMatches;

use super::references;
use super::story::Story;
use crate::failure::Failure;
use crate::recording::Recording;
use crate::run::window;
use crate::view::nearest;

/// What the recorder tells of the host and of itself belongs to every part.
const ALWAYS: [&str; 4] = ["disk", "syscall", "lost", "cost"];
/// The table that several streams are summed in.
const SUMS: &str = "rest";
/// The table of readings, which hold until the next one.
const READINGS: &str = "counter";

/// The part that is kept.
#[derive(Debug)]
pub struct Part {
    pub window: Range<i64>,
    /// All of the recorded time.
    span: Range<i64>,
    /// Processes; all where empty.
    pub pids: BTreeSet<u32>,
    /// Streams; `None` for all.
    streams: Option<BTreeSet<String>>,
}

impl Part {
    /// What the command line asks for.
    pub fn asked(matches: &ArgMatches, recording: &Recording) -> Result<Self> {
        let text = |id: &str| matches.get_one::<String>(id).map(String::as_str);
        let span = recording.span();
        if span.is_empty() {
            return Err(Failure::new("there is nothing to cut: no time is recorded")
                .hint("`afterwake info RECORDING` tells what a recording holds")
                .into());
        }
        let window = window(text("from"), text("to"), &span, recording.wall_clock())?;
        let pids = matches.get_many::<u32>("pid").into_iter().flatten().copied().collect();
        let named = matches.get_many::<String>("stream").into_iter().flatten();
        let streams: BTreeSet<String> = named.cloned().collect();
        if let Some(name) = streams.iter().find(|name| !can_be_chosen(name)) {
            return Err(unknown(name).into());
        }
        Ok(Self { window, span, pids, streams: Some(streams).filter(|names| !names.is_empty()) })
    }

    /// Whether a stream is kept.
    fn has(&self, stream: &str) -> bool {
        self.streams.as_ref().is_none_or(|streams| streams.contains(stream))
    }

    /// Whether a stream is left out that could have been kept.
    pub fn leaves_out(&self, stream: &str) -> bool {
        can_be_chosen(stream) && !self.has(stream)
    }

    /// Reads the rows of a table that are kept; `None` where there are none, or others decide about them.
    pub fn sql(&self, stream: &Stream) -> Option<String> {
        let name = stream.name;
        let sums = name == SUMS;
        if references::is_referred_to(name) || !(sums || ALWAYS.contains(&name) || self.has(name)) {
            return None;
        }
        let mut conditions: Vec<String> = self.of_time(stream).into_iter().collect();
        conditions.extend(self.of_processes(stream));
        if let (true, Some(streams)) = (sums, &self.streams) {
            let sources: Vec<String> = streams.iter().map(|name| format!("'{name}'")).collect();
            conditions.push(format!("source IN ({})", sources.join(", ")));
        }
        let conditions = conditions.join(" AND ");
        let condition =
            if conditions.is_empty() { String::new() } else { format!(" WHERE {conditions}") };
        if name == READINGS {
            let columns: Vec<&str> = stream.columns().iter().map(|column| column.name).collect();
            return Some(format!(
                "SELECT {} FROM (SELECT *, lag(ts) OVER readings AS before_ts, lead(ts) OVER readings AS after_ts \
                 FROM {name} WINDOW readings AS (PARTITION BY source, key ORDER BY ts)){condition} ORDER BY ts",
                columns.join(", ")
            ));
        }
        Some(format!("SELECT * FROM \"{name}\"{condition}"))
    }

    /// Rows whose story and the interval meet. At an end of the recording itself nothing is cut off.
    fn of_time(&self, stream: &Stream) -> Option<String> {
        let story = Story::of(stream)?;
        let (mut begin, mut end) = (story.begin, story.end);
        if stream.name == READINGS {
            // A reading holds until the next one, and one that comes after the end shows what happened until then.
            (begin, end) = ("coalesce(before_ts, ts)".into(), "after_ts".into());
        }
        let Range { start: from, end: to } = self.window;
        let mut conditions = Vec::new();
        if from > self.span.start {
            conditions.push(format!("coalesce({end} >= {from}, TRUE)"));
        }
        if to < self.span.end {
            conditions.push(format!("coalesce({begin} <= {to}, TRUE)"));
        }
        (!conditions.is_empty()).then(|| conditions.join(" AND "))
    }

    /// Rows that one of the processes has a part in. What is the host's is everybody's.
    fn of_processes(&self, stream: &Stream) -> Option<String> {
        if self.pids.is_empty() {
            return None;
        }
        let pids: Vec<String> = self.pids.iter().map(u32::to_string).collect();
        let pids = pids.join(", ");
        let columns = process_columns(stream);
        let one_of: Vec<String> =
            columns.iter().map(|column| format!("{column} IN ({pids})")).collect();
        (!one_of.is_empty()).then(|| format!("({})", one_of.join(" OR ")))
    }
}

/// The columns that name the processes a row is about; whose child they are is another matter.
pub fn process_columns(stream: &Stream) -> Vec<&'static str> {
    let columns = stream.columns().into_iter().map(|column| column.name);
    columns.filter(|name| *name == "pid" || name.ends_with("_pid")).collect()
}

/// Streams that can be recorded or left out; the other tables belong to them.
fn choices() -> impl Iterator<Item = &'static str> {
    let tables = streams::ALL.iter().map(|stream| stream.name);
    let tables = tables.filter(|name| {
        *name != SUMS && !ALWAYS.contains(name) && !references::is_referred_to(name)
    });
    tables.chain(SUMMED.iter().map(|(name, _)| *name))
}

fn can_be_chosen(name: &str) -> bool {
    choices().any(|choice| choice == name)
}

fn unknown(name: &str) -> Failure {
    let hint = match nearest(name, choices()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("the streams are {}", choices().collect::<Vec<_>>().join(", ")),
    };
    let message = if streams::is_stream(name) {
        format!("{name} is no stream to choose: it belongs to the others")
    } else {
        format!("there is no stream {name}")
    };
    Failure::usage(message).hint(hint)
}
