//! Ring records → rows. Bytes that make no record are counted, never trusted.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use afterwake_schema::streams::*;
use afterwake_schema::{Row, for_each_stream};

use crate::identity::Identities;
use crate::segment::Tables;
use crate::symbols::Symbols;

/// Rows of a thread that ended are all on their way to the writer after this long.
const ALL_SENT: Duration = Duration::from_secs(10);

/// User stacks that wait for their frames at most, a kilobyte each.
const MOST_HELD: usize = 1024;

/// Takes records one by one and files their rows.
pub struct Decoder {
    pub tables: Tables,
    pub symbols: Symbols,
    pub identities: Identities,
    /// Rows that came through the rings.
    pub rows: u64,
    /// Records that could not be decoded; always 0 unless recorder and probes disagree.
    pub damaged: u64,
    ended: VecDeque<(Instant, u32)>,
}

impl Decoder {
    pub fn new(tables: Tables, symbols: Symbols, identities: Identities) -> Self {
        Self { tables, symbols, identities, rows: 0, damaged: 0, ended: VecDeque::new() }
    }

    /// Call between drains: places new frames, closes old segments, forgets who ended long ago.
    pub fn tick(&mut self) {
        self.file_held();
        self.tables.close_old();
        let is_past = |(when, _): &&(Instant, u32)| when.elapsed() > ALL_SENT;
        let past = self.ended.iter().take_while(is_past).count();
        let threads: Vec<u32> = self.ended.drain(..past).map(|(_, thread)| thread).collect();
        self.tables.forget(threads);
    }

    pub fn take(&mut self, record: &[u8]) {
        self.rows += 1;
        if self.file(record).is_none() {
            self.damaged += 1;
        }
    }

    fn file(&mut self, record: &[u8]) -> Option<()> {
        let number = u32::from_ne_bytes(record.get(..4)?.try_into().ok()?);
        if number == Wait::STREAM.number {
            let wait = Wait::decode(record)?;
            if wait.state & Wait::DEAD != 0 {
                self.ended.push_back((Instant::now(), wait.thread));
            }
            self.tables.wait.push(wait);
        } else if number == Stack::STREAM.number {
            self.number_frames(Stack::decode(record)?);
        } else if number == ThreadRow::STREAM.number {
            let thread = ThreadRow::decode(record)?;
            self.identities.learn(&thread);
            self.tables.thread.push(thread);
        } else {
            self.file_as_it_is(number, record)?;
        }
        Some(())
    }

    /// The rows that nobody else needs to know of.
    fn file_as_it_is(&mut self, number: u32, record: &[u8]) -> Option<()> {
        macro_rules! file {
            ($($name:ident: $row:ident,)*) => {
                match number {
                    0 => return None,
                    $(_ if number == $row::STREAM.number => {
                        self.tables.$name.push($row::decode(record)?);
                    })*
                    _ => return None,
                }
            };
        }
        for_each_stream!(file);
        Some(())
    }

    /// Addresses mean something only here and now: they become frames. Those of a process do at the next tick,
    /// when it is known what it had mapped.
    fn number_frames(&mut self, mut stack: Stack) {
        if stack.image == 0 {
            stack.frames = self.symbols.kernel(&stack.frames);
            return self.tables.stack.push(stack);
        }
        self.symbols.hold(stack);
        if self.symbols.held() >= MOST_HELD {
            self.file_held();
        }
    }

    /// Files the user stacks that wait for their frames.
    pub fn file_held(&mut self) {
        for stack in self.symbols.tick() {
            self.tables.stack.push(stack);
        }
    }
}
