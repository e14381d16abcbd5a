//! What differs between two recordings.

use std::sync::Arc;

use anyhow::Result;
use clap::{ArgMatches, Command};

use crate::failure::Failure;
use crate::tool::Tool;
use crate::view::Library;

pub const TOOL: Tool = Tool { name: "diff", command, run };

fn command() -> Command {
    Command::new("diff").about("Compare two recordings by one view")
}

fn run(_matches: &ArgMatches, _library: &Arc<Library>) -> Result<()> {
    Err(Failure::new("diff is not written yet").into())
}
