//! One recording: a directory, or a pack.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use afterwake_schema::Stream;
use afterwake_schema::recording::{COMPLETE, Manifest, PARTIAL};
use anyhow::Result;
use datafusion::catalog::TableProvider;
use parquet::file::statistics::Statistics;

use super::checksum::{Checksum, sha256};
use super::contents::{self, Contents, Stored};
use super::inventory::{self, Inventory};
use super::table::SegmentTable;
use super::{Segment, name};
use crate::failure::Failure;

/// What is read of a `recording.json` at most.
const LARGEST_MANIFEST: u64 = 16 << 20;
/// No recording lasts longer than a month. Views make rows for every second of it, recorded or not.
const LONGEST_NS: i64 = 31 * 86_400_000_000_000;
/// No host has been up for 36 years.
const LATEST_NS: i64 = 1 << 60;
/// Nor is it 2116.
const LATEST_WALL_NS: i64 = 1 << 62;
const LARGEST_UTC_OFFSET_S: i32 = 86_400;

/// One recording: its manifest and the segments of its tables.
#[derive(Debug)]
pub struct Member {
    pub name: String,
    /// Its directory, or the file of the pack.
    pub directory: PathBuf,
    /// As `recording.json` has it, and what was left out of the pack.
    pub manifest: Manifest,
    /// False where `recording.json` is missing: the recorder was killed or is still at work.
    pub complete: bool,
    /// Size of the file, where it is a pack.
    pub pack_bytes: Option<u64>,
    /// What it must hold, where it is a pack or was unpacked from one.
    pub inventory: Option<Inventory>,
    /// SHA-256 of `pack.json`, which stands for everything that it lists.
    pub fingerprint: Option<String>,
    /// `recording.json`, or what there is of it: its name and its text.
    pub text: Option<(&'static str, Vec<u8>)>,
    /// Files that are not read, and why.
    pub strays: Vec<(PathBuf, String)>,
    /// What its references are combined with (exclusive or), so that those of several recordings differ.
    pub(super) key: i64,
    /// What its instants are moved by, onto the clock of the first recording.
    pub(super) shift_ns: i64,
    segments: Vec<Arc<Segment>>,
    limits: OnceLock<Range<i64>>,
}

impl Member {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let denied = |error: io::Error| unreadable(path, &error);
        if path.is_dir() {
            let contents = contents::of_directory(path).map_err(denied)?;
            return Self::of(path, contents, None);
        }
        let file = Arc::new(File::open(path).map_err(denied)?);
        let size = file.metadata().map_err(denied)?.len();
        Self::of(path, contents::of_pack(path, &file, size)?, Some(size))
    }

