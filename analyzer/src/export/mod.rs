//! A recording in the formats of other programs.
//!
//! | format | what it holds |
//! |---|---|
//! | [`perfetto`] | switches and wakeups per CPU, samples, system calls, disk requests, counters |
//! | [`speedscope`] | CPU samples per thread, and the blocked time of all |
//! | [`folded`] | the stacks of any stack view |
//! | [`firefox`] | CPU samples and waits per thread |
//! | [`tables`] | every table as CSV or Arrow |
//! | [`openmetrics`] | sums and histograms |
//!
//! Every one is written as its rows are read; only stacks, and in one format a thread at a time, are held.

mod firefox;
mod folded;
mod openmetrics;
mod perfetto;
mod rows;
mod speedscope;
mod stacks;
mod tables;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::cli::command::recording;
use crate::failure::Failure;
use crate::output::Output;
use crate::recording::{Member, Recording};
use crate::rewrite;
use crate::run::{self, Session};
use crate::tool::Tool;
use crate::view::{Library, substitute};

pub const TOOL: Tool = Tool { name: "export", command, run };

/// What `--view` is where it is not given.
const DEFAULT_VIEW: &str = "offcputime";

const FORMATS: [(&str, &str); 7] = [
    ("perfetto", "threads, wakers, CPUs, samples, calls and disks, for ui.perfetto.dev"),
    ("speedscope", "CPU samples per thread and blocked time, for speedscope.app"),
    ("folded", "one line per stack of a stack view, for flame graph programs"),
    ("firefox", "CPU samples and waits with their wakers, for profiler.firefox.com"),
    ("csv", "a directory with a CSV file per table"),
    ("arrow", "a directory with an Arrow file per table"),
    ("openmetrics", "sums and histograms, for Prometheus and its kin"),
];

const LONG: &str = "Convert a recording for another program.

The output is a file, or of csv and arrow a directory with a file per table. It appears when it is complete, only its \
owner can read it, and nothing is overwritten. What was lost is not made up: perfetto shows a CPU as [lost] where it \
cannot be told whether it was idle, and a thread without a state where its state is not known.

It holds what the recording holds, names and paths included: `afterwake redact` first where others will read it.";

const EXAMPLES: &str = "Examples:
  afterwake export slow.wake --to perfetto -o slow.pftrace
  afterwake export slow.wake --to speedscope --from 2s --to 3s -o slow.speedscope.json
  afterwake export slow.wake --to folded --view profile -o slow.folded
  afterwake export slow.wake --to arrow -o slow.arrow";

/// What is exported.
struct Export<'a> {
    session: &'a Session,
    member: &'a Member,
    /// The part of the recording that was asked for.
    window: Range<i64>,
}

fn command() -> Command {
    let formats = FORMATS.map(|(name, about)| format!("  {name:<12} {about}"));
    Command::new("export")
        .about(
            "Convert a recording for Perfetto, speedscope, Firefox Profiler, Prometheus and others",
        )
        .long_about(LONG)
        .arg(recording().help("The recording"))
        .arg(
            Arg::new("to")
                .long("to")
                .value_name("FORMAT|TIME")
                .required(true)
                .allow_hyphen_values(true)
                .action(ArgAction::Append)
                .help("The format, see below; and, given again, the end of the part to export"),
        )
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("OUT")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("What to write; it must not exist"),
        )
        .arg(
            Arg::new("from")
                .long("from")
                .value_name("TIME")
                .allow_hyphen_values(true)
                .help("Begin here: 1.5s since the start, HH:MM:SS, or ns of the recording's clock"),
        )
        .arg(
            Arg::new("view")
                .long("view")
                .value_name("NAME")
                .help(format!("Which stack view, for folded (default {DEFAULT_VIEW})")),
        )
        .after_help(format!("Formats:\n{}\n\n{EXAMPLES}", formats.join("\n")))
}

