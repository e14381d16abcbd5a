//! A recording as DataFusion tables, be it a directory or a pack, which is read in place.
//!
//! Opening is cheap: the files are listed, nothing is read until a query names a table. A table that
//! was not recorded is empty, a column that an older recorder did not know is NULL, and a damaged
//! segment is left out and named in [`Recording::damage`].

pub mod about;
mod archive;
mod bounds;
mod checksum;
mod contents;
mod extent;
pub mod inventory;
mod left_out;
mod locate;
mod member;
mod merge;
mod reader;
mod segment;
mod session;
mod table;
mod text;
mod thrift;
mod wall_clock;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use afterwake_schema::Stream;
use afterwake_schema::streams;
use anyhow::Result;
use datafusion::catalog::TableProvider;

pub use checksum::{hexadecimal, sha256};
pub use extent::Extent;
pub use member::{Member, instants};
pub use segment::Segment;
pub use session::session;
pub use table::schema;
pub use wall_clock::WallClock;

/// One recording, or several read as one.
#[derive(Debug)]
pub struct Recording {
    members: Vec<Member>,
    /// Packs of recordings that are members themselves.
    doubles: Vec<PathBuf>,
}

impl Recording {
    /// Opens the recording, the pack, the folder of recordings or the glob `argument`.
    pub fn open(argument: &str) -> Result<Arc<Self>> {
        let members = locate::recordings(argument)?
            .iter()
            .map(|path| Member::open(path))
            .collect::<Result<Vec<_>>>()?;
        let (members, doubles) = merge::without_doubles(members);
        Ok(Arc::new(Self { members: merge::align(members), doubles }))
    }

    /// Packs that are not read, since what they were made of lies beside them.
    pub fn doubles(&self) -> &[PathBuf] {
        &self.doubles
    }

    /// The recordings this one consists of, in the order of their paths.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The recording that a thread, by its number in the tables, belongs to.
    pub fn of_thread(&self, thread: i64) -> Option<&Member> {
        match &self.members[..] {
            [member] => Some(member),
            members => members.iter().find(|member| merge::is_of(thread, member)),
        }
    }

    /// Several recordings: tables have the columns `host` and `recording` in front.
    pub fn is_several(&self) -> bool {
        self.members.len() > 1
    }

    /// The recorded interval, in nanoseconds on the clock of the first member.
    pub fn span(&self) -> Range<i64> {
        let spans = || self.members.iter().map(Member::span);
        spans().map(|span| span.start).min().unwrap_or(0)
            ..spans().map(|span| span.end).max().unwrap_or(0)
    }

    /// The wall clock of the first member, whose clock the instants are on.
    pub fn wall_clock(&self) -> WallClock {
        let Some(member) = self.members.first() else { return WallClock::default() };
        let clock = &member.manifest.clock;
        WallClock {
            wall_minus_clock_ns: clock.wall_ns - clock.start_ns,
            utc_offset_s: clock.utc_offset_s,
        }
    }

    /// The table of a stream, with the columns and rows of every member.
    pub fn table(&self, stream: &'static Stream) -> Result<Arc<dyn TableProvider>> {
        match &self.members[..] {
            [member] => Ok(member.table(stream)),
            members => merge::table(members, stream),
        }
    }

    /// The table of that name; `None` where no such stream is declared.
    pub fn table_named(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        self.table(streams::by_name(name)?).ok()
    }

    /// Files that were left out, and why, as far as it is known yet.
    pub fn damage(&self) -> Vec<(PathBuf, String)> {
        let strays = self.members.iter().flat_map(|member| member.strays.iter().cloned());
        let damaged = |segment: &Arc<Segment>| Some((segment.path().into(), segment.problem()?));
        strays.chain(self.segments().filter_map(damaged)).collect()
    }

    /// Reads every page of the tables that were used and leaves out the segments that cannot be read.
    /// Returns whether any was found that was not known before.
    pub fn verify(&self) -> bool {
        let suspects = self.segments().filter(|segment| segment.is_used());
        suspects.map(|segment| segment.verify()).fold(false, |found, new| found | new)
    }

    fn segments(&self) -> impl Iterator<Item = &Arc<Segment>> {
        self.members.iter().flat_map(Member::segments)
    }
}

/// The name a recording goes by: that of its directory.
fn name(directory: &Path) -> String {
    directory.file_name().map_or_else(|| "/".into(), |name| name.to_string_lossy().into_owned())
}
