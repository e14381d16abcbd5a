//! From the arguments of a view to what is to be run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use clap::ArgMatches;

use super::command::view_command;
use crate::failure::Failure;
use crate::recording::Recording;
use crate::render::Format;
use crate::run::{Choice, Interval, Order, Output, Piece, window};
use crate::view::{Library, Parameter, Positional, Render, Type, View};

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
    let is_drawn = view.is_drawn();
    let output = Output {
        format: Format::named(text("format").unwrap_or_default()),
        folded: view.is(Render::Stacks) && matches.get_flag("folded"),
        svg: is_drawn.then(|| matches.get_one::<PathBuf>("svg").cloned()).flatten(),
        show_sql: !view.is(Render::Parts) && matches.get_flag("show-sql"),
    };
    if output.format != Format::Table && (output.folded || output.svg.is_some()) {
        return Err(Failure::usage("a picture and folded stacks are formats of their own")
            .hint("leave out --format, or leave out --svg and --folded")
            .into());
    }
    if interval.is_some() && output.svg.is_some() && view.is(Render::Stacks) {
        return Err(Failure::usage("--svg draws one picture, an INTERVAL would give many")
            .hint("choose the part of the recording with --from and --to")
            .into());
    }
    if view.is(Render::Stacks) {
        literals.insert("folded".into(), if output.folded { "TRUE" } else { "FALSE" }.into());
    }
    if view.chart.is_some() {
        let is_drawn = output.svg.is_some();
        literals.insert("drawn".into(), if is_drawn { "TRUE" } else { "FALSE" }.into());
    }
    Ok(Order { view, literals, window, interval, output, parts: Vec::new() })
}

/// The order of a view made of parts, each with the window and the flags that its list gives it.
pub fn of_parts(
    library: &Library,
    view: View,
    matches: &ArgMatches,
    recording: &Recording,
) -> Result<Order> {
    let named = matches.get_one::<String>("LIST");
    let list = view.lists.iter().find(|list| named.is_none_or(|name| *name == list.name));
    let parts = list.map(|list| list.parts.clone()).unwrap_or_default();
    let argument = matches.get_one::<String>("RECORDING").map_or("", String::as_str);
    let mut order = from(view, matches, recording)?;
    for part in parts {
        let choices = part.views.into_iter().map(|view| {
            let words = [&[view, argument.to_owned()][..], &part.flags].concat();
            let command = format!("afterwake {}", words.join(" "));
            Choice { command, order: part_order(library, &words, recording, &order) }
        });
        let (heading, extent, choices) = (part.heading, part.extent, choices.collect());
        order.parts.push(Piece { heading, extent, choices });
    }
    Ok(order)
}

fn part_order(
    library: &Library,
    words: &[String],
    recording: &Recording,
    whole: &Order,
) -> Result<Order> {
    let view = library.view(&words[0])?;
    let matches = view_command(&view).try_get_matches_from(words)?;
    Ok(Order { window: whole.window.clone(), ..from(view, &matches, recording)? })
}

/// The SQL literal of a flag or a positional.
pub fn literal(parameter: &Parameter, matches: &ArgMatches) -> Result<String> {
    let name = parameter.name();
    if parameter.kind == Type::Switch {
        return Ok(if matches.get_flag(&name) { "TRUE" } else { "FALSE" }.into());
    }
    match matches.get_one::<String>(&name) {
        Some(literal) => Ok(literal.clone()),
        None => Ok(parameter.kind.literal(parameter.default.as_deref()).map_err(Failure::new)?),
    }
}
