//! A recording in the formats of other programs.

use std::sync::Arc;

use anyhow::Result;
use clap::{ArgMatches, Command};

use crate::failure::Failure;
use crate::tool::Tool;
use crate::view::Library;

pub const TOOL: Tool = Tool { name: "export", command, run };

fn command() -> Command {
    Command::new("export").about("Convert a recording for another program")
}

fn run(_matches: &ArgMatches, _library: &Arc<Library>) -> Result<()> {
    Err(Failure::new("export is not written yet").into())
}
