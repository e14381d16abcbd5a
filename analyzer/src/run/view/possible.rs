//! Whether a recording holds what a view needs.

use anyhow::Result;

use super::Session;
use crate::failure::Failure;
use crate::render;
use crate::view::View;

/// Fails with the reason where it does not.
pub fn check(session: &Session, view: &View) -> Result<()> {
    recorded(session, view)?;
    alone(session, view)?;
    filled(session, view)
}

/// A view whose stream was refused says so, with the recorder's reason.
pub fn recorded(session: &Session, view: &View) -> Result<()> {
    for stream in &view.needs {
        let mut reason = None;
        let refused = session.recording.members().iter().all(|member| {
            let state = member.state(stream).filter(|state| !state.on);
            reason = state.and_then(|state| state.note.clone());
            state.is_some() && member.rows(stream) == 0
        });
        let mut members = session.recording.members().iter();
        let is_empty = session.recording.members().iter().all(|member| member.rows(stream) == 0);
        if let (true, Some(why)) =
            (is_empty, members.find_map(|member| member.left_out_whole(stream)))
        {
            let why = render::escape(&why);
            return Err(Failure::new(format!(
                "{} needs the stream {stream}, which was {why}",
                view.name
            ))
            .hint("ask for a larger pack, or for the recording itself")
            .into());
        }
        let members = session.recording.members().iter();
        let mut cuts = members.filter_map(|member| member.manifest.cut.as_ref());
        if let (true, Some(cut)) = (refused, cuts.find(|cut| cut.streams.contains(stream))) {
            return Err(Failure::new(format!(
                "{} needs the stream {stream}, which was left out by the cut",
                view.name
            ))
            .hint(format!(
                "ask {}, or cut it again with --stream {stream}",
                render::escape(&cut.name)
            ))
            .into());
        }
        if refused {
            let reason =
                reason.map_or(String::new(), |reason| format!(": {}", render::escape(&reason)));
            return Err(Failure::new(format!("{} needs the stream {stream}, which was not recorded{reason}", view.name))
                .hint(format!("record it with `afterwake-record -e {stream}`; `afterwake-record --list` tells the profiles that have it, `--check` whether a kernel gives it"))
                .into());
        }
    }
    Ok(())
}

/// The readings of several hosts would be taken for those of one.
fn alone(session: &Session, view: &View) -> Result<()> {
    if session.recording.is_several() && session.library.reads(&view.sql, "counters")? {
        let names = session.recording.members().iter().map(|member| member.name.as_str());
        return Err(Failure::new(format!(
            "{} reads the counters of one host, and these are several recordings",
            view.name
        ))
        .hint(format!("name one of {}", names.collect::<Vec<_>>().join(", ")))
        .into());
    }
    Ok(())
}

/// A view that needs values the machine could not give says so.
fn filled(session: &Session, view: &View) -> Result<()> {
    for requirement in &view.requires {
        let (table, column) = (&requirement.table, &requirement.column);
        let sql = format!("SELECT 1 FROM \"{table}\" WHERE \"{column}\" IS NOT NULL LIMIT 1");
        let found = session.rows(&sql)?;
        if found.iter().all(|batch| batch.num_rows() == 0) {
            return Err(Failure::new(requirement.sentence.clone())
                .hint(format!(
                    "{} needs {table}.{column}; `afterwake info` shows what a recording holds",
                    view.name
                ))
                .into());
        }
    }
    Ok(())
}
