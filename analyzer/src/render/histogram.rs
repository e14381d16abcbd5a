//! Histograms in the look of the BCC tools.
//!
//! The columns are described in [`crate::view`]: sections, `unit`, `bucket`, `count`, `total`.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Context, Result};
use arrow::array::{Array, AsArray, Int64Array};
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;

use super::Sink;
use super::cells::Cells;
use crate::recording::WallClock;
use crate::view::Buckets;

/// The last linear bucket: beyond it are only values that make no sense, and too many lines.
const LAST_LINEAR: i64 = 4095;

pub struct HistogramSink<'a> {
    out: &'a mut dyn Write,
    clock: WallClock,
    sections: Sections,
    printed: bool,
    time: Option<i64>,
}

/// Rows with equal section columns.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Section {
    pub heading: String,
    pub unit: String,
    buckets: Buckets,
    /// Counts by slot. Of powers of two, slot 0 is `0 -> 1`, slot k is `2^k -> 2^(k+1)-1`; a linear slot is its value.
    pub slots: BTreeMap<u32, i64>,
    time: Option<i64>,
    total: Option<i64>,
}

/// Puts rows together to sections.
#[derive(Default)]
pub struct Sections {
    buckets: Buckets,
    open: Option<Section>,
}

impl<'a> HistogramSink<'a> {
    pub fn new(out: &'a mut dyn Write, buckets: Buckets, clock: WallClock) -> Self {
        Self { out, clock, sections: Sections::new(buckets), printed: false, time: None }
    }

    fn release(&mut self, section: &Section) -> Result<()> {
        if self.printed {
            writeln!(self.out)?;
        }
        self.printed = true;
        if let Some(time) = section.time.filter(|_| section.time != self.time) {
            writeln!(self.out, "{}", self.clock.time_of_day(time))?;
            self.time = section.time;
        }
        Ok(self.out.write_all(section.text().as_bytes())?)
    }
}

impl Sink for HistogramSink<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let whole = self.sections.read(batch)?;
        whole.iter().try_for_each(|section| self.release(section))
    }

    fn finish(&mut self) -> Result<()> {
        if let Some(section) = self.sections.close() {
            self.release(&section)?;
        }
        Ok(self.out.flush()?)
    }
}

impl Sections {
    pub fn new(buckets: Buckets) -> Self {
        Self { buckets, open: None }
    }

    /// The last section, which no row has ended.
    pub fn close(&mut self) -> Option<Section> {
        self.open.take()
    }

    /// The sections that end in the batch.
    pub fn read(&mut self, batch: &RecordBatch) -> Result<Vec<Section>> {
        let mut whole = Vec::new();
        let place =
            |name: &str| batch.schema().index_of(name).context("a histogram view lacks a column");
        let (unit, bucket, count) = (place("unit")?, place("bucket")?, place("count")?);
        let optional = |name| batch.column_by_name(name)?.as_primitive_opt::<Int64Type>();
        let (total, time) = (optional("total"), optional("time"));
        let value = |array: Option<&Int64Array>, row: usize| {
            array.filter(|array| array.is_valid(row)).map(|array| array.value(row))
        };
        let cells: Vec<_> = batch
            .columns()
            .iter()
            .map(|array| Cells::new(array, Some(0)))
            .collect::<Result<_>>()?;
        let number = |index: usize| {
            let array = batch.column(index).as_primitive_opt::<Int64Type>();
            array.context("bucket and count of a histogram view are BIGINT")
        };
        let (values, counts) = (number(bucket)?, number(count)?);
        for row in 0..batch.num_rows() {
            let mut heading = String::new();
            for (index, cells) in cells.iter().enumerate().take(unit) {
                let (name, text) = (batch.schema_ref().field(index).name(), cells.text(row));
                match (text.is_empty() || name == "time", heading.is_empty()) {
                    (true, _) => {}
                    (false, true) => heading = format!("{name} = {text}"),
                    (false, false) => heading = format!("{heading} {text}"),
                }
            }
            let (unit, time, buckets) = (cells[unit].text(row), value(time, row), self.buckets);
            let is_same =
                |open: &Section| (open.time, &open.heading, &open.unit) == (time, &heading, &unit);
            if !self.open.as_ref().is_some_and(is_same) {
                whole.extend(self.open.take());
                let (slots, total) = (BTreeMap::new(), value(total, row));
                self.open = Some(Section { heading, unit, buckets, slots, time, total });
            }
            if let Some(section) = &mut self.open {
                let slot = buckets.slot(values.value(row));
                let count = section.slots.entry(slot).or_default();
                *count = count.saturating_add(counts.value(row));
            }
        }
        Ok(whole)
    }
}

impl Buckets {
    /// The slot of a value.
    pub fn slot(self, value: i64) -> u32 {
        match self {
            Self::PowersOfTwo => value.max(1).ilog2(),
            Self::Linear => value.clamp(0, LAST_LINEAR) as u32,
        }
    }

