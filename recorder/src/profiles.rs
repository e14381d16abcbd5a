//! Profiles: streams that belong together, with the durations beneath which their rows are only summed.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use anyhow::anyhow;

use crate::cli::Problem;
use crate::streams::choosable;

/// Streams whose rows may have a minimum; what lies beneath it is summed in `rest`.
pub const WITH_MINIMUM: &[&str] = &["path", "io", "sock", "misc", "block_io", "softirq", "hardirq"];

const MILLISECOND: Duration = Duration::from_millis(1);

struct Profile {
    name: &'static str,
    about: &'static str,
    streams: &'static [&'static str],
    minimums: &'static [(&'static str, Duration)],
}

const PROFILES: &[Profile] = &[
    Profile {
        name: "default",
        about: "what a host can carry all day",
        streams: &[
            "wait",
            "sample",
            "fork",
            "exec",
            "exit",
            "rename",
            "path",
            "io",
            "sock",
            "misc",
            "block_io",
            "signal",
            "writeback",
            "softirq",
            "hardirq",
            "page_cache",
            "counter",
            "kernel_log",
        ],
        minimums: &[("io", MILLISECOND), ("softirq", MILLISECOND), ("hardirq", MILLISECOND)],
    },
    Profile {
        name: "sched",
        about: "waits and the life of processes",
        streams: &["wait", "fork", "exec", "exit", "rename"],
        minimums: &[],
    },
    Profile {
        name: "cpu",
        about: "CPU samples and the life of processes: a few rows per second and CPU",
        streams: &["sample", "fork", "exec", "exit", "rename"],
        minimums: &[],
    },
    Profile {
        name: "disk",
        about: "disk requests, what causes them and who waits",
        streams: &[
            "wait",
            "fork",
            "exec",
            "exit",
            "rename",
            "block_io",
            "writeback",
            "page_cache",
            "counter",
        ],
        minimums: &[],
    },
    Profile {
        name: "files",
        about: "files by name, every read and write, down to the disk",
        streams: &[
            "fork",
            "exec",
            "exit",
            "rename",
            "path",
            "io",
            "block_io",
            "writeback",
            "page_cache",
        ],
        minimums: &[],
    },
    Profile {
        name: "calls",
        about: "system calls and the life of processes",
        streams: &["fork", "exec", "exit", "rename", "path", "io", "sock", "misc", "calls"],
        minimums: &[],
    },
    // Its streams are all that there are: see `streams`.
    Profile { name: "all", about: "every stream, every row", streams: &[], minimums: &[] },
];

impl Profile {
    fn streams(&self) -> Vec<&'static str> {
        if self.streams.is_empty() { choosable().collect() } else { self.streams.to_vec() }
    }
}

/// The names of the profiles.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROFILES.iter().map(|profile| profile.name)
}

/// What is recorded.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    pub streams: Vec<&'static str>,
    /// Rows of these streams that are shorter are only summed.
    pub minimums: BTreeMap<&'static str, Duration>,
}

impl Choice {
    /// The streams that were named, or else those of the profile; with the minimums asked for.
    ///
    /// # Errors
    /// A name that is no profile, no stream that can be chosen, or none that has a minimum here.
    pub fn new(
        profile: &str,
        streams: &[String],
        minimums: &[(String, Duration)],
    ) -> Result<Self, Problem> {
        let mut choice =
            if streams.is_empty() { Self::of_profile(profile)? } else { Self::of_names(streams)? };
        for (name, least) in minimums {
            let stream = choice.stream_with_minimum(name)?;
            choice.minimums.insert(stream, *least);
        }
        choice.minimums.retain(|_, least| !least.is_zero());
        Ok(choice)
    }

    /// The minimums as a recording keeps them.
    pub fn minimum_ns(&self) -> BTreeMap<String, u64> {
        let own = |(name, least): (&&str, &Duration)| ((*name).to_owned(), least.as_nanos() as u64);
        self.minimums.iter().map(own).collect()
    }

