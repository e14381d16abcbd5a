//! One page that shows a recording: `afterwake report`.
//!
//! [`plan`] says which figures there are; each asks the recording ([`overview`], [`states`], [`timeline`], [`subsecond`],
//! [`latency`], and [`answers`] for any view) and gives data of bounded size, whatever the length of the recording.
//! [`page`] puts them into one file with the style and the scripts in `page/`, and [`Output`] writes it.

mod answers;
mod columns;
mod context;
mod figure;
mod latency;
mod names;
mod overview;
mod packed;
mod page;
mod plan;
mod states;
mod subsecond;
mod timeline;
mod tree;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::{Arg, ArgMatches, Command, value_parser};
use serde_json::{Value, json};

use self::context::Context;
use self::figure::Section;
use self::names::Names;
use crate::cli::command;
use crate::output::{Output, finish};
use crate::recording::Recording;
use crate::render::escape;
use crate::rewrite;
use crate::run::{self, Session};
use crate::tool::Tool;
use crate::view::Library;

pub const TOOL: Tool = Tool { name: "report", command, run };

const ABOUT: &str = "\
Make one self-contained page of a recording, to be attached to a ticket.

It holds an overview, what is missing and what recording cost, thread states, a timeline, a subsecond map with the flame \
graph of any range of time, off-CPU and wakeup flame graphs, latency heat maps and histograms, and the checklists; below \
each figure the command that repeats it. It needs no network and no other file, and it can be printed.

Names of programs and functions are in it, and the recorder's command line: `afterwake redact` the recording first \
where they are not for everyone.";

const EXAMPLES: &str = "\
Examples:
  afterwake report slow.wake -o slow.html
  afterwake report slow.wake -o closer.html --from 3s --to 4.5s
  afterwake report slow.wake -o disks.html --views biolatency,biotop,biosnoop";

fn command() -> Command {
    Command::new("report")
        .about("Make one self-contained page of a recording")
        .long_about(ABOUT)
        .arg(command::recording().help("The recording"))
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FILE")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("The page; nothing is overwritten"),
        )
        .args(command::window())
        .arg(
            Arg::new("only")
                .long("views")
                .value_name("NAME,…")
                .value_delimiter(',')
                .help("Only these views, any of them: stacks become flame graphs, histograms bars, rows tables"),
        )
        .after_help(EXAMPLES)
}

fn run(matches: &ArgMatches, library: &Arc<Library>) -> Result<()> {
    let text = |id: &str| matches.get_one::<String>(id).map(String::as_str);
    let target = matches.get_one::<PathBuf>("output").cloned().unwrap_or_default();
    let output = Output::named(&target)?;
    let views: Vec<String> = matches.get_many("only").into_iter().flatten().cloned().collect();
    for view in &views {
        library.view(view)?;
    }
    let argument = text("RECORDING").unwrap_or_default();
    let recording = Recording::open(argument)?;
    rewrite::only(&recording)?;
    let window = run::window(text("from"), text("to"), &recording.span(), recording.wall_clock())?;
    let is_whole = window == recording.span();
    let session = Session::open(recording, Arc::clone(library))?;
    run::exit_on_interrupt(&session);
    let name = escape(&session.recording.members()[0].name).into_owned();
    let names = Names::default();
    let context =
        Context { session: &session, window, names, recording: name, missing: BTreeMap::new() };
    let page = page(context, &views, is_whole)?;
    let mut file = output.file()?;
    file.write_all(page.as_bytes()).map_err(|error| output.unwritable(&error))?;
    finish(file).map_err(|error| output.explain(error))?;
    output.publish()?;
    say!("wrote {}", target.display());
    run::report_all_losses(&session)
}

fn page(mut context: Context<'_>, views: &[String], is_whole: bool) -> Result<String> {
    context.missing = run::lost(context.session)?;
    let sections = match views {
        [] => plan::whole(&mut context)?,
        views => plan::only(&mut context, views)?,
    };
    let start = context.session.recording.span().start;
    let clock = context.session.recording.wall_clock();
    let host = escape(context.member().host()).into_owned();
    let (name, window) = (context.recording.clone(), context.window.clone());
    let data = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "name": name,
        "host": host,
        "date": format!("{} {}", clock.date(window.start), clock.time_of_day(window.start)),
        // Since the start of the recording; whether commands need it is told apart.
        "from": window.start - start,
        "to": window.end - start,
        "whole": is_whole,
        "sections": sections.iter().map(Section::json).collect::<Vec<Value>>(),
        "names": context.names.into_texts(),
    });
    Ok(page::html(&format!("{name} on {host}"), &data))
}
