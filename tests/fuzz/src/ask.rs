//! Questions to a recording that may be damaged: an answer or one sentence, never a panic.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use afterwake::cli::{command::view_command, order};
use afterwake::recording::Recording;
use afterwake::render::{Format, Stacks, flame, stacks};
use afterwake::run::{Session, sql};
use afterwake::view::{Library, Render, substitute};

fn library() -> Arc<Library> {
    static LIBRARY: OnceLock<Arc<Library>> = OnceLock::new();
    Arc::clone(LIBRARY.get_or_init(|| Arc::new(Library::load(None).expect("embedded"))))
}

pub fn session(recording: Arc<Recording>) -> Session {
    Session::open(recording, library()).expect("a session reads nothing")
}

/// The views that read a table, and nothing that another one of them does not read.
fn views(table: &str) -> &'static [&'static str] {
    match table {
        "wait" => &["threadstates", "chaingraph", "criticalpath", "offwaketime"],
        "stack" | "frame" | "module" | "thread" => &["offcputime"],
        "sample" => &["profile"],
        "block_io" => &["biolatency", "biosnoop"],
        "counter" => &["vmstat"],
        "recording" => &["pidpersec", "threadstates"],
        _ => &[],
    }
}

/// All that is asked where this file is damaged: of its table, or of the table that tells of the recording.
pub fn table(session: &Session, file: &str) {
    let table = file.split(['/', '.']).next().unwrap_or_default();
    everything(session, table);
    let count = format!("SELECT count(*) AS \"rows\" FROM {table}");
    if let Err(error) = session.rows(&count) {
        sentence(&error);
    }
    for name in views(table) {
        if let Err(error) = view(session, name) {
            sentence(&error);
        }
    }
}

/// The rows of a table, as text and as data.
pub fn everything(session: &Session, table: &str) {
    for (sql, format) in [
        (format!("SELECT * FROM {table}"), Format::Json),
        (format!("SELECT * FROM {table} ORDER BY 2 DESC, 1 LIMIT 5"), Format::Table),
    ] {
        let mut out = Vec::new();
        if let Err(error) = sql::print(session, &sql, format, &mut out) {
            sentence(&error);
        }
    }
}

/// What a user would be told: one line that does not blame the program.
pub fn sentence(error: &anyhow::Error) {
    let text = error.to_string();
    assert!(!text.trim().is_empty() && !text.contains('\n'), "{text}");
    assert!(!text.contains("internal error"), "{text}");
}

/// The rows of a view without flags, rendered where they are stacks.
fn view(session: &Session, name: &str) -> anyhow::Result<()> {
    let view = session.library.view(name)?;
    let matches = view_command(&view).try_get_matches_from([name, "x.wake"])?;
    let order = order::from(view.clone(), &matches, &session.recording)?;
    let span = session.recording.span();
    let mut literals: BTreeMap<String, String> = order.literals;
    for (name, instant) in
        [("from", span.start), ("to", span.end), ("start", span.start), ("stop", span.end)]
    {
        literals.insert(name.into(), format!("CAST({instant} AS BIGINT)"));
    }
    let batches = session.rows(&substitute(&view.sql, &literals))?;
    if view.is(Render::Stacks) {
        let (title, unit, palette) = (&view.help, &view.unit, &view.palette);
        let span_ns = span.end.saturating_sub(span.start);
        let page = Stacks { view: name, title, unit, palette, span_ns, batches: &batches };
        let mut out = Vec::new();
        stacks::text(&mut out, &page)?;
        stacks::folded(&mut out, &page)?;
        flame::svg(&mut out, &page)?;
    }
    Ok(())
}
