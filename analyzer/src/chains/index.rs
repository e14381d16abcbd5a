//! All waits in memory, 20 bytes each, found by thread and time or by thread and `seq`.
//!
//! Rows stay where they were read, in chunks. A *stretch* is a row of waits of one thread within a
//! chunk without a gap: consecutive `seq`, each run beginning where the wait before ended. So a run
//! needs no bytes of its own, whatever is irregular happens between stretches, and a wait is found by
//! searching the stretches of its thread and then inside one.

use std::ops::Range;

use super::coverage::Coverage;
use super::hash::FastMap;
use super::site::{Kind, Numbering, Site, Waker};
use super::wait::{Instants, Wait};

/// Rows of a chunk at most; a row's number is its chunk times this, plus its place.
const CHUNK_ROWS: usize = 1 << 16;
/// A duration that does not fit into 32 bits of nanoseconds lies in the chunk's `long`.
const LONG: u32 = u32::MAX;
const NO_SEQ: u32 = u32::MAX;

/// One wait.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// Nanoseconds from the begin of the stretch to the switch-out.
    off: u32,
    blocked: u32,
    queued: u32,
    site: u32,
    waker_seq: u32,
}

#[derive(Debug, Default)]
struct Chunk {
    rows: Vec<Row>,
    /// Blocked and queued time of the rows where one of them is long, by place.
    long: FastMap<u32, (i64, i64)>,
}

/// Waits of one thread without a gap.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    pub thread: i64,
    pub first_seq: u32,
    /// Number of the first row.
    pub row: u32,
    pub len: u32,
    /// Switch-out of the first row.
    pub base: i64,
    /// The run before the first row, where it is known.
    ran_ns: Option<i64>,
}

impl Stretch {
    /// From when on the stretch says what the thread did.
    pub fn begin(&self) -> i64 {
        self.base - self.ran_ns.unwrap_or(0)
    }
}

/// Reads rows, in the order of (thread, seq) as far as possible, into an [`Index`].
#[derive(Debug, Default)]
pub struct Builder {
    chunks: Vec<Chunk>,
    stretches: Vec<Stretch>,
    sites: Numbering<Site>,
    /// When the wait before ended, if it did.
    previous_on: Option<i64>,
}

impl Builder {
    pub fn push(&mut self, wait: &Wait) {
        let Some((Instants { o, w, i }, site)) = wait.read() else { return };
        let site = self.sites.number(site);
        if self.chunks.last().is_none_or(|chunk| chunk.rows.len() == CHUNK_ROWS) {
            if let Some(full) = self.chunks.last_mut() {
                full.rows.shrink_to_fit();
            }
            self.chunks.push(Chunk::default());
            self.previous_on = None;
        }
        let number = self.chunks.len() - 1;
        let place = self.chunks[number].rows.len();
        let base = match self.stretches.last_mut() {
            Some(last) if joins(last, self.previous_on, wait, o) => {
                last.len += 1;
                last.base
            }
            _ => {
                self.stretches.push(Stretch {
                    thread: wait.thread,
                    first_seq: wait.seq,
                    row: (number * CHUNK_ROWS + place) as u32,
                    len: 1,
                    base: o,
                    ran_ns: wait.ran_ns.filter(|ran| *ran >= 0),
                });
                o
            }
        };
        let (blocked, queued) = (w - o, i - w);
        let chunk = &mut self.chunks[number];
        let fits = |value: i64| u32::try_from(value).ok().filter(|value| *value != LONG);
        let (blocked, queued) = match (fits(blocked), fits(queued)) {
            (Some(blocked), Some(queued)) => (blocked, queued),
            _ => {
                chunk.long.insert(place as u32, (blocked, queued));
                (LONG, LONG)
            }
        };
        chunk.rows.push(Row {
            off: (o - base) as u32,
            blocked,
            queued,
            site,
            waker_seq: wait.waker_seq.unwrap_or(NO_SEQ),
        });
        let ended = self.sites.values()[site as usize].kind == Kind::Ended;
        self.previous_on = (!ended).then_some(i);
    }
}

/// Whether a wait continues a stretch whose last wait ended at `previous_on`.
fn joins(last: &Stretch, previous_on: Option<i64>, wait: &Wait, o: i64) -> bool {
    last.thread == wait.thread
        && last.first_seq.checked_add(last.len) == Some(wait.seq)
        && wait.off_ts.is_some()
        && previous_on.is_some_and(|on| o >= on && wait.ran_ns == Some(o - on))
        && u32::try_from(o - last.base).is_ok()
}

/// The waits of a recording, ready to be walked.
#[derive(Debug, Default)]
pub struct Index {
    chunks: Vec<Chunk>,
    /// In the order of (thread, first_seq).
    stretches: Vec<Stretch>,
    sites: Vec<Site>,
    /// Stretches of each thread.
    threads: FastMap<i64, Range<u32>>,
    coverage: Coverage,
}

/// The time span and the site of a wait.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub instants: Instants,
    pub site: u32,
    pub waker_seq: Option<u32>,
}

/// Where a waker's own wait is.
#[derive(Clone, Copy, Debug)]
pub enum Lookup {
    Wait(Found),
    /// It had not waited yet.
    None,
    /// It had, but that row is missing.
    Lost,
    /// It had, by this instant at the latest, but that row was left out when the recording was cut from another.
    Cut(i64),
}

