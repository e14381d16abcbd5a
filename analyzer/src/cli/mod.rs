//! The command line.

pub mod command;
mod listing;
pub mod order;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use anyhow::Result;
use clap::ArgMatches;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::failure::{Failure, USAGE};
use crate::output;
use crate::recording::Recording;
use crate::render::{Format, escape};
use crate::run::{self, Session};
use crate::tool;
use crate::view::{Library, Render};

pub use listing::{schema, tables, views, views_as_markdown};

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    run::remember_panics();
    let result = on_a_large_stack(|| dispatch(std::env::args().skip(1).collect()));
    output::wait_if_abandoned();
    match result {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            print_error(&error);
            let failure = error.downcast_ref::<Failure>();
            ExitCode::from(failure.map_or(1, |failure| failure.status))
        }
        Err(_) => {
            let message = run::last_panic().unwrap_or_else(|| "no message".into());
            say!("error: an internal error: {}", escape(&message));
            say!("hint: this is a fault of afterwake; please report it with the command line");
            ExitCode::FAILURE
        }
    }
}

/// What `work` says, or that it panicked. The first thread of a process has a stack of a size that others chose.
fn on_a_large_stack(
    work: impl FnOnce() -> Result<()> + Send + 'static,
) -> thread::Result<Result<()>> {
    match thread::Builder::new().stack_size(run::STACK_BYTES).spawn(work) {
        Ok(thread) => thread.join(),
        Err(error) => Ok(Err(error.into())),
    }
}

/// The reader of the output, such as `head`, has seen enough.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        io == Some(io::ErrorKind::BrokenPipe) || cause.to_string().contains("Broken pipe")
    })
}

/// `error: …` and, where there is advice, `hint: …`.
pub fn print_error(error: &anyhow::Error) {
    let text: Vec<_> = error.chain().map(ToString::to_string).collect();
    say!("error: {}", escape(&text.join(": ")));
    if let Some(hint) = error.downcast_ref::<Failure>().and_then(|failure| failure.hint.as_ref()) {
        say!("hint: {}", escape(hint));
    }
}

fn dispatch(mut arguments: Vec<String>) -> Result<()> {
    let library = Arc::new(Library::load(command::view_folder(&arguments).as_deref())?);
    if let Some(place) = command::first_word(&arguments) {
        let word = &arguments[place];
        if !command::is_command(word) && !library.has(word) {
            if !command::looks_like_a_path(word) {
                return Err(command::unknown(word, &library).into());
            }
            match arguments.get(place + 1) {
                // `afterwake slow.wake offcputime` can only mean one thing.
                Some(next) if command::is_command(next) || library.has(next) => {
                    arguments.swap(place, place + 1);
                }
                _ => arguments.insert(place, "info".into()),
            }
        } else if library.has(word) {
            let view = library.view(word)?;
            command::order_list(&view, &mut arguments[place + 1..]);
        }
    }
    let mut program = command::program(&library, |name| arguments.iter().any(|word| word == name))?;
    let matches = match program.try_get_matches_from_mut(
        std::iter::once("afterwake").chain(arguments.iter().map(String::as_str)),
    ) {
        Ok(matches) => matches,
        Err(error) => {
            return usage(&error, command::first_word(&arguments).map(|place| &*arguments[place]));
        }
    };
    match matches.subcommand() {
        Some((name, matches)) => perform(name, matches, &library),
        None => Ok(program.print_help()?),
    }
}