/// The format and the end of the window, both of which `--to` names.
fn destination(matches: &ArgMatches) -> Result<(&str, Option<&str>)> {
    let given = || matches.get_many::<String>("to").into_iter().flatten().map(String::as_str);
    let is_format = |word: &&str| FORMATS.iter().any(|(name, _)| name == word);
    let (formats, times): (Vec<_>, Vec<_>) = given().partition(is_format);
    let names = || FORMATS.map(|(name, _)| name).join(", ");
    match (&formats[..], &times[..]) {
        ([format], []) => Ok((format, None)),
        ([format], [end]) => Ok((format, Some(end))),
        ([], [word]) => Err(Failure::usage(format!("there is no format {word}"))
            .hint(format!("--to takes one of {}", names()))
            .into()),
        _ => Err(Failure::usage("--to names one format, and at most one end of the window")
            .hint(format!("the formats are {}", names()))
            .into()),
    }
}

fn run(matches: &ArgMatches, library: &Arc<Library>) -> Result<()> {
    let text = |id: &str| matches.get_one::<String>(id).map(String::as_str);
    let (format, to) = destination(matches)?;
    if text("view").is_some() && format != "folded" {
        return Err(Failure::usage(format!("--view chooses stacks, {format} has no choice"))
            .hint("leave out --view, or export --to folded")
            .into());
    }
    let recording = Recording::open(text("RECORDING").unwrap_or_default())?;
    let window = run::window(text("from"), to, &recording.span(), recording.wall_clock())?;
    let session = Session::open(Arc::clone(&recording), Arc::clone(library))?;
    let member = rewrite::only(&recording)?;
    let target = matches.get_one::<PathBuf>("output").cloned().unwrap_or_default();
    let output = Output::named(&target)?;
    run::exit_on_interrupt(&session);
    let export = Export { session: &session, member, window };
    let view = text("view").unwrap_or(DEFAULT_VIEW);
    export
        .write(format, view, &output)
        .and_then(|tables| run::report_losses(&session, &tables))
        .map_err(|error| output.explain(error))?;
    output.publish()?;
    say!("wrote {}", target.display());
    Ok(())
}

impl Export<'_> {
    /// Writes it and names the tables that it was made of.
    fn write(&self, format: &str, view: &str, output: &Output) -> Result<Vec<String>> {
        let named = |tables: &[&str]| tables.iter().map(|&table| table.to_owned()).collect();
        match format {
            "perfetto" => perfetto::write(self, output).map(|()| named(perfetto::TABLES)),
            "speedscope" => speedscope::write(self, output).map(|()| named(&["sample", "wait"])),
            "firefox" => firefox::write(self, output).map(|()| named(&["sample", "wait"])),
            "folded" => folded::write(self, view, output),
            "openmetrics" => openmetrics::write(self, output).map(|()| named(openmetrics::TABLES)),
            "csv" => tables::write(self, output, tables::Kind::Csv),
            _ => tables::write(self, output, tables::Kind::Arrow),
        }
    }

    /// SQL with `$from`, `$to`, `$start` and `$stop` as in views.
    fn sql(&self, text: &str) -> String {
        let span = self.session.recording.span();
        let instants = [
            ("from", self.window.start),
            ("to", self.window.end),
            ("start", span.start),
            ("stop", span.end),
        ];
        let literals =
            instants.map(|(name, instant)| (name.to_owned(), format!("CAST({instant} AS BIGINT)")));
        substitute(text, &literals.into())
    }

    /// Wall-clock time of an instant, in nanoseconds since 1970.
    fn wall_ns(&self, instant: i64) -> i64 {
        instant.saturating_add(self.session.recording.wall_clock().wall_minus_clock_ns)
    }

    /// Nanoseconds between two samples of a CPU.
    fn sample_ns(&self) -> i64 {
        1_000_000_000 / self.member.manifest.options.frequency.clamp(1, 1_000_000_000) as i64
    }
}
