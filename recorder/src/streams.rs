//! Which probes a stream consists of, and which streams a profile.

use afterwake_schema::recording::StreamState;
use afterwake_schema::streams::ALL;

use crate::cli::Problem;

/// What attaches a program of the probes' object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attach {
    /// By itself, to the BTF tracepoint of its section.
    Tracepoint,
    /// To a sampling event on each CPU.
    Sampling,
    /// Run once, at the stop.
    AtStop,
    /// To its BTF tracepoint, only with a stack threshold.
    Threshold,
    /// To a kernel function, only with a stack threshold and without that tracepoint.
    ThresholdProbed,
}

#[derive(Clone, Copy, Debug)]
pub struct Probe {
    pub stream: &'static str,
    pub program: &'static str,
    pub attach: Attach,
    pub needs: &'static str,
}

macro_rules! probes {
    ($($stream:literal: $program:literal $attach:ident $needs:literal;)*) => {
        pub const PROBES: &[Probe] = &[$(Probe {
            stream: $stream, program: $program, attach: Attach::$attach, needs: $needs,
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
    "exec": "on_exec" Tracepoint "tp_btf sched_process_exec";
    "exit": "on_exit" Tracepoint "tp_btf sched_process_exit";
    "rename": "on_rename" Tracepoint "tp_btf task_rename";
}

/// Streams that carry the others and are always written.
pub const ALWAYS: &[&str] = &["thread", "stack", "frame", "module", "lost", "cost"];

pub struct Profile {
    pub name: &'static str,
    pub about: &'static str,
    pub streams: &'static [&'static str],
}

pub const PROFILES: &[Profile] = &[
    Profile {
        name: "default",
        about: "waits, CPU samples and the life of processes",
        streams: &["wait", "sample", "fork", "exec", "exit", "rename"],
    },
    Profile {
        name: "sched",
        about: "waits and the life of processes",
        streams: &["wait", "fork", "exec", "exit", "rename"],
    },
    Profile {
        name: "cpu",
        about: "CPU samples and the life of processes: a few rows per second and CPU",
        streams: &["sample", "fork", "exec", "exit", "rename"],
    },
];

/// The streams to record.
///
/// # Errors
/// A name that is no profile, or no stream that can be chosen.
pub fn chosen(profile: &str, streams: &[String]) -> Result<Vec<&'static str>, Problem> {
    if streams.is_empty() {
        let found = PROFILES.iter().find(|candidate| candidate.name == profile);
        let names: Vec<_> = PROFILES.iter().map(|profile| profile.name).collect();
        return found.map(|profile| profile.streams.to_vec()).ok_or_else(|| {
            Problem::new(
                anyhow::anyhow!("there is no profile `{profile}`"),
                format!("the profiles are {}", names.join(", ")),
            )
        });
    }
    let mut chosen = Vec::new();
    for name in streams {
        let probe = PROBES.iter().find(|probe| probe.stream == name.as_str()).ok_or_else(|| {
            Problem::new(
                anyhow::anyhow!("there is no stream `{name}` to choose"),
                "`afterwake-record --list` shows the streams",
            )
        })?;
        if !chosen.contains(&probe.stream) {
            chosen.push(probe.stream);
        }
    }
    Ok(chosen)
}

/// The streams that nobody asked for, so that a reader can tell them from empty ones.
pub fn left_out(chosen: &[StreamState]) -> Vec<StreamState> {
    let mut left_out: Vec<StreamState> = Vec::new();
    for Probe { stream, .. } in PROBES {
        if !chosen.iter().chain(&left_out).any(|state| state.name == *stream) {
            let note = Some("it was not chosen".to_owned());
            left_out.push(StreamState { name: (*stream).into(), on: false, note });
        }
    }
    left_out
}

pub fn print_list() {
    println!("Streams");
    for stream in ALL {
        let about = stream.doc.lines().next().unwrap_or_default().trim();
        let always = if ALWAYS.contains(&stream.name) { "  (always)" } else { "" };
        println!("  {:8} {about}{always}", stream.name);
    }
    println!("\nProfiles");
    for profile in PROFILES {
        println!("  {:8} {}", profile.name, profile.about);
        println!("  {:8} = {}", "", profile.streams.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stream_is_probed_or_always_written() {
        for stream in ALL {
            let probed = PROBES.iter().any(|probe| probe.stream == stream.name);
            assert!(probed != ALWAYS.contains(&stream.name), "{}", stream.name);
        }
    }

    #[test]
    fn wrong_names_are_refused() {
        assert!(chosen("none", &[]).is_err());
        assert!(chosen("default", &["cost".into()]).is_err());
        assert_eq!(chosen("x", &["wait".into(), "wait".into()]).unwrap(), ["wait"]);
    }
}
