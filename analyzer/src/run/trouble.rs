//! What the query engine complains about, in one sentence.

use std::panic;
use std::sync::Mutex;

use datafusion::error::DataFusionError;

use crate::failure::Failure;

/// A longer message is cut: the engine lists all columns of all tables where one is misspelt.
const LONGEST: usize = 400;

static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Keeps the message of a panic for the error that it becomes, instead of printing it.
pub fn remember_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or(String::new(), |place| format!(" ({place})"));
        let text = panic.payload_as_str().unwrap_or("no message");
        if let Ok(mut last) = PANIC.lock() {
            *last = Some(format!("{text}{place}"));
        }
    }));
}

/// The message of the last panic, if there was one.
pub fn last_panic() -> Option<String> {
    PANIC.lock().ok()?.take()
}

/// Whether the error may come from what is stored, rather than from the SQL.
pub fn may_be_damage(error: &DataFusionError) -> bool {
    matches!(
        error.find_root(),
        DataFusionError::ArrowError(..)
            | DataFusionError::ParquetError(_)
            | DataFusionError::IoError(_)
            | DataFusionError::ExecutionJoin(_)
            | DataFusionError::External(_)
            | DataFusionError::Internal(_)
            | DataFusionError::ObjectStore(_)
    )
}

/// `CreateExternalTable` as it is written in SQL.
fn spaced(name: &str) -> String {
    let mut text = String::new();
    for (index, letter) in name.chars().enumerate() {
        if index > 0 && letter.is_uppercase() && !text.ends_with(char::is_uppercase) {
            text.push(' ');
        }
        text.push(letter);
    }
    text.to_uppercase()
}

/// What is said of a panic.
pub fn internal(otherwise: Option<String>) -> Failure {
    let message = last_panic().or(otherwise).unwrap_or_else(|| "no message".into());
    Failure::new(format!("an internal error: {message}"))
        .hint("this is a fault of afterwake; please report it with the recording if you can")
}

/// The error as it is shown.
pub fn explain(error: &DataFusionError) -> Failure {
    let root = error.find_root();
    if let DataFusionError::ExecutionJoin(_) = root {
        return internal(Some(root.strip_backtrace()));
    }
    let text = match root {
        // Its own words, without the name of the type.
        DataFusionError::SQL(error, _) => error.to_string(),
        _ => root.strip_backtrace(),
    };
    let text = text.lines().collect::<Vec<_>>().join(" ");
    let mut message: String = text.chars().take(LONGEST).collect();
    if message.len() < text.len() {
        message.push('…');
    }
    if let Some((_, what)) = message.split_once(" not supported: ")
        && ["DDL", "DML", "Statement"].iter().any(|kind| message.contains(&format!("{kind} not")))
    {
        let what = spaced(what.split_whitespace().next().unwrap_or_default());
        return Failure::new(format!("{what} is refused: a recording is only read"))
            .hint("`--format csv > FILE` writes an answer; the tables are Parquet files that any program can copy");
    }
    let failure = Failure::new(message);
    match root {
        DataFusionError::SQL(..) => failure.hint(
            "the dialect is DataFusion's, close to PostgreSQL's: https://datafusion.apache.org/user-guide/sql",
        ),
        DataFusionError::SchemaError(..) | DataFusionError::Plan(_) => failure
            .hint("`afterwake schema` lists the tables, `afterwake schema TABLE` their columns"),
        DataFusionError::ResourcesExhausted(_) => {
            failure.hint("look at less of the recording with --from and --to, or at fewer columns")
        }
        _ => failure,
    }
}
