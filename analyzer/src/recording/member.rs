//! One recording directory.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use afterwake_schema::Stream;
use afterwake_schema::recording::Manifest;
use afterwake_schema::streams;
use anyhow::Result;
use datafusion::catalog::TableProvider;
use parquet::file::statistics::Statistics;

use super::table::SegmentTable;
use super::{Segment, name};
use crate::failure::Failure;

/// One recording: its manifest and the segments of its tables.
#[derive(Debug)]
pub struct Member {
    pub name: String,
    pub directory: PathBuf,
    pub manifest: Manifest,
    /// False where `recording.json` is missing: the recorder was killed or is still at work.
    pub complete: bool,
    /// What its references are combined with (exclusive or), so that those of several recordings differ.
    pub(super) key: i64,
    /// What its instants are moved by, onto the clock of the first recording.
    pub(super) shift_ns: i64,
    segments: Vec<Arc<Segment>>,
    limits: OnceLock<Range<i64>>,
}

impl Member {
    pub(super) fn open(directory: &Path) -> Result<Self> {
        let (manifest, complete) = match Manifest::read(directory) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Manifest::default(), false),
            Err(error) => return Err(unreadable(directory, &error).into()),
        };
        let mut segments = Vec::new();
        for stream in streams::ALL {
            segments
                .extend(list(directory, stream).map_err(|error| unreadable(directory, &error))?);
        }
        Ok(Self {
            name: name(directory),
            directory: directory.into(),
            manifest,
            complete,
            key: 0,
            shift_ns: 0,
            segments,
            limits: OnceLock::new(),
        })
    }

    /// The host's name, or that of the recording where the host is not known.
    pub fn host(&self) -> &str {
        let name = &self.manifest.host.name;
        if name.is_empty() { &self.name } else { name }
    }

    /// Whether the stream was recorded, and what the recorder noted about it.
    pub fn state(&self, stream: &str) -> Option<&afterwake_schema::recording::StreamState> {
        self.manifest.streams.iter().find(|state| state.name == stream)
    }

    pub fn segments(&self) -> impl Iterator<Item = &Arc<Segment>> {
        self.segments.iter()
    }

    pub fn rows(&self, table: &str) -> u64 {
        self.segments()
            .filter(|segment| segment.table() == table)
            .map(|segment| segment.rows())
            .sum()
    }

    pub(super) fn table(&self, stream: &'static Stream) -> Arc<dyn TableProvider> {
        let own = self.segments().filter(|segment| segment.table() == stream.name);
        Arc::new(SegmentTable::new(stream, own.cloned().collect()))
    }

    /// The recorded interval on the common clock. Where the manifest does not say, the rows do.
    pub fn span(&self) -> Range<i64> {
        let clock = &self.manifest.clock;
        let own = match (clock.start_ns, clock.stop_ns) {
            (start, Some(stop)) => start..stop.max(start),
            (0, None) => self.limits().clone(),
            (start, None) => start..self.limits().end.max(start),
        };
        own.start + self.shift_ns..own.end + self.shift_ns
    }

    /// The first and the last instant that the statistics of the segments state.
    fn limits(&self) -> &Range<i64> {
        self.limits.get_or_init(|| {
            let instants: Vec<(i64, i64)> =
                self.segments().flat_map(|segment| instants(segment)).collect();
            let first = instants.iter().map(|limits| limits.0).min().unwrap_or(0);
            let last = instants.iter().map(|limits| limits.1).max().unwrap_or(0);
            first..last
        })
    }
}

/// The closed segments of a table, in their order; files under any other name are not segments.
fn list(directory: &Path, stream: &Stream) -> io::Result<Vec<Arc<Segment>>> {
    let entries = match fs::read_dir(directory.join(stream.name)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut segments = Vec::new();
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "parquet") {
            segments.push(Arc::new(Segment::new(stream.name, path, entry.metadata()?.len())));
        }
    }
    segments.sort_by(|one, other| one.path().cmp(other.path()));
    Ok(segments)
}

/// The least and the greatest value of each column of instants, per row group.
fn instants(segment: &Segment) -> Vec<(i64, i64)> {
    let Some(footer) = segment.footer() else { return Vec::new() };
    let columns = footer.row_groups().iter().flat_map(|group| group.columns());
    let of_instants = columns.filter(|column| {
        let name = column.column_path().string();
        // A thread and a process may be older than the recording.
        name != "start_ts" && (name == "ts" || name.ends_with("_ts")) && segment.table() != "thread"
    });
    let limits = of_instants.filter_map(|column| match column.statistics()? {
        Statistics::Int64(values) => Some((*values.min_opt()?, *values.max_opt()?)),
        _ => None,
    });
    limits.collect()
}

fn unreadable(directory: &Path, error: &io::Error) -> Failure {
    let path = directory.display();
    match error.kind() {
        io::ErrorKind::InvalidData => {
            Failure::new(format!("the manifest of {path} cannot be read: {error}"))
                .hint("a recording of a later version needs a later afterwake; a damaged recording.json can be removed, the tables do without it")
        }
        _ => Failure::new(format!("{path} cannot be read: {error}"))
            .hint("check the permissions of the recording; it may belong to root"),
    }
}
