//! A smaller recording.

use std::sync::Arc;

use anyhow::Result;
use clap::{ArgMatches, Command};

use crate::failure::Failure;
use crate::tool::Tool;
use crate::view::Library;

pub const TOOL: Tool = Tool { name: "cut", command, run };

fn command() -> Command {
    Command::new("cut").about("Keep a part of a recording")
}

fn run(_matches: &ArgMatches, _library: &Arc<Library>) -> Result<()> {
    Err(Failure::new("cut is not written yet").into())
}
