//! A recording without names that are nobody's business.

use std::sync::Arc;

use anyhow::Result;
use clap::{ArgMatches, Command};

use crate::failure::Failure;
use crate::tool::Tool;
use crate::view::Library;

pub const TOOL: Tool = Tool { name: "redact", command, run };

fn command() -> Command {
    Command::new("redact").about("Replace names, paths and addresses by pseudonyms")
}

fn run(_matches: &ArgMatches, _library: &Arc<Library>) -> Result<()> {
    Err(Failure::new("redact is not written yet").into())
}
