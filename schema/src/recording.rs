//! What lies in the directory of a recording beside its tables: `recording.json`.
//!
//! It is written twice: as `recording.json.part` when the recording starts, so that a recording
//! that was cut short still says where it comes from, and as `recording.json` when it is complete.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::private;

/// The number a reader checks first. Columns are added without raising it.
pub const FORMAT: u32 = 1;
pub const COMPLETE: &str = "recording.json";
pub const PARTIAL: &str = "recording.json.part";

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    pub format: u32,
    /// Identifies this recording.
    pub uuid: String,
    /// `afterwake-record` and its version.
    pub tool: String,
    /// The recorder's own command line.
    pub command: Vec<String>,
    pub host: Host,
    pub clock: Clock,
    /// Options that change what the rows mean.
    pub options: Options,
    pub streams: Vec<StreamState>,
    /// Exit status of the command that was recorded, where there was one.
    pub status: Option<i32>,
    /// Rows of each complete table, by name.
    pub rows: std::collections::BTreeMap<String, u64>,
    /// What it is a part of, where it was cut from another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// What was replaced by pseudonyms, where that was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redacted: Option<Redacted>,
    /// What was recorded and is not in the pack any more that this is, or was made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// The recording that another was cut from, through however many cuts. `clock` tells what was kept of its time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cut {
    /// Identifies the recording it was cut from.
    pub uuid: String,
    /// The name that recording went by.
    pub name: String,
    /// The interval that was recorded.
    pub start_ns: i64,
    pub stop_ns: i64,
    /// False where that recording had no end.
    pub complete: bool,
    /// Processes whose rows were kept; empty where all were.
    pub pids: Vec<u32>,
    /// Streams that were left out.
    pub streams: Vec<String>,
    /// Files that could not be read, and why.
    pub damage: Vec<String>,
}

/// What `afterwake redact` did; it never says what anything was before.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Redacted {
    /// How often: a redaction can be redacted again. What follows is of the last time.
    pub times: u32,
    /// What became of each class of content, such as `hash` or `keep`.
    pub policy: std::collections::BTreeMap<String, String>,
    /// How many values were replaced, by class and table.
    pub replaced: std::collections::BTreeMap<String, std::collections::BTreeMap<String, u64>>,
    /// How many files of each table were left out because they were damaged.
    pub damaged: std::collections::BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Host {
    pub name: String,
    /// `uname -r`.
    pub kernel: String,
    /// `uname -m`; system call numbers are of this architecture.
    pub machine: String,
    pub cpus: u32,
    pub memory_bytes: u64,
    /// `PRETTY_NAME` of `/etc/os-release`.
    pub os: String,
}

/// The recorded interval, `[start_ns, stop_ns)` of `CLOCK_MONOTONIC`, and the wall clock at its begin.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Clock {
    pub start_ns: i64,
    /// Absent in a recording that was cut short.
    pub stop_ns: Option<i64>,
    /// Nanoseconds since the Unix epoch at `start_ns`.
    pub wall_ns: i64,
    /// Seconds east of UTC on the recorded host.
    pub utc_offset_s: i32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    pub profile: String,
    pub frequency: u64,
    /// Stacks were walked only for intervals of at least this length.
    pub stack_min_ns: u64,
    /// Rows of these streams that are shorter were summed in `rest`.
    pub minimum_ns: std::collections::BTreeMap<String, u64>,
    /// Text that was left in the kernel.
    pub without: Without,
    /// Process id of the recorder, which is not recorded.
    pub recorder_pid: u32,
}

/// Text that was not recorded; its columns are there, and empty.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Without {
    /// Arguments of programs.
    pub args: bool,
    /// Names of files and of unix sockets; of mapped files the last part is kept.
    pub paths: bool,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StreamState {
    pub name: String,
    pub on: bool,
    /// Why it is off, or what it goes without.
    pub note: Option<String>,
}

/// Segments of a table that were left out of a pack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    pub table: String,
    /// True where the table has no segment any more; otherwise it was the oldest that went, or those that were
    /// damaged.
    pub whole: bool,
    pub segments: u64,
    /// Rows in them; absent where they cannot be read.
    pub rows: Option<u64>,
    pub bytes: u64,
    /// The last instant that they tell of, on the recording's clock, where that is known.
    pub until_ns: Option<i64>,
    /// As it goes on after "was left out", such as `to keep it below 25 MB`.
    pub why: String,
}

impl Manifest {
    /// Writes the manifest, complete or as the partial one. A complete one replaces the partial.
    pub fn write(&self, directory: &Path, complete: bool) -> io::Result<()> {
        let part = directory.join(PARTIAL);
        let mut file = private::file(&part)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        if complete {
            fs::rename(&part, directory.join(COMPLETE))?;
            fs::File::open(directory)?.sync_all()?;
        }
        Ok(())
    }

    /// Reads the manifest and says whether it is the complete one.
    ///
    /// # Errors
    /// `NotFound` where neither file exists, `InvalidData` where it is not this format.
    pub fn read(directory: &Path) -> io::Result<(Self, bool)> {
        let (text, complete) = match fs::read(directory.join(COMPLETE)) {
            Ok(text) => (text, true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                (fs::read(directory.join(PARTIAL))?, false)
            }
            Err(error) => return Err(error),
        };
        Ok((Self::parse(&text)?, complete))
    }

    /// The manifest that the text of `recording.json` is.
    ///
    /// # Errors
    /// `InvalidData` where it is not this format.
    pub fn parse(text: &[u8]) -> io::Result<Self> {
        let manifest: Self = serde_json::from_slice(text)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        if manifest.format != FORMAT {
            let found = manifest.format;
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("format {found} is not the format {FORMAT} this version reads"),
            ));
        }
        Ok(manifest)
    }
}
