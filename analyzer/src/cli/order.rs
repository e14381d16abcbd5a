//! From the arguments of a view to what is to be run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use clap::ArgMatches;

use crate::failure::Failure;
use crate::recording::Recording;
use crate::render::Format;
use crate::run::{Interval, Order, Output, window};
use crate::view::{Parameter, Positional, Render, Type, View};

pub fn from(view: View, matches: &ArgMatches, recording: &Recording) -> Result<Order> {
    let text = |id: &str| matches.get_one::<String>(id).map(String::as_str);
    let mut literals = BTreeMap::new();
    for flag in &view.flags {
        literals.insert(flag.name(), literal(flag, matches)?);
    }
    let mut window = window(text("from"), text("to"), &recording.span(), recording.wall_clock())?;
    let mut interval = None;
    for positional in &view.positionals {
        match positional {
            Positional::Interval { .. } => {
                let count = matches.get_one::<u64>("COUNT").copied();
                let length = matches.get_one::<i64>("INTERVAL").copied();
                interval = length.map(|length_ns| Interval { length_ns, count });
            }
            Positional::Duration { .. } => {
                if let Some(length) = matches.get_one::<i64>("DURATION") {
                    window.end = window.start.saturating_add(*length).min(window.end);
                }
            }
            Positional::Value(parameter) => {
                literals.insert(parameter.name(), literal(parameter, matches)?);
            }
        }
    }
    let output = if view.render == Render::Stacks {
        Output {
            format: Format::named(text("format").unwrap_or_default()),
            folded: matches.get_flag("folded"),
            svg: matches.get_one::<PathBuf>("svg").cloned(),
            show_sql: matches.get_flag("show-sql"),
        }
    } else {
        Output {
            format: Format::named(text("format").unwrap_or_default()),
            show_sql: matches.get_flag("show-sql"),
            ..Output::default()
        }
    };
    if output.format != Format::Table && (output.folded || output.svg.is_some()) {
        return Err(Failure::usage("--folded and --svg are formats of their own")
            .hint("leave out --format, or leave out --folded and --svg")
            .into());
    }
    if interval.is_some() && output.svg.is_some() {
        return Err(Failure::usage("--svg draws one picture, an INTERVAL would give many")
            .hint("choose the part of the recording with --from and --to")
            .into());
    }
    if view.render == Render::Stacks {
        literals.insert("folded".into(), if output.folded { "TRUE" } else { "FALSE" }.into());
    }
    Ok(Order { view, literals, window, interval, output })
}

fn literal(parameter: &Parameter, matches: &ArgMatches) -> Result<String> {
    let name = parameter.name();
    if parameter.kind == Type::Switch {
        return Ok(if matches.get_flag(&name) { "TRUE" } else { "FALSE" }.into());
    }
    match matches.get_one::<String>(&name) {
        Some(literal) => Ok(literal.clone()),
        None => Ok(parameter.kind.literal(parameter.default.as_deref()).map_err(Failure::new)?),
    }
}
