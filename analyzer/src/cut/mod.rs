//! A smaller recording: a part of the time, of the processes, of the streams.
//!
//! [`part`] decides which rows are kept, by the [`story`] that their table declares; [`references`] keeps what
//! those refer to; [`copy`] writes them and [`manifest`] says what was cut from what.

mod copy;
mod manifest;
mod part;
mod references;
mod story;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::cli::command;
use crate::recording::Recording;
use crate::rewrite::only;
use crate::run::{self, Session};
use crate::tool::Tool;
use crate::view::Library;
use part::Part;

pub const TOOL: Tool = Tool { name: "cut", command, run };

fn command() -> Command {
    let list = |name: &'static str, value: &'static str, help: &'static str| {
        let argument = Arg::new(name).long(name).value_name(value).help(help);
        argument.value_delimiter(',').action(ArgAction::Append)
    };
    Command::new("cut")
        .about("Keep a part of a recording: an interval, some processes, some streams")
        .long_about(
            "Keep a part of a recording: an interval, some processes, some streams.\n\n\
             The part is a recording of its own, and every view answers about it as it answers about the whole \
             recording with the same --from and --to. Waits, calls and requests that cross an edge of the interval \
             are kept whole. Threads, stacks and symbols that nothing kept refers to are left out.\n\n\
             A chain of wakeups that leads out of the part ends in [cut]. What a view would have to look up outside \
             of the part is not known to it: when a file was created (filelife), what a wait was for that began \
             before (waitcause), whether rows before a thread's first one were lost (threadstates). \
             `afterwake info` tells what was cut from what.",
        )
        .arg(command::recording().help("A recording"))
        .args(command::window())
        .arg(
            list("pid", "PID,…", "Only what these processes have a part in, and what is the host's")
                .value_parser(value_parser!(u32).range(..=i64::from(i32::MAX))),
        )
        .arg(list("stream", "NAME,…", "Only these streams, with the threads and stacks they refer to"))
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("OUT.wake")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("The new recording, a directory"),
        )
        .after_help(
            "Examples:\n  \
             afterwake cut slow.wake --from 2s --to 4s -o small.wake\n  \
             afterwake cut slow.wake --from 14:03:20 --to 14:03:25 --pid 812,813 -o small.wake\n  \
             afterwake cut slow.wake --stream wait,sample -o small.wake",
        )
}

fn run(matches: &ArgMatches, library: &Arc<Library>) -> Result<()> {
    let argument = matches.get_one::<String>("RECORDING").map_or("", String::as_str);
    let recording = Recording::open(argument)?;
    let member = only(&recording)?;
    let part = Part::asked(matches, &recording)?;
    let target = matches.get_one::<PathBuf>("output").map_or(Path::new(""), PathBuf::as_path);
    let session = Session::open(Arc::clone(&recording), Arc::clone(library))?;
    // The same part has the same bytes.
    session.keep_order();
    run::exit_on_interrupt(&session);
    // A damaged segment is left out from the beginning.
    while let Err(error) = copy::write(&session, member, &part, target) {
        if !recording.verify() {
            return Err(error);
        }
    }
    say!("wrote {}", target.display());
    run::report_losses(&session, &[])
}
