//! The commands and their arguments; those of a view come from its header.

use std::env;
use std::path::Path;

use afterwake_schema::streams;
use anyhow::Result;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command, value_parser};

use super::ViewFolder;
use crate::failure::Failure;
use crate::render::Format;
use crate::tool;
use crate::view::{
    Chart, Library, Parameter, Positional, Render, Type, View, nanoseconds, nearest,
};

/// Names the folder of the user's own views.
const FOLDER_VARIABLE: &str = "AFTERWAKE_VIEWS";

const COMMANDS: [&str; 8] =
    ["info", "sql", "shell", "views", "schema", "completions", "man", "help"];

pub fn is_command(word: &str) -> bool {
    COMMANDS.contains(&word) || tool::named(word).is_some()
}

/// The place of the first argument that is neither an option nor the value of `--views`.
pub fn first_word(arguments: &[String]) -> Option<usize> {
    let mut place = 0;
    while let Some(argument) = arguments.get(place) {
        match argument.as_str() {
            "--views" => place += 2,
            option if option.starts_with('-') && option != "-" => place += 1,
            _ => return Some(place),
        }
    }
    None
}

/// The value of `--views`, or of the environment variable.
pub fn view_folder(arguments: &[String]) -> ViewFolder {
    let options = &arguments[..first_word(arguments).unwrap_or(arguments.len())];
    let after = |option: &String| option.strip_prefix("--views=").map(String::from);
    let separate = options.iter().position(|option| option == "--views");
    let separate = separate.and_then(|place| arguments.get(place + 1).cloned());
    let named = separate.or_else(|| options.iter().find_map(after));
    named.map(Into::into).or_else(|| env::var_os(FOLDER_VARIABLE).map(Into::into))
}

/// A recording rather than a misspelt view.
pub fn looks_like_a_path(word: &str) -> bool {
    Path::new(word).exists() || word.contains(['/', '*', '?', '.'])
}

pub fn unknown(word: &str, library: &Library) -> Failure {
    let tools = tool::TOOLS.iter().map(|tool| tool.name);
    let names = library.names().map(|(name, _)| name).chain(COMMANDS).chain(tools);
    let near = nearest(word, names).map_or(String::new(), |near| format!("did you mean {near}? "));
    if streams::by_name(word).is_some() || library.table(word).is_some() {
        return Failure::usage(format!("{word} is a table and no view"))
            .hint(format!("afterwake sql RECORDING 'SELECT * FROM {word} LIMIT 10'; `afterwake schema {word}` shows its columns"));
    }
    Failure::usage(format!("there is no view, command or recording {word}"))
        .hint(format!("{near}`afterwake views` lists the views, `afterwake --help` the commands"))
}

/// The whole program. Reading headers takes time, so only the views that `is_wanted` get their arguments.
pub fn program(library: &Library, is_wanted: impl Fn(&str) -> bool) -> Result<Command> {
    let mut program = Command::new("afterwake")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Read a recording and answer questions about it, in SQL")
        .override_usage("afterwake VIEW RECORDING [FLAGS]\n       afterwake COMMAND …")
        .after_help("`afterwake RECORDING` is `afterwake info RECORDING`. `afterwake views` groups the views.")
        .subcommand_help_heading("Commands and views")
        .arg(
            Arg::new("views")
                .long("views")
                .value_name("DIR")
                .help("Add the views in this folder of .sql files (also AFTERWAKE_VIEWS)"),
        )
        .subcommands(built_in())
        .subcommands(tool::TOOLS.iter().map(|tool| (tool.command)()));
    for (name, help) in library.names() {
        let command = if is_wanted(name) {
            view_command(&library.view(name)?)
        } else {
            Command::new(name.to_owned()).about(help.to_owned())
        };
        program = program.subcommand(command);
    }
    Ok(program)
}

pub fn recording() -> Arg {
    Arg::new("RECORDING").required(true).help("A recording, a folder of recordings, or a glob")
}

/// Which part of the recorded time: `from` and `to`, which [`Interval`](crate::run::Interval) reads.
pub fn window() -> [Arg; 2] {
    let time = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("TIME").allow_hyphen_values(true).help(help)
    };
    let from = "Begin here: 1.5s since the start, HH:MM:SS, or ns of the recording's clock";
    [time("from", from), time("to", "End here")]
}

/// `--format`, which [`Format::named`] reads.
pub fn format() -> Arg {
    Arg::new("format")
        .long("format")
        .value_name("FORMAT")
        .value_parser(PossibleValuesParser::new(Format::NAMES))
        .default_value("table")
        .help("How the rows are printed")
}

fn built_in() -> [Command; 7] {
    [
        Command::new("info").about("What a recording is and where its time went").arg(recording()),
        Command::new("sql")
            .about("Run SQL over the tables of a recording")
            .arg(recording())
            .arg(Arg::new("SQL").required(true).help("The statement"))
            .arg(format()),
        Command::new("shell")
            .about("SQL at a prompt")
            .long_about("SQL at a prompt. From a pipe it reads statements, each ended by `;`, up to the first that fails.")
            .arg(recording()),
        Command::new("views").about("List the views by group").arg(
            Arg::new("markdown")
                .long("markdown")
                .action(ArgAction::SetTrue)
                .help("As a table for a page"),
        ),
        Command::new("schema")
            .about("List the tables, or the columns of one")
            .arg(Arg::new("TABLE").help("A recorded or a derived table")),
        Command::new("completions").about("Print completions for a shell").arg(
            Arg::new("SHELL").required(true).value_parser(value_parser!(clap_complete::Shell)),
        ),
        Command::new("man")
            .about("Print the manual page of afterwake or of one view")
            .arg(Arg::new("COMMAND").help("A view or a command")),
    ]
}