/// A help or version text goes to stdout; anything else is a mistake on the command line.
pub fn usage(error: &clap::Error, command: Option<&str>) -> Result<()> {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return Ok(write!(io::stdout(), "{error}")?);
    }
    let text = error.to_string();
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let tip = lines.iter().find_map(|line| line.strip_prefix("tip: "));
    let usage = lines.iter().find(|line| line.starts_with("Usage:")).copied();
    let is_message = |line: &&&str| {
        !line.starts_with("tip:") && !line.starts_with("Usage:") && !line.starts_with("For more")
    };
    let message: Vec<_> = lines.iter().take_while(is_message).copied().collect();
    let message = message.join(" ").trim_start_matches("error: ").to_owned();
    let help = match command {
        Some(command) => format!("`afterwake {command} --help` shows what it takes"),
        None => "`afterwake --help` shows the commands".into(),
    };
    // Of a flag that does not exist the usage says nothing, and as a value nobody meant it.
    let tip = tip.filter(|tip| !tip.starts_with("to pass"));
    let usage = usage.filter(|_| error.kind() != ErrorKind::UnknownArgument);
    let hint = if has_a_file_for_a_value(error) {
        "the recording comes first, then what the tool takes".into()
    } else if tip.is_none() && text.contains("'--svg'") {
        match command {
            Some(command) if command.starts_with("diff ") => {
                "of two recordings only stacks have a picture".into()
            }
            _ => "this view is a table; stacks, histograms and counters have pictures".into(),
        }
    } else {
        tip.or(usage).map_or(help, String::from)
    };
    Err(Failure { message, hint: Some(hint), status: USAGE }.into())
}

/// The original tool took its numbers first: `runqlat 1 5`; and a checklist may be mistaken for one.
fn has_a_file_for_a_value(error: &clap::Error) -> bool {
    let told = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue)
        && !told(ContextKind::InvalidArg).starts_with('-')
        && Path::new(told(ContextKind::InvalidValue)).exists()
}

fn perform(name: &str, matches: &ArgMatches, library: &Arc<Library>) -> Result<()> {
    let text = |id: &str| matches.get_one::<String>(id);
    let mut out = run::stdout();
    match name {
        "views" if matches.get_flag("markdown") => return views_as_markdown(library, &mut out),
        "views" => return views(library, &mut out),
        "schema" => return schema(library, text("TABLE").map(String::as_str), &mut out),
        "completions" => {
            let shell = matches.get_one::<clap_complete::Shell>("SHELL").copied();
            return completions(library, shell.unwrap_or(clap_complete::Shell::Bash), &mut out);
        }
        "man" => return man(library, text("COMMAND").map(String::as_str), &mut out),
        _ => {}
    }
    if let Some(tool) = tool::named(name) {
        return (tool.run)(matches, library);
    }
    let argument = text("RECORDING").map_or("", String::as_str);
    let is_path = |id: &str| text(id).is_some_and(|word| Path::new(word).exists());
    if name == "sql" && is_path("SQL") && !is_path("RECORDING") {
        return Err(Failure::usage(format!("there is no recording {argument}"))
            .hint("the recording comes first, then the statement")
            .into());
    }
    let session = Session::open(Recording::open(argument)?, Arc::clone(library))?;
    if name == "shell" {
        return run::shell::run(session);
    }
    run::exit_on_interrupt(&session);
    match name {
        "info" => run::info::run(&session),
        "sql" => {
            let sql = text("SQL").map_or("", String::as_str);
            let format = Format::named(text("format").map_or("", String::as_str));
            run::sql::run(&session, sql, format)
        }
        view => {
            let view = library.view(view)?;
            let order = if view.is(Render::Parts) {
                order::of_parts(library, view, matches, &session.recording)?
            } else {
                order::from(view, matches, &session.recording)?
            };
            run::run_view(&session, &order)
        }
    }
}

fn completions(library: &Library, shell: clap_complete::Shell, out: &mut dyn Write) -> Result<()> {
    let mut program = command::program(library, |_| true)?;
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut program, "afterwake", &mut text);
    out.write_all(&text)?;
    Ok(out.flush()?)
}

fn man(library: &Library, name: Option<&str>, out: &mut dyn Write) -> Result<()> {
    let mut program = command::program(library, |word| Some(word) == name)?;
    program.build();
    let page = match name {
        None => program,
        Some(name) => match program.find_subcommand(name) {
            Some(command) => {
                let version = env!("CARGO_PKG_VERSION");
                command.clone().name(format!("afterwake-{name}")).version(version)
            }
            None => return Err(command::unknown(name, library).into()),
        },
    };
    clap_mangen::Man::new(page).render(out)?;
    Ok(out.flush()?)
}

/// The folder of the user's own views.
type ViewFolder = Option<PathBuf>;
