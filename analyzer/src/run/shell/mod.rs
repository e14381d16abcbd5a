//! `afterwake shell`: SQL at a prompt, with editing, history and completion.

mod completion;
mod statements;

use std::env;
use std::fs;
use std::io::{IsTerminal, Read, Write, stdin};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};

use self::completion::Words;
use self::statements::split;
use super::levels::STACK_BYTES;
use super::{Session, interrupt, last_panic, progress, sql, stdout};
use crate::cli::print_error;
use crate::failure::Failure;
use crate::render::Format;

/// How long a statement may take to stop.
const PATIENCE: Duration = Duration::from_secs(1);

const COMMANDS: [(&str, &str); 5] = [
    (".tables", "the tables, recorded and derived"),
    (".schema", "[TABLE] the columns"),
    (".views", "the views, to run with `afterwake VIEW RECORDING`"),
    (".help", "this list"),
    (".quit", "leave; so does Ctrl-D"),
];

/// Reads statements until the end; a failed one is reported and the next one read.
pub fn run(session: Session) -> Result<()> {
    let session = &Arc::new(session);
    session.register_all()?;
    if !stdin().is_terminal() {
        return from_pipe(session);
    }
    let config =
        Config::builder().completion_type(CompletionType::List).auto_add_history(true).build();
    let mut editor: Editor<Words, FileHistory> = Editor::with_config(config)?;
    editor.set_helper(Some(Words::of(session)?));
    let events = channel();
    let interrupts = events.0.clone();
    interrupt::on_interrupt(move || drop(interrupts.send(Event::Interrupt)));
    let history = history();
    if let Some(file) = &history {
        // The first time there is none.
        let _ = editor.load_history(file);
    }
    say!("SQL ends with `;`, Tab completes, `.help` lists the other commands.");
    loop {
        match editor.readline("afterwake> ") {
            Ok(text) if matches!(text.trim(), ".quit" | ".exit" | "quit" | "exit" | r"\q") => break,
            Ok(text) => until_interrupted(session, text.trim().into(), &events),
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error.into()),
        }
        if let Some(file) = &history {
            let _ = editor.save_history(file);
        }
    }
    Ok(())
}

/// A pipe or a file: the statements one after the other, up to the first that fails.
fn from_pipe(session: &Session) -> Result<()> {
    let mut text = String::new();
    stdin().read_to_string(&mut text)?;
    for statement in split(&text) {
        one(session, statement)?;
    }
    Ok(())
}

fn one(session: &Session, text: &str) -> Result<()> {
    let text = if text == "help" { ".help" } else { text };
    if let Some(command) = text.strip_prefix('.') {
        let mut words = command.trim_end_matches(';').split_whitespace();
        return match (words.next(), words.next()) {
            (Some("tables"), _) => crate::cli::tables(&session.library, &mut stdout()),
            (Some("schema"), table) => crate::cli::schema(&session.library, table, &mut stdout()),
            (Some("views"), _) => crate::cli::views(&session.library, &mut stdout()),
            _ => {
                let mut lines = COMMANDS.iter().map(|(name, help)| format!("{name:8} {help}\n"));
                Ok(lines.try_for_each(|line| stdout().write_all(line.as_bytes()))?)
            }
        };
    }
    let text = text.trim().trim_end_matches(';');
    if text.is_empty() {
        return Ok(());
    }
    sql::print(session, text, Format::Table, &mut stdout())
}

/// What the prompt waits for while a statement runs.
enum Event {
    Interrupt,
    Done(Result<()>),
}

/// Runs one statement, or as much of it as there is time for before Ctrl-C. It has a thread of its own, since
/// an operator may compute for long without looking up; one that does not stop ends the shell.
fn until_interrupted(
    session: &Arc<Session>,
    text: String,
    (sender, events): &(Sender<Event>, Receiver<Event>),
) {
    // A Ctrl-C that came when there was nothing to stop.
    events.try_iter().for_each(drop);
    session.go_on();
    let (asked, done) = (Arc::clone(session), sender.clone());
    let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
        let work = AssertUnwindSafe(|| one(&asked, &text));
        let outcome = catch_unwind(work).unwrap_or_else(|_| {
            let message = last_panic().unwrap_or_else(|| "no message".into());
            Err(Failure::new(format!("an internal error: {message}")).into())
        });
        // Nobody waits for it any more where the shell ends.
        let _ = done.send(Event::Done(outcome));
    });
    if let Err(error) = thread {
        return print_error(&error.into());
    }
    let mut event = events.recv().ok();
    if matches!(event, Some(Event::Interrupt)) {
        session.stop();
        event = events.recv_timeout(PATIENCE).ok();
    }
    match event {
        Some(Event::Done(Ok(()))) => {}
        Some(Event::Done(Err(error))) => print_error(&error),
        Some(Event::Interrupt) | None => {
            progress::clear();
            say!("note: the statement does not stop, so the shell ends");
            process::exit(interrupt::STATUS);
        }
    }
}

/// `$XDG_STATE_HOME/afterwake/history`.
fn history() -> Option<PathBuf> {
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".local/state")))?;
    let folder = state.join("afterwake");
    fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}