/// The command of a view.
pub fn view_command(view: &View) -> Command {
    let mut command = Command::new(view.name.clone())
        .about(view.help.clone())
        .arg(recording())
        .args(view.flags.iter().map(named));
    let mut about = vec![format!("{}.", view.help)];
    if !view.description.is_empty() {
        about.push(view.description.clone());
    }
    if !view.lists.is_empty() {
        let lists = view.lists.iter().map(|list| format!("  {:<8} {}", list.name, list.help));
        about.push(format!("Lists:\n{}", lists.collect::<Vec<_>>().join("\n")));
        let names: Vec<String> = view.lists.iter().map(|list| list.name.clone()).collect();
        command = command
            .override_usage(format!("afterwake {} [LIST] RECORDING [OPTIONS]", view.name))
            .arg(
                Arg::new("LIST")
                    .value_parser(PossibleValuesParser::new(names))
                    .help("Which list; may stand before the recording"),
            );
    }
    if about.len() > 1 {
        command = command.long_about(about.join("\n\n"));
    }
    for positional in &view.positionals {
        command = match positional {
            Positional::Interval { help } => command.arg(span("INTERVAL").help(help.clone())).arg(
                Arg::new("COUNT")
                    .value_parser(value_parser!(u64).range(1..))
                    .help("How many intervals"),
            ),
            Positional::Duration { help } => command.arg(span("DURATION").help(help.clone())),
            Positional::Value(parameter) => command.arg(valued(parameter)),
        };
    }
    command = command.args(window()).arg(format());
    if !view.is(Render::Parts) {
        command = command.arg(
            Arg::new("show-sql")
                .long("show-sql")
                .action(ArgAction::SetTrue)
                .help("Print the SQL instead of running it"),
        );
    }
    if view.is(Render::Stacks) {
        command = command.arg(
            Arg::new("folded")
                .short('f')
                .long("folded")
                .action(ArgAction::SetTrue)
                .help("One line per stack, for flame graph programs"),
        );
    }
    if view.is_drawn() {
        command = command.arg(
            Arg::new("svg")
                .long("svg")
                .value_name("FILE")
                .value_parser(value_parser!(std::path::PathBuf))
                .help(picture(view)),
        );
    }
    let columns: Vec<_> = view
        .columns
        .iter()
        .map(|column| format!("  {:<16} {}", column.name, column.meaning))
        .collect();
    if columns.is_empty() {
        command
    } else {
        command.after_help(format!("Columns:\n{}", columns.join("\n")))
    }
}

/// What `--svg` draws.
fn picture(view: &View) -> &'static str {
    let has_interval =
        view.positionals.iter().any(|one| matches!(one, Positional::Interval { .. }));
    match &view.chart {
        _ if view.is(Render::Stacks) => "Write a flame graph",
        Some(_) if view.is_histogram() => {
            "Write a picture of the histogram, or of the values over time"
        }
        Some(Chart::Heat { .. }) => "Write a latency heat map",
        Some(Chart::Lines { .. }) => "Write a picture of the values over time",
        None if has_interval => "Write a picture of the histogram; with an INTERVAL, a heat map",
        None => "Write a picture of the histogram",
    }
}

/// The name of a list may stand before the recording; it is moved behind it.
pub fn order_list(view: &View, arguments: &mut [String]) {
    if let [first, second, ..] = arguments
        && view.lists.iter().any(|list| list.name == *first)
        && !second.starts_with('-')
    {
        std::mem::swap(first, second);
    }
}

/// A positional length of recorded time, in seconds where no unit is given.
fn span(name: &'static str) -> Arg {
    Arg::new(name).value_parser(|text: &str| match nanoseconds(text) {
        Ok(length) if length > 0 => Ok(length),
        Ok(_) => Err(format!("{text} is not longer than nothing")),
        Err(problem) => Err(problem),
    })
}

fn named(flag: &Parameter) -> Arg {
    let mut argument = valued(flag);
    if let Some(long) = &flag.long {
        argument = argument.long(long.clone());
    }
    if let Some(short) = flag.short {
        argument = argument.short(short);
    }
    argument
}

/// The argument whose value is the SQL literal.
fn valued(parameter: &Parameter) -> Arg {
    let argument = Arg::new(parameter.name()).help(parameter.help.clone());
    if parameter.kind == Type::Switch {
        return argument.action(ArgAction::SetTrue);
    }
    let kind = parameter.kind;
    argument
        .value_name(parameter.metavar.clone())
        .allow_negative_numbers(matches!(kind, Type::Int | Type::Float | Type::Ints))
        .value_parser(move |text: &str| kind.literal(Some(text)))
}
