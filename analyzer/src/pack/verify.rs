//! Whether a recording is whole and unchanged.

use std::sync::Arc;

use anyhow::Result;
use clap::{ArgMatches, Command};

use crate::failure::Failure;
use crate::tool::Tool;
use crate::view::Library;

pub const TOOL: Tool = Tool { name: "verify", command, run };

fn command() -> Command {
    Command::new("verify").about("Check that a recording is whole and unchanged")
}

fn run(_matches: &ArgMatches, _library: &Arc<Library>) -> Result<()> {
    Err(Failure::new("verify is not written yet").into())
}