    /// The least and the greatest value of a slot.
    pub fn limits(self, slot: u32) -> (u64, u64) {
        match self {
            Self::PowersOfTwo if slot == 0 => (0, 1),
            Self::PowersOfTwo => (1 << slot, (1_u64 << slot << 1).wrapping_sub(1)),
            Self::Linear => (slot.into(), slot.into()),
        }
    }
}

impl Section {
    fn text(&self) -> String {
        let Some(last) = self.slots.keys().next_back() else { return String::new() };
        // Beyond 32 bits the numbers need the room that the stars then do without.
        let (indent, label, number, stars) = match self.buckets {
            Buckets::Linear => (5, 13, 10, 40),
            Buckets::PowersOfTwo if *last < 32 => (5, 19, 10, 40),
            Buckets::PowersOfTwo => (15, 29, 20, 20),
        };
        let mut lines = Vec::new();
        if !self.heading.is_empty() {
            lines.push(self.heading.clone());
        }
        let unit = &self.unit;
        lines.push(format!("{:indent$}{unit:<label$} : count     distribution", ""));
        let most = self.slots.values().copied().max().unwrap_or(0).max(1);
        for slot in 0..=*last {
            let count = self.slots.get(&slot).copied().unwrap_or(0);
            let (low, high) = self.buckets.limits(slot);
            let bucket = match self.buckets {
                Buckets::PowersOfTwo => format!("{low:>number$} -> {high:<number$}"),
                Buckets::Linear => format!("{:8}{low:<number$}", ""),
            };
            let share = i128::from(count.max(0)) * stars / i128::from(most);
            let bar = "*".repeat(share as usize);
            let width = stars as usize;
            lines.push(format!("{bucket} : {count:<8} |{bar:<width$}|"));
        }
        let count = self.slots.values().fold(0_i64, |sum, count| sum.saturating_add(*count));
        if let Some(total) = self.total {
            let average = if count > 0 { total / count } else { 0 };
            lines.push(String::new());
            lines.push(format!("avg = {average} {unit}, total: {total} {unit}, count: {count}"));
        }
        lines.join("\n") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, StringArray};

    use super::*;

    fn print(rows: &[(Option<i64>, i64, i64)], total: Option<i64>) -> String {
        print_as(Buckets::PowersOfTwo, rows, total)
    }

    fn print_as(buckets: Buckets, rows: &[(Option<i64>, i64, i64)], total: Option<i64>) -> String {
        let batch = RecordBatch::try_from_iter_with_nullable([
            (
                "pid",
                Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>()) as ArrayRef,
                true,
            ),
            ("unit", Arc::new(StringArray::from(vec!["usecs"; rows.len()])), true),
            ("bucket", Arc::new(rows.iter().map(|row| row.1).collect::<Int64Array>()), true),
            ("count", Arc::new(rows.iter().map(|row| row.2).collect::<Int64Array>()), true),
            ("total", Arc::new(rows.iter().map(|_| total).collect::<Int64Array>()), true),
        ])
        .unwrap();
        let mut text = Vec::new();
        let mut sink = HistogramSink::new(&mut text, buckets, WallClock::default());
        sink.write(&batch).unwrap();
        sink.finish().unwrap();
        drop(sink);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn it_looks_like_the_tools() {
        assert_eq!(
            print(&[(None, 0, 5), (None, 4, 10)], None),
            "     usecs               : count     distribution\n\
             \u{20}        0 -> 1          : 5        |********************                    |\n\
             \u{20}        2 -> 3          : 0        |                                        |\n\
             \u{20}        4 -> 7          : 10       |****************************************|\n"
        );
    }

    #[test]
    fn linear_buckets_are_values() {
        assert_eq!(
            print_as(Buckets::Linear, &[(None, 0, 5), (None, 2, 10)], None),
            "     usecs         : count     distribution\n\
             \u{20}       0          : 5        |********************                    |\n\
             \u{20}       1          : 0        |                                        |\n\
             \u{20}       2          : 10       |****************************************|\n"
        );
        let text = print_as(Buckets::Linear, &[(None, i64::MAX, 1)], None);
        assert!(text.lines().count() == 4097 && text.contains("  4095       : 1  "));
    }

    #[test]
    fn sections_follow_each_other() {
        let text = print(&[(Some(7), 0, 1), (Some(8), 2, 3)], Some(6));
        let headings: Vec<_> = text.lines().filter(|line| line.starts_with("pid")).collect();
        assert_eq!(headings, ["pid = 7", "pid = 8"]);
        assert!(text.ends_with("\navg = 2 usecs, total: 6 usecs, count: 3\n"), "{text}");
    }

    #[test]
    fn large_values_get_wide_numbers() {
        let text = print(&[(None, 1 << 40, 1), (None, i64::MAX, 1)], None);
        let first = text.lines().next().unwrap();
        assert_eq!(first, format!("{:15}{:<29} : count     distribution", "", "usecs"));
        assert!(text.contains("1099511627776 -> 2199023255551"), "{text}");
    }

    #[test]
    fn nothing_prints_nothing() {
        assert_eq!(print(&[], None), "");
    }
}
