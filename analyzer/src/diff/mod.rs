//! What differs between two recordings, by one view.
//!
//! [`arguments`] reads the command line, a [`side::Side`] is one recording with the view's order for it. What is
//! compared depends on the view: [`stacks`], [`histogram`]s, or the rows of a [`table`] as its `compare` line says.
//! All figures are per second of the window unless `--raw` is given, and the first line says so.

mod answer;
mod arguments;
mod groups;
mod histogram;
mod picture;
mod side;
mod stacks;
mod table;

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use clap::{ArgMatches, Command};

use self::arguments::{Options, Question};
use self::side::Side;
use crate::cli;
use crate::failure::Failure;
use crate::run;
use crate::tool::Tool;
use crate::view::{Library, Render, View};

pub const TOOL: Tool = Tool { name: "diff", command, run };

const ABOUT: &str = "\
Compare two recordings by one view.

Shows what grew and what shrank from A to B, the largest change first. Stack views: the functions, with their own time \
and that of what they called; -f folds both into one line per stack, and --svg draws the differential flame graph, as wide \
as B and red where B has more. Histograms: the two side by side. Tables: the rows that belong together, \
by name rather than by process id.

Recordings differ in length, so sums and counts are divided by it. They are not divided by CPUs; where \
those or anything else that matters differs, a note says so.";

const EXAMPLES: &str = "\
Examples:
  afterwake diff offcputime before.wake after.wake
  afterwake diff profile before.wake after.wake --svg change.svg
  afterwake diff runqlat before.wake after.wake -p 1234
  afterwake diff biotop one.wake one.wake --to-a 10s --from-b 10s

`afterwake diff VIEW --help` shows the flags of a view. Each of A and B may be several recordings.";

fn command() -> Command {
    Command::new("diff")
        .about("Compare two recordings by one view")
        .long_about(ABOUT)
        .override_usage("afterwake diff VIEW A B [OPTIONS]")
        .arg(arguments::words())
        .args(arguments::options())
        .args(arguments::of_stacks())
        .after_help(EXAMPLES)
}

fn run(matches: &ArgMatches, library: &Arc<Library>) -> Result<()> {
    let words = arguments::given(matches);
    let Some(name) = words.first().filter(|word| !word.starts_with('-')) else {
        return Err(Failure::usage("there is no view to compare by")
            .hint("afterwake diff VIEW A B, such as `afterwake diff offcputime before.wake after.wake`")
            .into());
    };
    if !library.has(name) && Path::new(name).exists() {
        return Err(Failure::usage(format!("{name} is no view"))
            .hint("the view comes first: afterwake diff VIEW A B")
            .into());
    }
    let view = library.view(name)?;
    comparable(&view, library)?;
    let matches = match arguments::command(&view).try_get_matches_from(&words) {
        Ok(matches) => matches,
        Err(error) => return cli::usage(&error, Some(&format!("diff {name}"))),
    };
    let question = arguments::question(view, &matches)?;
    let sides = [
        Side::open('A', &question, &matches, library)?,
        Side::open('B', &question, &matches, library)?,
    ];
    run::exit_on_interrupt_of(&sides.each_ref().map(|side| &side.session));
    compare(&question.options, &sides)
}

/// One event is not the other's counterpart: a list of them needs a line that says what to make of it.
fn comparable(view: &View, library: &Library) -> Result<()> {
    if view.is_comparable() {
        return Ok(());
    }
    let alike = library.names().filter_map(|(name, _)| library.view(name).ok());
    let alike = alike.filter(|other| other.group == view.group && other.is_comparable());
    let names = alike.map(|other| other.name).collect::<Vec<_>>().join(", ");
    let others = if names.is_empty() { String::new() } else { format!(" ({names})") };
    Err(Failure::new(format!("{} cannot be compared: it has nothing that adds up", view.name))
        .hint(format!(
            "stacks, histograms and tables whose header has a line `compare: …` can be{others}"
        ))
        .into())
}

fn compare(options: &Options, sides: &[Side; 2]) -> Result<()> {
    side::check(sides)?;
    match sides[0].order.render() {
        Render::Stacks => stacks::compare(options, sides)?,
        Render::Histogram(buckets) => histogram::compare(options, sides, buckets)?,
        Render::Table | Render::Parts => table::compare(options, sides)?,
    }
    side::notes(sides)
}
