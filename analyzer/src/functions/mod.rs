//! SQL functions over what a recording holds: stacks, wakers, task states.
//!
//! | function | result |
//! |---|---|
//! | `stack_text(ustack, kstack, delimiter, annotate)` | frames from root to leaf, joined by `;` |
//! | `waker_text(kstack, ustack, delimiter, annotate)` | the same from leaf to root |
//! | `frame_text(name)` | a name made fit to be one frame |
//! | `terminal(context, waker_kstack)` | `[hardirq:hrtimer]` and its like |
//! | `task_state(state, preempted)` | the letter that `ps` shows |
//! | `runnable_ts(off_ts, woken_ts, on_ts, voluntary)` | when the thread was runnable again, clamped into the wait |
//! | `overlap_ns(begin, end, from, to)` | how much of one interval lies in another |
//! | `start_of(thread)`, `stop_of(thread)` | from when to when there is a recording of that thread |
//! | `log2_bucket(value)` | lower edge of the power-of-two bucket: 0, 2, 4, 8, … |
//! | `has_state(state, mask)` | whether the task state is one of a bit mask |
//!
//! Group by ids first and ask for text after: text is long, and there are few ids.

mod chain_coverage;
mod chain_tables;
mod chain_text;
mod chain_walk;
mod ends;
mod folding;
mod names;
mod question;
mod reading;
mod scalar;
mod terminal;
mod wait_rows;

use std::sync::Arc;

use anyhow::Result;
use datafusion::prelude::SessionContext;

use crate::recording::Recording;
use names::Names;

/// Registers every function. Cheap: what a function needs of the recording is read at its first use.
pub fn register(session: &SessionContext, recording: &Arc<Recording>) -> Result<()> {
    let names = Arc::new(Names::of(recording));
    for function in scalar::functions(&names).into_iter().chain(ends::functions(recording)) {
        session.register_udf(function);
    }
    chain_tables::register(session, recording, &names);
    Ok(())
}
