//! Ring records → rows. Bytes that make no record are counted, never trusted.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use afterwake_schema::streams::*;
use afterwake_schema::{Row, Source};

use crate::identity::Identities;
use crate::segment::Tables;
use crate::symbols::Symbols;

/// Rows of a thread that ended are all written after this long.
const ALL_WRITTEN: Duration = Duration::from_secs(10);

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

    /// Call between drains: closes old segments, places new frames, forgets who ended long ago.
    pub fn tick(&mut self) {
        self.symbols.tick();
        self.tables.close_old();
        let is_past = |(when, _): &&(Instant, u32)| when.elapsed() > ALL_WRITTEN;
        let past = self.ended.iter().take_while(is_past).count();
        let threads: Vec<u32> = self.ended.drain(..past).map(|(_, thread)| thread).collect();
        self.identities.forget(&threads);
    }

    pub fn take(&mut self, record: &[u8]) {
        self.rows += 1;
        if self.file(record).is_none() {
            self.damaged += 1;
        }
    }

    fn file(&mut self, record: &[u8]) -> Option<()> {
        let number = u32::from_ne_bytes(record.get(..4)?.try_into().ok()?);
        let stream =
            ALL.iter().find(|stream| stream.source == Source::Kernel && stream.number == number)?;
        match stream.name {
            // The one that matters for speed comes first.
            "wait" => {
                let wait = Wait::decode(record)?;
                if wait.state & Wait::DEAD != 0 {
                    self.ended.push_back((Instant::now(), wait.thread));
                }
                self.tables.wait.push(wait);
            }
            "stack" => {
                let stack = self.name_frames(Stack::decode(record)?);
                self.tables.stack.push(stack);
            }
            "thread" => {
                let thread = ThreadRow::decode(record)?;
                self.identities.learn(&thread);
                self.tables.thread.push(thread);
            }
            "sample" => self.tables.sample.push(Sample::decode(record)?),
            "fork" => self.tables.fork.push(Fork::decode(record)?),
            "exec" => self.tables.exec.push(Exec::decode(record)?),
            "exit" => self.tables.exit.push(Exit::decode(record)?),
            "rename" => self.tables.rename.push(Rename::decode(record)?),
            _ => return None,
        }
        Some(())
    }

    /// Addresses mean something only here and now: they become frames.
    fn name_frames(&mut self, mut stack: Stack) -> Stack {
        stack.frames = if stack.image == 0 {
            self.symbols.kernel(&stack.frames)
        } else {
            self.symbols.user(stack.image, stack.pid, stack.ts, &stack.frames)
        };
        stack
    }
}