impl Index {
    /// Joins what several builders read.
    pub fn new(builders: Vec<Builder>) -> Self {
        let mut sites = Numbering::default();
        let (mut chunks, mut stretches) = (Vec::new(), Vec::new());
        for builder in builders {
            let renumber: Vec<u32> =
                builder.sites.values().iter().map(|site| sites.number(*site)).collect();
            let first_row = (chunks.len() * CHUNK_ROWS) as u32;
            for mut chunk in builder.chunks {
                for row in &mut chunk.rows {
                    row.site = renumber[row.site as usize];
                }
                chunks.push(chunk);
            }
            stretches.extend(
                builder
                    .stretches
                    .into_iter()
                    .map(|stretch| Stretch { row: stretch.row + first_row, ..stretch }),
            );
        }
        stretches.sort_unstable_by_key(|stretch| (stretch.thread, stretch.first_seq, stretch.base));
        let mut threads = FastMap::default();
        let mut begin = 0;
        for run in stretches.chunk_by(|one, other| one.thread == other.thread) {
            let end = begin + run.len() as u32;
            threads.insert(run[0].thread, begin..end);
            begin = end;
        }
        Self {
            chunks,
            stretches,
            sites: sites.into_values(),
            threads,
            coverage: Coverage::default(),
        }
    }

    /// The same waits, of which it is known what part of the threads' time they cover.
    pub fn within(self, coverage: Coverage) -> Self {
        Self { coverage, ..self }
    }

    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    pub fn sites(&self) -> &[Site] {
        &self.sites
    }

    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// The stretches of a thread in the order of time, as numbers into [`stretches`](Self::stretches).
    pub fn of_thread(&self, thread: i64) -> Range<usize> {
        self.threads.get(&thread).map_or(0..0, |range| range.start as usize..range.end as usize)
    }

    /// The wait at a place of a stretch.
    pub fn wait(&self, stretch: &Stretch, place: u32) -> Found {
        let number = stretch.row + place;
        let chunk = &self.chunks[number as usize / CHUNK_ROWS];
        let place = number as usize % CHUNK_ROWS;
        let row = &chunk.rows[place];
        let (blocked, queued) = if row.blocked == LONG {
            chunk.long[&(place as u32)]
        } else {
            (i64::from(row.blocked), i64::from(row.queued))
        };
        let o = stretch.base + i64::from(row.off);
        let w = o + blocked;
        Found {
            instants: Instants { o, w, i: w + queued },
            site: row.site,
            waker_seq: (row.waker_seq != NO_SEQ).then_some(row.waker_seq),
        }
    }

    /// The first wait of a stretch that had not ended at `instant`: its place, or `len` if all had.
    pub fn place_at(&self, stretch: &Stretch, instant: i64) -> u32 {
        let Ok(offset) = u32::try_from(instant - stretch.base) else {
            return if instant < stretch.base { 0 } else { self.after_last(stretch, instant) };
        };
        let chunk = &self.chunks[stretch.row as usize / CHUNK_ROWS];
        let first = stretch.row as usize % CHUNK_ROWS;
        let rows = &chunk.rows[first..first + stretch.len as usize];
        let left = rows.partition_point(|row| row.off <= offset) as u32;
        match left.checked_sub(1) {
            Some(place) if self.wait(stretch, place).instants.i > instant => place,
            _ => left,
        }
    }

    fn after_last(&self, stretch: &Stretch, instant: i64) -> u32 {
        let last = stretch.len - 1;
        if self.wait(stretch, last).instants.i > instant { last } else { stretch.len }
    }

    /// The wait of a thread with that `seq`.
    pub fn by_seq(&self, thread: i64, seq: u32) -> Option<Found> {
        let range = self.of_thread(thread);
        let stretches = &self.stretches[range];
        let after = stretches.partition_point(|stretch| stretch.first_seq <= seq);
        let stretch = &stretches[after.checked_sub(1)?];
        let place = seq - stretch.first_seq;
        (place < stretch.len).then(|| self.wait(stretch, place))
    }

    /// The waker's own last wait before it issued this wakeup.
    pub fn behind(&self, edge: &Found) -> Lookup {
        let Waker::Thread(thread) = self.sites[edge.site as usize].waker else {
            return Lookup::None;
        };
        match edge.waker_seq {
            None => Lookup::None,
            Some(seq) => match self.by_seq(thread, seq) {
                Some(wait) => Lookup::Wait(wait),
                None => self.missing(thread, seq, edge.instants.w),
            },
        }
    }

    /// Why there is no row of a wait that had ended before the thread issued a wakeup at `woken`.
    fn missing(&self, thread: i64, seq: u32, woken: i64) -> Lookup {
        let covered = self.coverage.of(thread);
        let first = self.stretches[self.of_thread(thread)].first();
        // Rows before the first one ended where that one begins.
        let is_before =
            first.is_some_and(|first| seq < first.first_seq && first.begin() <= covered.start);
        if woken <= covered.start || is_before { Lookup::Cut(covered.start) } else { Lookup::Lost }
    }

    /// Bytes that the rows and stretches take.
    pub fn bytes(&self) -> usize {
        let rows: usize = self.chunks.iter().map(|chunk| chunk.rows.capacity()).sum();
        rows * size_of::<Row>() + self.stretches.capacity() * size_of::<Stretch>()
    }
}
