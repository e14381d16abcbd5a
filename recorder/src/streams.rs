//! Which probes a stream consists of, and which streams can be chosen.

use std::io::{self, Write};

use afterwake_schema::recording::StreamState;
use afterwake_schema::streams::{ALL, SUMMED};

/// What attaches a program of the probes' object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attach {
    /// By itself, to what its section names.
    Tracepoint,
    /// Likewise, whatever is recorded: its stream's rows are only part of what it tells.
    Always,
    /// Likewise, where this kernel has such a tracepoint; the stream is recorded without it elsewhere.
    Optional,
    /// Likewise, where it has not: in place of the optional one of the same streams.
    Otherwise,
    /// To a sampling event on each CPU.
    Sampling,
    /// Run once, at the stop.
    AtStop,
    /// To its BTF tracepoint, only with a stack threshold.
    Threshold,
    /// To a kernel function, only with a stack threshold and without that tracepoint.
    ThresholdProbed,
}

/// A program, and the streams that it is part of.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    pub streams: &'static [&'static str],
    pub program: &'static str,
    pub attach: Attach,
    pub needs: &'static str,
}

macro_rules! probes {
    ($($($stream:literal)|+: $program:literal $attach:ident $needs:literal;)*) => {
        pub const PROBES: &[Probe] = &[$(Probe {
            streams: &[$($stream),+], program: $program, attach: Attach::$attach, needs: $needs,
        }),*];
    };
}

probes! {
    "wait": "on_switch" Tracepoint "tp_btf sched_switch";
    "wait": "on_waking" Tracepoint "tp_btf sched_waking";
    "wait": "on_born" Tracepoint "tp_btf sched_wakeup_new";
    "wait": "on_stop" AtStop "iter task";
    "wait": "on_switched" Threshold "tp_btf sched_exit_tp";
    "wait": "on_finish_switch" ThresholdProbed "kprobe finish_task_switch";
    "sample": "on_sample" Sampling "perf cpu-clock";
    "fork": "on_fork" Tracepoint "tp_btf sched_process_fork";
    "exec": "on_exec" Always "tp_btf sched_process_exec";
    "exit": "on_exit" Tracepoint "tp_btf sched_process_exit";
    "rename": "on_rename" Always "tp_btf task_rename";
    "path" | "io" | "sock" | "misc" | "calls": "on_call" Tracepoint "tp_btf sys_enter";
    "path" | "io" | "sock" | "misc" | "calls": "on_return" Tracepoint "tp_btf sys_exit";
    "path" | "io" | "sock" | "misc" | "calls": "on_stop_calls" AtStop "iter task";
    "block_io": "on_block_start" Optional "tp_btf block_io_start";
    "block_io": "on_block_insert" Otherwise "tp_btf block_rq_insert";
    "block_io": "on_block_issue" Tracepoint "tp_btf block_rq_issue";
    "block_io": "on_block_requeue" Tracepoint "tp_btf block_rq_requeue";
    "block_io": "on_block_merge" Tracepoint "tp_btf block_rq_merge";
    "block_io": "on_block_complete" Tracepoint "tp_btf block_rq_complete";
    "block_io": "on_stop_block" AtStop "iter task";
    "signal": "on_signal" Tracepoint "tp_btf signal_generate";
    "writeback": "on_writeback" Tracepoint "tp_btf writeback_start";
    "writeback": "on_written" Tracepoint "tp_btf writeback_written";
    "writeback": "on_stop_writeback" AtStop "iter task";
    "softirq": "on_softirq" Tracepoint "tp_btf softirq_entry";
    "softirq": "on_softirq_end" Tracepoint "tp_btf softirq_exit";
    "hardirq": "on_hardirq" Tracepoint "tp_btf irq_handler_entry";
    "hardirq": "on_hardirq_end" Tracepoint "tp_btf irq_handler_exit";
    "page_cache": "on_pages_read" Optional "tp_btf mm_filemap_get_pages";
    "page_cache": "on_page_fault" Optional "tp_btf mm_filemap_fault";
    "page_cache": "on_pages_mapped" Optional "tp_btf mm_filemap_map_pages";
    "page_cache": "on_pages_added" Tracepoint "tp_btf mm_filemap_add_to_page_cache";
    "page_cache": "on_pages_removed" Tracepoint "tp_btf mm_filemap_delete_from_page_cache";
    "page_cache": "on_pages_dirtied" Tracepoint "tp_btf writeback_dirty_folio";
    // The last of all, since other programs may still add to the sums.
    "path" | "io" | "sock" | "misc" | "calls" | "block_io" | "softirq" | "hardirq" | "page_cache":
        "on_stop_rest" AtStop "iter task";
}

/// Streams that the recorder reads itself, and from where.
pub const READ: &[(&str, &str)] = &[("counter", "/proc"), ("kernel_log", "/dev/kmsg")];

/// Streams that carry or explain the others and are always written.
pub const ALWAYS: &[&str] =
    &["thread", "stack", "frame", "module", "lost", "cost", "rest", "syscall", "disk"];

/// The streams that can be chosen: those with a table, then those that are only summed.
pub fn choosable() -> impl Iterator<Item = &'static str> {
    let tables = ALL.iter().map(|stream| stream.name).filter(|name| !ALWAYS.contains(name));
    tables.chain(SUMMED.iter().map(|(name, _)| *name))
}

/// The programs of a stream.
pub fn probes_of(stream: &str) -> impl Iterator<Item = &'static Probe> {
    PROBES.iter().filter(move |probe| probe.streams.contains(&stream))
}

/// Whether a stream comes from the recorder itself.
pub fn is_read(stream: &str) -> bool {
    READ.iter().any(|(name, _)| *name == stream)
}

/// The streams that nobody asked for, so that a reader can tell them from empty ones.
pub fn left_out(chosen: &[StreamState]) -> Vec<StreamState> {
    let is_left_out = |stream: &&str| !chosen.iter().any(|state| state.name == *stream);
    let state = |stream: &str| StreamState {
        name: stream.into(),
        on: false,
        note: Some("it was not chosen".to_owned()),
    };
    choosable().filter(is_left_out).map(state).collect()
}

/// Prints what there is to record.
///
/// # Errors
/// Where `out` takes nothing more.
pub fn print_list(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Streams")?;
    for stream in ALL {
        let about = stream.doc.lines().next().unwrap_or_default().trim();
        let always = if ALWAYS.contains(&stream.name) { "  (always)" } else { "" };
        writeln!(out, "  {:10} {about}{always}", stream.name)?;
    }
    for (name, about) in SUMMED {
        writeln!(out, "  {name:10} {about}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stream_has_a_source() {
        for stream in choosable() {
            assert!(probes_of(stream).next().is_some() != is_read(stream), "{stream}");
        }
        for stream in PROBES.iter().flat_map(|probe| probe.streams) {
            assert!(choosable().any(|name| name == *stream), "{stream} cannot be chosen");
        }
    }

    #[test]
    fn what_was_not_chosen_is_left_out() {
        let wait = StreamState { name: "wait".into(), on: true, note: None };
        let left = left_out(&[wait]);
        assert_eq!(left.len(), choosable().count() - 1);
        assert!(left.iter().all(|state| !state.on && state.name != "wait"));
    }
}
