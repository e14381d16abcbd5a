//! One file of a recording.

pub mod verify;

use std::sync::Arc;

use anyhow::Result;
use clap::{ArgMatches, Command};

use crate::failure::Failure;
use crate::tool::Tool;
use crate::view::Library;

pub const TOOL: Tool = Tool { name: "pack", command, run };

fn command() -> Command {
    Command::new("pack").about("Make one file of a recording, to attach to a ticket")
}

fn run(_matches: &ArgMatches, _library: &Arc<Library>) -> Result<()> {
    Err(Failure::new("pack is not written yet").into())
}
