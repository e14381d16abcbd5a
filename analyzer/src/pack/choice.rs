//! What goes into a pack, and what is left out of it where it must be small.

use std::sync::Arc;

use afterwake_schema::recording::LeftOut;
use afterwake_schema::streams;

use crate::recording::inventory::Item;
use crate::recording::{Member, Segment, instants};

/// How a table goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goes {
    /// Its rows are of use all together, or few.
    Whole,
    /// As many of its oldest segments as must.
    OldestFirst,
}

/// The tables that are left out of a pack that would be too large, the least useful first.
pub const ORDER: &[(&str, Goes)] = &[
    ("counter", Goes::Whole),
    ("hardirq", Goes::Whole),
    ("softirq", Goes::Whole),
    ("writeback", Goes::Whole),
    ("misc", Goes::OldestFirst),
    ("path", Goes::OldestFirst),
    ("sock", Goes::OldestFirst),
    ("io", Goes::OldestFirst),
    ("sample", Goes::OldestFirst),
    ("block_io", Goes::OldestFirst),
    ("rest", Goes::Whole),
    ("kernel_log", Goes::Whole),
    ("signal", Goes::Whole),
    ("rename", Goes::Whole),
    ("fork", Goes::Whole),
    ("exit", Goes::Whole),
    ("exec", Goes::Whole),
];

/// The tables that never go: without them the others have no names, no stacks, or an answer that misses rows unsaid.
pub const KEPT: &[&str] =
    &["wait", "thread", "stack", "frame", "module", "lost", "cost", "disk", "syscall"];

/// Of a zip file, beside its members: the ends of its list, and the inventory without its lines.
const FIXED_BYTES: u64 = 1024;
/// Of a member, beside its bytes and its line in the inventory: two headers, with sizes of 64 bits.
const HEADER_BYTES: u64 = 30 + 46 + 2 * 20;
/// What the inventory says of a table that was left out, with the spaces before it.
const LEFT_OUT_BYTES: u64 = 400;

/// A segment that goes into a pack.
#[derive(Clone, Debug)]
pub struct Part {
    pub segment: Arc<Segment>,
    pub name: String,
    pub rows: u64,
}

/// The segments of a recording and what is not among them.
#[derive(Debug, Default)]
pub struct Choice {
    pub parts: Vec<Part>,
    pub left_out: Vec<LeftOut>,
}

impl Part {
    /// What it adds to the pack, at most.
    fn cost(&self) -> u64 {
        cost(&self.name, self.segment.size(), Some(self.rows))
    }
}

fn cost(name: &str, size: u64, rows: Option<u64>) -> u64 {
    let item = Item { name: name.into(), size, sha256: "0".repeat(64), rows };
    let line =
        serde_json::to_string_pretty(&item).map_or(0, |line| line.len() + 8 * line.lines().count());
    size + HEADER_BYTES + 2 * name.len() as u64 + line as u64
}

impl Choice {
    /// All that is intact; what is damaged is left out.
    pub fn all(member: &Member) -> Self {
        let mut choice = Self::default();
        for stream in streams::ALL {
            let own: Vec<_> =
                member.segments().filter(|segment| segment.table() == stream.name).collect();
            let names = names(stream.name, &own);
            let (mut damaged, mut bytes) = (0, 0);
            let begin = choice.parts.len();
            for (segment, name) in own.into_iter().zip(names) {
                if segment.footer().is_some() {
                    let (segment, rows) = (Arc::clone(segment), segment.rows());
                    choice.parts.push(Part { segment, name, rows });
                } else {
                    damaged += 1;
                    bytes += segment.size();
                }
            }
            let of_table = |path: &std::path::Path| {
                path.parent().is_some_and(|table| table.ends_with(stream.name))
            };
            damaged += member.strays.iter().filter(|(path, _)| of_table(path)).count() as u64;
            if damaged > 0 {
                choice.left_out.push(LeftOut {
                    table: stream.name.into(),
                    whole: choice.parts.len() == begin,
                    segments: damaged,
                    bytes,
                    why: "because it was damaged".into(),
                    ..LeftOut::default()
                });
            }
        }
        choice
    }

    /// Leaves out the least useful until a pack is not larger than `limit`.
    ///
    /// # Errors
    /// The size that it cannot fall below.
    pub fn shrink(
        &mut self,
        text: usize,
        inherited: usize,
        limit: u64,
        why: &str,
    ) -> Result<(), u64> {
        let told = (inherited + self.left_out.len()) as u64 * LEFT_OUT_BYTES;
        let parts: u64 = self.parts.iter().map(Part::cost).sum();
        let mut size = FIXED_BYTES + cost("recording.json.part", text as u64, None) + told + parts;
        for (table, goes) in ORDER {
            if size <= limit {
                return Ok(());
            }
            let mut left =
                LeftOut { table: (*table).into(), why: why.into(), ..LeftOut::default() };
            let mut rows = 0;
            let mut has_more = false;
            self.parts.retain(|part| {
                if part.segment.table() != *table {
                    return true;
                }
                if size + LEFT_OUT_BYTES <= limit && *goes == Goes::OldestFirst {
                    has_more = true;
                    return true;
                }
                size -= part.cost();
                left.segments += 1;
                left.bytes += part.segment.size();
                rows += part.rows;
                left.until_ns = instants(&part.segment)
                    .iter()
                    .map(|limits| limits.1)
                    .chain(left.until_ns)
                    .max();
                false
            });
            if left.segments > 0 {
                size += LEFT_OUT_BYTES;
                left.whole = !has_more;
                left.rows = Some(rows);
                self.left_out.push(left);
            }
        }
        if size <= limit { Ok(()) } else { Err(size) }
    }
}

/// The names that segments have in a pack: their own, or numbers in their order where one of them has another name.
fn names(table: &str, segments: &[&Arc<Segment>]) -> Vec<String> {
    let own = |segment: &&Arc<Segment>| {
        let stem = segment.path().file_stem()?.to_str()?;
        let is_number =
            stem.len() >= 6 && stem.len() <= 10 && stem.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| format!("{table}/{stem}.parquet"))
    };
    let own: Option<Vec<_>> = segments.iter().map(own).collect();
    own.unwrap_or_else(|| {
        (0..segments.len()).map(|number| format!("{table}/{number:06}.parquet")).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_its_place() {
        for stream in streams::ALL {
            let goes = ORDER.iter().filter(|(name, _)| *name == stream.name).count();
            let stays = KEPT.iter().filter(|name| **name == stream.name).count();
            assert_eq!(goes + stays, 1, "{} goes or stays", stream.name);
        }
        assert_eq!(ORDER.len() + KEPT.len(), streams::ALL.len(), "no table that there is not");
    }
}
