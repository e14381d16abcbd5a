//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use afterwake_schema::recording::Without;
use clap::builder::PossibleValuesParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, Parser};

use crate::status::print;
use crate::{generated, profiles, streams};

/// An error for the user: what happened, and what to do about it.
#[derive(Debug)]
pub struct Problem {
    pub what: anyhow::Error,
    pub hint: Option<String>,
}

impl Problem {
    pub fn new(what: impl Into<anyhow::Error>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: Some(hint.into()) }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Problem {
    fn from(what: E) -> Self {
        Self { what: what.into(), hint: None }
    }
}

/// Record what the kernel does, to answer every performance question afterwards.
///
/// Without --for or a COMMAND it records until Ctrl-C; a second Ctrl-C aborts without the
/// symbol names. A terminal that hangs up ends it as well. The whole machine is recorded, whatever
/// COMMAND is: others wait for it, and it waits for others.
#[derive(Debug, Parser)]
#[command(name = "afterwake-record", version, max_term_width = 100)]
pub struct Arguments {
    /// Directory to write; must not exist yet [default: HOST-DATE-TIME.wake]
    #[arg(short, long, value_name = "NAME.wake")]
    pub output: Option<PathBuf>,

    /// Stop after this long, such as 30s, 500ms or 2m; a COMMAND that still runs then goes on
    #[arg(long = "for", value_name = "TIME", value_parser = span)]
    pub duration: Option<Duration>,

    /// Record only these streams, separated by commas (see --list)
    #[arg(
        short = 'e',
        long = "streams",
        value_name = "STREAM",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    #[arg(value_parser = PossibleValuesParser::new(streams::choosable()))]
    pub streams: Vec<String>,

    /// Record the streams of this profile (see --list)
    #[arg(long, value_name = "NAME", default_value = "default", hide_possible_values = true)]
    #[arg(value_parser = PossibleValuesParser::new(profiles::names()))]
    pub profile: String,

    /// Sum up what is shorter, instead of a row for each: such as io=1ms,path=100us
    #[arg(long, value_name = "STREAM=TIME", value_delimiter = ',', value_parser = minimum)]
    pub min: Vec<(String, Duration)>,

    /// CPU samples per second and CPU
    #[arg(long, value_name = "HZ", default_value_t = 99, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub frequency: u64,

    /// Walk stacks only for waits of at least this length
    #[arg(long, value_name = "TIME", default_value = "0ns", value_parser = duration)]
    pub stack_min: Duration,

    /// Record no arguments of programs
    #[arg(long)]
    pub no_args: bool,

    /// Record no names of files but those in arguments; of programs and libraries in stacks only the last part
    #[arg(long)]
    pub no_paths: bool,

    /// Stop when the recording has this size; it grows in steps of up to two seconds
    #[arg(long, value_name = "SIZE", default_value = "2GiB", value_parser = size)]
    pub max_size: u64,

    /// No status line and no summary
    #[arg(short, long)]
    pub quiet: bool,

    /// Show every stream, what it needs, and whether this kernel gives it
    #[arg(long, action = ArgAction::SetTrue, exclusive = true)]
    pub check: bool,

    /// List streams and profiles
    #[arg(long, action = ArgAction::SetTrue, exclusive = true)]
    pub list: bool,

    /// Print the manual page, or completions for a shell
    #[arg(long, value_name = "WHAT", value_enum, exclusive = true)]
    pub generate: Option<generated::Kind>,

    /// Record while this runs, and exit with its status; with 0 where --for ended it first
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

impl Arguments {
    /// Which text stays in the kernel.
    pub fn without(&self) -> Without {
        Without { args: self.no_args, paths: self.no_paths }
    }
}

/// Prints help where it was asked for, or what is wrong with the command line in one sentence.
pub fn explain(refused: &clap::Error) -> ExitCode {
    if !refused.use_stderr() {
        let _ = refused.print();
        return ExitCode::SUCCESS;
    }
    let text = refused.to_string();
    let tip = text.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    // As a value nobody meant it.
    let tip = tip.filter(|tip| !tip.starts_with("to pass"));
    let problem = text.lines().next().unwrap_or("error: wrong arguments");
    let unknown = match refused.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(word)) if refused.kind() == ErrorKind::UnknownArgument => word,
        _ => "",
    };
    let hint = match (tip, refused.get(ContextKind::ValidValue)) {
        _ if matches!(unknown, "-p" | "--pid" | "-t" | "--tid") => {
            "the whole machine is recorded; ask of one process afterwards: afterwake VIEW NAME.wake -p PID".into()
        }
        _ if !unknown.is_empty() && !unknown.starts_with('-') => {
            "a command to record follows `--`: afterwake-record -- make; between streams stand commas: -e wait,sample".into()
        }
        (Some(tip), _) => tip.to_owned(),
        (None, Some(ContextValue::Strings(values))) => {
            format!("it is one of {}", values.join(", "))
        }
        _ => "`afterwake-record --help` lists the options".into(),
    };
    print(format_args!("{problem}\nhint: {hint}\n"));
    ExitCode::from(2)
}