    fn of(path: &Path, contents: Contents, pack_bytes: Option<u64>) -> Result<Self> {
        let shown = path.display();
        let mut inventory = None;
        let mut fingerprint = None;
        if let Some(stored) = contents.files.get(inventory::NAME) {
            let read = || {
                let text = text(stored, inventory::LARGEST).map_err(|error| error.to_string())?;
                let sum = sha256(&text[..]).map_err(|error| error.to_string())?;
                Ok::<_, String>((Inventory::parse(&text)?, sum))
            };
            let (read, sum) = read().map_err(|problem| {
                let hint = match pack_bytes {
                    Some(_) => {
                        "ask for the file again; without pack.json nothing in it can be checked"
                    }
                    None => "a damaged pack.json can be removed, the tables do without it",
                };
                Failure::new(format!("pack.json of {shown} cannot be read: {problem}")).hint(hint)
            })?;
            (inventory, fingerprint) = (Some(read), Some(sum));
        } else if let Some((_, why)) =
            contents.strays.iter().find(|(name, _)| name == inventory::NAME)
        {
            return Err(Failure::new(format!("pack.json of {shown} cannot be read: {why}"))
                .hint("ask for the file again; without pack.json nothing in it can be checked")
                .into());
        }
        let listed = Listed::of(inventory.as_ref());
        let mut strays = contents.strays.clone();
        let manifest_text = manifest_text(path, &contents, &listed)?;
        let mut manifest = match &manifest_text {
            Some((_, text)) => Manifest::parse(text)
                .and_then(believable)
                .map_err(|error| unreadable(path, &error))?,
            None => Manifest::default(),
        };
        manifest.left_out.extend(inventory.iter().flat_map(|inventory| inventory.left_out.clone()));
        let mut segments = Vec::new();
        for (table, name, stored) in contents.segments() {
            match listed.checksum(name, stored) {
                Ok(checksum) => {
                    let place = contents::path_of(path, name);
                    let segment = Segment::new(table, place, stored.extent.clone(), checksum);
                    segments.push(Arc::new(segment));
                }
                Err(problem) => strays.push((name.into(), problem)),
            }
        }
        let unread = contents.strays.iter().map(|(name, _)| name);
        let present: BTreeSet<&str> =
            contents.files.keys().chain(unread).map(String::as_str).collect();
        let missing = listed.names().filter(|name| !present.contains(name));
        strays.extend(
            missing.map(|name| (contents::readable(name.as_bytes()), "it is missing".into())),
        );
        let at = |(name, why): (String, String)| (contents::path_of(path, &name), why);
        Ok(Self {
            name: name(path),
            directory: path.into(),
            manifest,
            complete: manifest_text.as_ref().is_some_and(|(name, _)| *name == COMPLETE),
            pack_bytes,
            fingerprint,
            text: manifest_text,
            strays: strays.into_iter().map(at).collect(),
            key: 0,
            shift_ns: 0,
            segments,
            limits: OnceLock::new(),
            inventory,
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

    /// The rows that a table had when the recording was finished, less those that were left out of the
    /// pack since; `None` where nobody counted them.
    pub fn expected_rows(&self, table: &str) -> Option<u64> {
        let counted = self.manifest.rows.get(table)?;
        let left = self.inventory.iter().flat_map(|inventory| &inventory.left_out);
        let left = left.filter(|left| left.table == table).map(|left| left.rows);
        // Of what was damaged when it was packed nobody knows how many rows it had.
        Some(counted.saturating_sub(left.sum::<Option<u64>>()?))
    }

    /// Rows of a table that no file has any more, and the rows that it had. A file that is there and damaged
    /// is named for itself.
    pub fn gone(&self, table: &str) -> Option<(u64, u64)> {
        let expected = self.expected_rows(table)?;
        let gone = expected.checked_sub(self.rows(table)).filter(|gone| *gone > 0)?;
        let place = self.directory.join(table);
        let is_torn =
            |segment: &Arc<Segment>| segment.table() == table && segment.problem().is_some();
        let is_damaged = self.strays.iter().any(|(path, _)| path.starts_with(&place))
            || self.segments().any(is_torn);
        (!is_damaged).then_some((gone, expected))
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
            (start, None) => start..self.limits().end.clamp(start, start + LONGEST_NS),
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
            let first = first.clamp(0, LATEST_NS);
            first..last.clamp(first, first + LONGEST_NS)
        })
    }
}

/// The manifest, unless it states times that cannot be: what is worked out from them would have no end.
fn believable(manifest: Manifest) -> io::Result<Manifest> {
    let clock = &manifest.clock;
    let start = clock.start_ns;
    let is_sane = (0..=LATEST_NS).contains(&start)
        && clock.stop_ns.is_none_or(|stop| (0..=start + LONGEST_NS).contains(&stop))
        && (0..=LATEST_WALL_NS).contains(&clock.wall_ns)
        && (-LARGEST_UTC_OFFSET_S..=LARGEST_UTC_OFFSET_S).contains(&clock.utc_offset_s);
    let problem = || io::Error::new(io::ErrorKind::InvalidData, "it states times that cannot be");
    is_sane.then_some(manifest).ok_or_else(problem)
}

/// What `pack.json` says of each member; everything goes where there is none.
struct Listed<'a>(Option<BTreeMap<&'a str, &'a inventory::Item>>);

impl<'a> Listed<'a> {
    fn of(inventory: Option<&'a Inventory>) -> Self {
        let item = |item: &'a inventory::Item| (item.name.as_str(), item);
        Self(inventory.map(|inventory| inventory.members.iter().map(item).collect()))
    }

    fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().flat_map(|items| items.keys().copied())
    }

    /// What the bytes of a file must add up to.
    fn checksum(
        &self,
        name: &str,
        stored: &Stored,
    ) -> std::result::Result<Option<Checksum>, String> {
        let Some(items) = &self.0 else { return Ok(stored.checksum.clone()) };
        let item = items.get(name).ok_or("pack.json does not list it")?;
        if item.size != stored.extent.length() {
            let size = stored.extent.length();
            return Err(format!("it has {size} bytes, {} were packed", item.size));
        }
        Ok(Some(Checksum::Sha256(item.sha256.clone())))
    }
}

/// The name and the text of `recording.json`, checked; of the partial one where the recorder did not finish.
fn manifest_text(
    path: &Path,
    contents: &Contents,
    listed: &Listed,
) -> Result<Option<(&'static str, Vec<u8>)>> {
    let damaged = |name: &str, problem: String| {
        Failure::new(format!("{name} of {} cannot be read: {problem}", path.display())).hint(
            "ask for the recording again; in a directory, a damaged recording.json and pack.json can be removed",
        )
    };
    for name in [COMPLETE, PARTIAL] {
        if let Some((_, problem)) = contents.strays.iter().find(|stray| stray.0 == name) {
            return Err(damaged(name, problem.clone()).into());
        }
        let Some(stored) = contents.files.get(name) else {
            if listed.names().any(|listed| listed == name) {
                return Err(damaged(name, "it is missing".into()).into());
            }
            continue;
        };
        let checksum = listed.checksum(name, stored).map_err(|problem| damaged(name, problem))?;
        let stored = Stored { extent: stored.extent.clone(), checksum };
        let text = text(&stored, LARGEST_MANIFEST).map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => unreadable(path, &error),
            _ => damaged(name, error.to_string()),
        })?;
        return Ok(Some((name, text)));
    }
    Ok(None)
}

/// A text of at most so many bytes, checked.
fn text(stored: &Stored, most: u64) -> io::Result<Vec<u8>> {
    let invalid = |problem: String| io::Error::new(io::ErrorKind::InvalidData, problem);
    let (open, length) = (stored.extent.open()?, stored.extent.length());
    if length > most {
        return Err(invalid(format!("{length} bytes are too many")));
    }
    if let Some(checksum) = &stored.checksum {
        checksum.check(&open).map_err(|error| invalid(super::segment::plain(error)))?;
    }
    Ok(open.bytes(0, length).map_err(|error| invalid(super::segment::plain(error)))?.to_vec())
}

/// The least and the greatest value of each column of instants, per row group.
pub fn instants(segment: &Segment) -> Vec<(i64, i64)> {
    let Some(footer) = segment.footer() else { return Vec::new() };
    let columns = footer.row_groups().iter().flat_map(|group| group.columns());
    let of_instants = columns.filter(|column| {
        let name = column.column_path().string();
        // A thread, a process and a line of the kernel's log may be older than the recording.
        let is_older = ["thread", "kernel_log"].contains(&segment.table());
        name != "start_ts" && (name == "ts" || name.ends_with("_ts")) && !is_older
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
                .hint("a recording of a later version needs a later afterwake; in a directory, a damaged recording.json can be removed, the tables do without it")
        }
        _ => Failure::new(format!("{path} cannot be read: {error}"))
            .hint("check the permissions of the recording; it may belong to root"),
    }
}