    fn of_profile(name: &str) -> Result<Self, Problem> {
        let profile = PROFILES.iter().find(|profile| profile.name == name).ok_or_else(|| {
            Problem::new(
                anyhow!("there is no profile `{name}`"),
                format!("the profiles are {}", Vec::from_iter(names()).join(", ")),
            )
        })?;
        let minimums = profile.minimums.iter().copied().collect();
        Ok(Self { streams: profile.streams(), minimums })
    }

    fn of_names(names: &[String]) -> Result<Self, Problem> {
        let mut streams = Vec::new();
        for name in names {
            let stream = choosable().find(|stream| stream == name).ok_or_else(|| {
                Problem::new(
                    anyhow!("there is no stream `{name}` to choose"),
                    "`afterwake-record --list` shows the streams",
                )
            })?;
            if !streams.contains(&stream) {
                streams.push(stream);
            }
        }
        Ok(Self { streams, minimums: BTreeMap::new() })
    }

    fn stream_with_minimum(&self, name: &str) -> Result<&'static str, Problem> {
        let stream = WITH_MINIMUM.iter().find(|stream| **stream == name).ok_or_else(|| {
            Problem::new(
                anyhow!("there is no minimum for `{name}`"),
                format!("--min is for {}", WITH_MINIMUM.join(", ")),
            )
        })?;
        if !self.streams.contains(stream) {
            return Err(Problem::new(
                anyhow!("--min {name}: the stream {name} is not recorded"),
                "choose it with -e, or a profile that has it: `afterwake-record --list`",
            ));
        }
        Ok(stream)
    }
}

/// Prints the profiles and what they record.
///
/// # Errors
/// Where `out` takes nothing more.
pub fn print_list(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nProfiles")?;
    for profile in PROFILES {
        let named = |stream: &&str| {
            let least = profile.minimums.iter().find(|(name, _)| name == stream);
            least.map_or(stream.to_string(), |(_, least)| format!("{stream} (over {least:?})"))
        };
        let streams: Vec<String> = profile.streams().iter().map(named).collect();
        writeln!(out, "  {:10} {}", profile.name, profile.about)?;
        writeln!(out, "  {:10} = {}", "", streams.join(", "))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(profile: &str, streams: &[&str], minimums: &[(&str, u64)]) -> Result<Choice, String> {
        let streams: Vec<String> = streams.iter().map(ToString::to_string).collect();
        let minimums: Vec<_> = minimums
            .iter()
            .map(|(stream, ms)| (stream.to_string(), Duration::from_millis(*ms)))
            .collect();
        Choice::new(profile, &streams, &minimums).map_err(|problem| problem.what.to_string())
    }

    #[test]
    fn profiles_name_streams_that_exist() {
        for profile in PROFILES {
            let streams = profile.streams();
            for stream in &streams {
                assert!(choosable().any(|name| name == *stream), "{}: {stream}", profile.name);
            }
            for (stream, _) in profile.minimums {
                assert!(WITH_MINIMUM.contains(stream) && streams.contains(stream), "{stream}");
            }
        }
        assert!(!choose("default", &[], &[]).unwrap().streams.contains(&"calls"));
        assert_eq!(choose("all", &[], &[]).unwrap().streams.len(), choosable().count());
    }

    #[test]
    fn wrong_names_are_refused() {
        assert!(choose("none", &[], &[]).is_err());
        assert!(choose("default", &["cost"], &[]).is_err());
        assert!(choose("default", &[], &[("wait", 1)]).unwrap_err().contains("no minimum"));
        assert!(choose("sched", &[], &[("io", 1)]).unwrap_err().contains("not recorded"));
        assert_eq!(choose("x", &["wait", "wait"], &[]).unwrap().streams, ["wait"]);
    }

    #[test]
    fn a_minimum_asked_for_goes_before_that_of_the_profile() {
        let minimums = |choice: Choice| Vec::from_iter(choice.minimums);
        let default = choose("default", &[], &[("io", 0), ("hardirq", 2)]).unwrap();
        let (one, two) = (MILLISECOND, 2 * MILLISECOND);
        assert_eq!(minimums(default), [("hardirq", two), ("softirq", one)]);
        assert_eq!(minimums(choose("default", &["io"], &[]).unwrap()), []);
        assert_eq!(minimums(choose("all", &[], &[("path", 1)]).unwrap()), [("path", one)]);
    }
}