/// Splits `12.5ms` into its number and its unit.
fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim()))
}

fn duration(text: &str) -> Result<Duration, String> {
    let problem = || format!("`{text}` is not a time; write 30s, 500ms, 10us, 0ns, 2m or 1h");
    let (number, unit) = number_and_unit(text).ok_or_else(problem)?;
    let seconds = match unit {
        "ns" => 1e-9,
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" | "" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(problem()),
    };
    Duration::try_from_secs_f64(number * seconds).map_err(|_| problem())
}

/// How long to record: some time.
fn span(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err(format!("`{text}` is no time to record; write 30s, 500ms or 2m")),
        some => Ok(some),
    }
}

fn minimum(text: &str) -> Result<(String, Duration), String> {
    let (stream, least) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` is not a stream and a time; write io=1ms"))?;
    let least = least.trim();
    if least.ends_with(|last: char| last.is_ascii_digit()) {
        return Err(format!("`{least}` has no unit; write {}=1ms", stream.trim()));
    }
    Ok((stream.trim().to_owned(), duration(least)?))
}

fn size(text: &str) -> Result<u64, String> {
    let problem = || format!("`{text}` is not a size; write 500MB, 2GiB or 1000000");
    let (number, unit) = number_and_unit(text).ok_or_else(problem)?;
    let bytes = match unit {
        "" | "B" => 1.0,
        "kB" | "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "KiB" | "K" | "k" => 1024.0,
        "MiB" | "M" => 1024.0 * 1024.0,
        "GiB" | "G" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err(problem()),
    };
    Ok((number * bytes) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("1.5ms"), Ok(Duration::from_micros(1500)));
        assert_eq!(duration("0ns"), Ok(Duration::ZERO));
        assert_eq!(duration("2"), Ok(Duration::from_secs(2)));
        for wrong in ["", "s", "3 parsecs", "-1s", "1..2s", "9e999s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert_eq!(span("2"), duration("2"));
        assert!(span("0s").is_err() && span("0.0000001ns").is_err());
    }

    #[test]
    fn a_name_is_one_that_there_is() {
        let parse =
            |words: [&str; 2]| Arguments::try_parse_from(["afterwake-record"].iter().chain(&words));
        assert_eq!(parse(["-e", "wait,block_io"]).unwrap().streams, ["wait", "block_io"]);
        let wrong = |words| parse(words).unwrap_err().to_string();
        assert!(wrong(["-e", "wait,blockio"]).contains("'block_io'"));
        assert!(wrong(["-e", "cost"]).contains("invalid value 'cost'"));
        assert!(wrong(["--profile", "shed"]).contains("'sched'"));
    }

    #[test]
    fn minimums() {
        let parse = |minimums: &[&str]| {
            let words = ["afterwake-record"].into_iter().chain(minimums.iter().copied());
            Arguments::try_parse_from(words).map(|arguments| arguments.min)
        };
        let [io, path] = [("io", 1000), ("path", 100)]
            .map(|(stream, us)| (stream.to_owned(), Duration::from_micros(us)));
        assert_eq!(parse(&["--min", "io=1ms,path=100us"]).unwrap(), [io.clone(), path.clone()]);
        assert_eq!(parse(&["--min=io=1ms", "--min", "path=100us"]).unwrap(), [io, path]);
        assert_eq!(parse(&[]).unwrap(), []);
        for wrong in ["io", "io=", "io=5", "io=soon", "=", "io=1ms,"] {
            assert!(parse(&["--min", wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(size("2GiB"), Ok(2 << 30));
        assert_eq!(size("25MB"), Ok(25_000_000));
        assert_eq!(size("17"), Ok(17));
        assert!(size("big").is_err());
    }
}
