//! One page that shows a recording.

use std::sync::Arc;

use anyhow::Result;
use clap::{ArgMatches, Command};

use crate::failure::Failure;
use crate::tool::Tool;
use crate::view::Library;

pub const TOOL: Tool = Tool { name: "report", command, run };

fn command() -> Command {
    Command::new("report").about("Make one self-contained page of a recording")
}

fn run(_matches: &ArgMatches, _library: &Arc<Library>) -> Result<()> {
    Err(Failure::new("report is not written yet").into())
}
