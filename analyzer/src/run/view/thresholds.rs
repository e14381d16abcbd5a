//! What a threshold of the recorder kept out of the rows that are shown.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Session;
use crate::view::{Render, View, duration};

/// In a view that reads sums too, this leaves them out again.
const WITHOUT_SUMS: &str = "NOT summed";

/// Says on stderr which events have no rows. A view that counts those in `rest` needs no such note.
pub fn report(session: &Session, views: &[&View]) -> Result<()> {
    let mut kept_out = BTreeSet::new();
    for view in views {
        if !view.renders.iter().all(|(render, _)| *render == Render::Table)
            || session.library.reads(&view.sql, "rest")? && !view.sql.contains(WITHOUT_SUMS)
        {
            continue;
        }
        for member in session.recording.members() {
            let minimum = &member.manifest.options.minimum_ns;
            let of_view = minimum.iter().filter(|(stream, _)| view.needs.contains(stream));
            kept_out.extend(of_view.filter(|(_, least)| **least > 0));
        }
    }
    for (stream, least) in kept_out {
        say!(
            "note: {stream} has rows from {} on; what was shorter is only summed, and not shown here",
            duration(*least)
        );
    }
    Ok(())
}
