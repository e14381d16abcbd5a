//! The command line: a view's own flags behind those of every comparison.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::cli::command::{format, view_command, window};
use crate::cli::order::literal;
use crate::failure::Failure;
use crate::render::Format;
use crate::view::{Positional, Render, Type, View};

/// So many rows of a table that a person reads.
const ROWS: usize = 30;

/// A view and what is to be made of its two answers.
pub struct Question {
    pub view: View,
    pub literals: BTreeMap<String, String>,
    pub options: Options,
}

pub struct Options {
    pub format: Format,
    /// As recorded, not per second.
    pub raw: bool,
    limit: Option<u64>,
    /// Whole stacks instead of functions.
    pub by_stack: bool,
    /// Functions in the order of their own change.
    pub by_self: bool,
    pub folded: bool,
    pub svg: Option<PathBuf>,
}

impl Options {
    /// How many of the rows are shown.
    pub fn limit(&self) -> usize {
        let all = if self.format == Format::Table { ROWS } else { usize::MAX };
        self.limit.map_or(all, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
    }
}

/// The view, the recordings and the view's flags, which are read once the view is known.
pub fn words() -> Arg {
    Arg::new("WORDS")
        .value_name("VIEW A B")
        .num_args(1..)
        .required(true)
        .trailing_var_arg(true)
        .allow_hyphen_values(true)
        .help("A view, the two recordings, and the flags of the view")
}

/// Names in capitals, since a view's own flags have theirs in small letters.
pub fn options() -> Vec<Arg> {
    let time = |name: &'static str, long: &'static str, help: &'static str| {
        Arg::new(name).long(long).value_name("TIME").allow_hyphen_values(true).help(help)
    };
    let mut options = Vec::from(window());
    options.extend([
        time("FROM_A", "from-a", "Begin here in A alone"),
        time("TO_A", "to-a", "End here in A alone"),
        time("FROM_B", "from-b", "Begin here in B alone"),
        time("TO_B", "to-b", "End here in B alone"),
        switch("RAW", "raw", "Figures as recorded, not per second of the window"),
        Arg::new("LIMIT")
            .long("limit")
            .value_name("N")
            .value_parser(value_parser!(u64).range(1..))
            .help("Only the N rows that changed most (30 in a table where it is not given)"),
        format(),
    ]);
    options
}

pub fn of_stacks() -> [Arg; 4] {
    [
        switch("STACKS", "stacks", "Whole stacks instead of functions"),
        switch("SELF", "self", "Order functions by their own change, without what they called"),
        switch("folded", "folded", "One line per stack: `stack A B`, for flame graph programs")
            .short('f'),
        Arg::new("svg")
            .long("svg")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("Write a differential flame graph"),
    ]
}

fn switch(name: &'static str, long: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(long).action(ArgAction::SetTrue).help(help)
}

/// The words as they were given; options before the view come behind it.
pub fn given(matches: &ArgMatches) -> Vec<String> {
    let mut words: Vec<String> =
        matches.get_many::<String>("WORDS").into_iter().flatten().cloned().collect();
    for option in options().iter().chain(&of_stacks()) {
        let name = option.get_id().as_str();
        if matches.value_source(name) != Some(ValueSource::CommandLine) {
            continue;
        }
        let long = option.get_long().unwrap_or_default();
        if matches!(option.get_action(), ArgAction::SetTrue) {
            words.push(format!("--{long}"));
        } else {
            let values = matches.get_raw(name).into_iter().flatten();
            words.extend(values.map(|value| format!("--{long}={}", value.to_string_lossy())));
        }
    }
    words
}

/// `diff VIEW` with everything it takes.
pub fn command(view: &View) -> Command {
    let side = |name: &'static str, help: &'static str| Arg::new(name).required(true).help(help);
    let of_view = view_command(view);
    let is_own = |argument: &&Arg| {
        let name = argument.get_id().as_str();
        let is_flag = view.flags.iter().any(|flag| flag.name() == name);
        let is_value = view.positionals.iter().any(|one| match one {
            Positional::Value(parameter) => parameter.name() == name,
            Positional::Duration { .. } => name == "DURATION",
            Positional::Interval { .. } => false,
        });
        is_flag || is_value
    };
    let own: Vec<Arg> = of_view.get_arguments().filter(is_own).cloned().collect();
    // A view of the user's may have a flag of that name: then it is meant.
    let is_free = |option: &Arg| own.iter().all(|one| one.get_long() != option.get_long());
    let mut shared = options();
    if view.is(Render::Stacks) {
        shared.extend(of_stacks());
    }
    shared.retain(is_free);
    Command::new(view.name.clone())
        .bin_name(format!("afterwake diff {}", view.name))
        .about(format!("{}: what differs between A and B", view.help))
        .arg(side("A", "The recording, or recordings, to compare with"))
        .arg(side("B", "What is compared with A: growth is what B has more"))
        .args(own)
        .args(shared)
}

/// What is asked of both recordings.
pub fn question(view: View, matches: &ArgMatches) -> Result<Question> {
    let is_set = |name: &str| matches.try_get_one::<bool>(name).ok().flatten() == Some(&true);
    let of_stacks = view.is(Render::Stacks);
    let options = Options {
        format: Format::named(matches.get_one::<String>("format").map_or("", String::as_str)),
        raw: is_set("RAW"),
        limit: matches.try_get_one::<u64>("LIMIT").ok().flatten().copied(),
        by_stack: is_set("STACKS"),
        by_self: is_set("SELF"),
        folded: of_stacks && is_set("folded"),
        svg: if of_stacks { matches.get_one::<PathBuf>("svg").cloned() } else { None },
    };
    if options.format != Format::Table && (options.folded || options.svg.is_some()) {
        return Err(Failure::usage("a picture and folded stacks are formats of their own")
            .hint("leave out --format, or leave out --svg and --folded")
            .into());
    }
    let mut literals = BTreeMap::new();
    let values = view.positionals.iter().filter_map(|positional| match positional {
        Positional::Value(parameter) => Some(parameter),
        Positional::Interval { .. } | Positional::Duration { .. } => None,
    });
    for parameter in view.flags.iter().chain(values) {
        literals.insert(parameter.name(), literal(parameter, matches)?);
    }
    let is_given = |flag: &str| {
        let literal = literals.get(flag).map_or("FALSE", String::as_str);
        literal != "FALSE" && !literal.starts_with("CAST(NULL")
    };
    let with = view.compare(is_given).map(|compare| compare.with.clone()).unwrap_or_default();
    for parameter in view.flags.iter().filter(|flag| with.contains(&flag.name())) {
        let name = parameter.name();
        if matches.value_source(&name) != Some(ValueSource::CommandLine) {
            let is_switch = parameter.kind == Type::Switch;
            let literal = parameter.kind.literal(is_switch.then_some(""));
            literals.insert(name, literal.map_err(Failure::new)?);
        }
    }
    literals.insert("folded".into(), if options.folded { "TRUE" } else { "FALSE" }.into());
    literals.insert("drawn".into(), "FALSE".into());
    Ok(Question { view, literals, options })
}
