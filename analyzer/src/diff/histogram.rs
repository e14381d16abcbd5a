//! Histograms side by side.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use arrow::array::{Array, AsArray, Int64Array, StringArray};
use arrow::datatypes::{DataType, Int64Type, SchemaRef};
use arrow::record_batch::RecordBatch;

use super::answer::{self, Columns, Pair};
use super::groups::{Key, column};
use super::table::{heading, is_shown};
use super::{Options, Side};
use crate::render::{Format, escape};
use crate::run::{Order, Take, stdout};
use crate::view::Buckets;

const STARS: f64 = 16.0;

/// Counts of A and of B by slot.
type Slots = BTreeMap<u32, [i64; 2]>;

/// Sections by their columns and their unit.
#[derive(Default)]
struct Sections(BTreeMap<(Key, String), Slots>);

pub fn compare(options: &Options, sides: &[Side; 2], buckets: Buckets) -> Result<()> {
    let order = &sides[0].order;
    let keys = keys(order);
    let mut sections = Sections::default();
    for (place, side) in sides.iter().enumerate() {
        let mut answer = Answer { order: &side.order, keys: &keys, buckets, place, sections };
        side.answer(&mut answer)?;
        sections = answer.sections;
    }
    let scale = answer::scale(options, sides);
    let mut sections: Vec<Section> = (sections.0.into_iter())
        .map(|((key, unit), slots)| Section::new(key, unit, &slots, scale))
        .collect();
    sections.sort_by(|one, other| other.change().total_cmp(&one.change()));
    let (all, changed) = (sections.len(), sections.iter().any(|section| section.change() > 0.0));
    sections.truncate(options.limit());
    let mut out = stdout();
    answer::write_headline(&answer::headline("counts", options, sides), options, &mut out)?;
    if options.format == Format::Table {
        let texts = sections.iter().map(|section| section.text(&keys, buckets));
        write!(out, "{}", texts.collect::<Vec<_>>().join("\n"))?;
        out.flush()?;
    } else {
        columns(order, &keys, &sections, buckets).print(options.format, &mut out)?;
    }
    answer::report(sections.len(), all, changed, options);
    Ok(())
}

/// The section columns by which sections belong together: those the header names, or all but the time.
fn keys(order: &Order) -> Vec<String> {
    let compare = order.view.compare(|flag| order.is_given(flag));
    let named = compare.map(|compare| &compare.keys).filter(|keys| !keys.is_empty());
    let columns = order.view.columns.iter().map(|column| &column.name);
    let sections = columns.take_while(|name| *name != "unit").filter(|name| *name != "time");
    let is_key =
        |name: &&String| is_shown(order, name) && named.is_none_or(|keys| keys.contains(name));
    sections.filter(is_key).cloned().collect()
}

/// Takes the rows of one side.
struct Answer<'a> {
    order: &'a Order,
    keys: &'a [String],
    buckets: Buckets,
    place: usize,
    sections: Sections,
}

