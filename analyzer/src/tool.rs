//! The commands beside the views: each brings its arguments and what it does.

use std::sync::Arc;

use anyhow::Result;
use clap::{ArgMatches, Command};

use crate::view::Library;
use crate::{cut, diff, export, pack, redact, report};

/// One command of the program.
pub struct Tool {
    pub name: &'static str,
    /// Its arguments and their help.
    pub command: fn() -> Command,
    pub run: fn(&ArgMatches, &Arc<Library>) -> Result<()>,
}

/// In the order in which the help lists them.
pub const TOOLS: &[Tool] = &[
    pack::TOOL,
    pack::verify::TOOL,
    cut::TOOL,
    redact::TOOL,
    report::TOOL,
    diff::TOOL,
    export::TOOL,
];

pub fn named(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == name)
}
