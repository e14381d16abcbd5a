//! What part of the threads' time a recording covers that was cut from another.

use std::ops::Range;

use afterwake_schema::recording::Cut;

use super::names::Threads;
use crate::chains::Coverage;
use crate::chains::coverage::{ALL, NONE};
use crate::recording::{Member, Recording};

/// The coverage of these threads.
pub fn of(recording: &Recording, threads: impl Iterator<Item = i64>, names: &Threads) -> Coverage {
    let mut coverage = Coverage::default();
    if recording.members().iter().all(|member| member.manifest.cut.is_none()) {
        return coverage;
    }
    for thread in threads {
        let Some(member) = recording.of_thread(thread) else { continue };
        let Some(cut) = &member.manifest.cut else { continue };
        let pid = names.who(thread).and_then(|who| u32::try_from(who.pid).ok());
        let is_kept = cut.pids.is_empty() || pid.is_some_and(|pid| cut.pids.contains(&pid));
        coverage.limit(thread, if is_kept { interval(member, cut) } else { NONE });
    }
    coverage
}

/// The interval of a cut. Where it begins or ends with the recording, nothing was cut off there.
fn interval(member: &Member, cut: &Cut) -> Range<i64> {
    let clock = &member.manifest.clock;
    let kept = member.span();
    let begin = if clock.start_ns <= cut.start_ns { ALL.start } else { kept.start };
    let end = if clock.stop_ns.is_none_or(|stop| stop >= cut.stop_ns) { ALL.end } else { kept.end };
    begin..end
}