impl Take for Answer<'_> {
    fn schema(&mut self, schema: &SchemaRef) -> Result<()> {
        self.order.shown(schema).map(drop)
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<()> {
        let texts = self.keys.iter().map(|name| column(&batch, name, &DataType::Utf8));
        let texts = texts.collect::<Result<Vec<_>>>()?;
        let texts: Vec<&StringArray> = texts.iter().map(|array| array.as_string()).collect();
        let unit = column(&batch, "unit", &DataType::Utf8)?;
        let numbers = |name: &str| -> Result<Int64Array> {
            Ok(column(&batch, name, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
        };
        let (values, counts) = (numbers("bucket")?, numbers("count")?);
        for row in
            (0..batch.num_rows()).filter(|row| values.is_valid(*row) && counts.is_valid(*row))
        {
            let text =
                |array: &StringArray| array.is_valid(row).then(|| array.value(row).to_owned());
            let key = texts.iter().map(|array| text(array)).collect();
            let unit = text(unit.as_string()).unwrap_or_default();
            let slots = self.sections.0.entry((key, unit)).or_default();
            let count =
                &mut slots.entry(self.buckets.slot(values.value(row))).or_default()[self.place];
            *count = count.saturating_add(counts.value(row));
        }
        Ok(())
    }
}

/// One pair of histograms.
struct Section {
    key: Key,
    unit: String,
    slots: BTreeMap<u32, Slot>,
    all: Pair,
}

/// A bucket: its counts, and what part of its histogram they are, in percent.
#[derive(Clone, Copy, Default)]
struct Slot {
    counts: Pair,
    shares: [f64; 2],
}

impl Section {
    fn new(key: Key, unit: String, slots: &Slots, scale: [f64; 2]) -> Self {
        let total =
            [0, 1].map(|place| slots.values().map(|counts| counts[place] as f64).sum::<f64>());
        let slot = |counts: &[i64; 2]| {
            let count = |place: usize| counts[place] as f64 * scale[place];
            let share = |place: usize| counts[place] as f64 * 100.0 / total[place].max(1.0);
            Slot { counts: Pair::of(count(0), count(1)), shares: [0, 1].map(share) }
        };
        let slots = slots.iter().map(|(number, counts)| (*number, slot(counts))).collect();
        let all = Pair::of(total[0] * scale[0], total[1] * scale[1]);
        Self { key, unit, slots, all }
    }

    /// The changes of all buckets, whatever their signs.
    fn change(&self) -> f64 {
        self.slots.values().filter_map(|slot| slot.counts.change()).map(f64::abs).sum()
    }

    fn text(&self, keys: &[String], buckets: Buckets) -> String {
        let mut lines = Vec::new();
        let named =
            keys.iter().zip(&self.key).filter_map(|(name, text)| Some((name, text.as_ref()?)));
        let named: Vec<_> =
            named.map(|(name, text)| format!("{name} = {}", escape(text))).collect();
        if !named.is_empty() {
            lines.push(named.join(" "));
        }
        let last = self.slots.keys().next_back().copied().unwrap_or(0);
        let (label, number) = match buckets {
            Buckets::Linear => (13, 10),
            Buckets::PowersOfTwo if last < 32 => (24, 10),
            Buckets::PowersOfTwo => (44, 20),
        };
        let (unit, heading) = (escape(&self.unit), "A          B     change");
        lines.push(format!(
            "     {unit:<width$} : {heading:>32}   of A {:19}of B",
            "",
            width = label - 5
        ));
        let most =
            self.slots.values().flat_map(|slot| slot.shares).fold(f64::MIN_POSITIVE, f64::max);
        for place in 0..=last {
            let slot = self.slots.get(&place).copied().unwrap_or_default();
            let (low, high) = buckets.limits(place);
            let bucket = match buckets {
                Buckets::PowersOfTwo => format!("{low:>number$} -> {high:<number$}"),
                Buckets::Linear => format!("     {low:<8}"),
            };
            let [a, b] = slot.shares.map(|share| {
                let stars = "*".repeat((share / most * STARS) as usize);
                format!("{share:>5.1}% |{stars:<width$}|", width = STARS as usize)
            });
            lines.push(format!("{bucket:<label$} : {} {a} {b}", figures(slot.counts)));
        }
        lines.push(format!("{:<label$} : {}", "     all", figures(self.all)));
        lines.join("\n") + "\n"
    }
}

fn figures(pair: Pair) -> String {
    let [a, b] = [pair.a, pair.b].map(|figure| figure.unwrap_or(0.0));
    format!("{a:>10.3} {b:>10.3} {:>+10.3}", b - a)
}

/// The same as columns; a bucket that is empty in both has no row.
fn columns(order: &Order, keys: &[String], sections: &[Section], buckets: Buckets) -> Columns {
    let rows = || {
        sections.iter().flat_map(|section| section.slots.iter().map(move |slot| (section, slot)))
    };
    let mut columns = Columns::default();
    for (place, name) in keys.iter().enumerate() {
        columns.text(name, heading(order, name), rows().map(|row| row.0.key[place].as_deref()));
    }
    columns.text("unit", None, rows().map(|row| Some(&*row.0.unit)));
    let edge = |slot: u32| i64::try_from(buckets.limits(slot).0).unwrap_or(i64::MAX);
    let edges = rows().map(|row| edge(*row.1.0)).collect::<Int64Array>();
    columns.number("bucket", Arc::new(edges));
    let pairs: Vec<Pair> = rows().map(|row| row.1.1.counts).collect();
    columns.pairs("", pairs.iter().copied());
    for (place, name) in ["a_share_pct", "b_share_pct"].into_iter().enumerate() {
        columns.figures(name, rows().map(|row| Some(row.1.1.shares[place])));
    }
    columns
}
