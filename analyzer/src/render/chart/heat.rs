//! Heat maps: time from left to right, latency from bottom to top, darker where more fell in.

use std::collections::BTreeMap;

use anyhow::Result;

use super::bars::{PANELS, bucket, left_out};
use super::canvas::{Anchor, Canvas, WIDTH};
use super::{Area, Page, columns, scale, sections};
use crate::view::Buckets;

const HEIGHT: f64 = 300.0;
/// As many rows as can be named beside each other.
const ROW_MARKS: usize = 20;
/// Rows of a picture of events, per power of ten of the latency.
const ROWS_PER_DECADE: i32 = 8;
/// Columns of a picture of events.
const COLUMNS: usize = 120;
/// The smallest latency that is told apart, in whatever unit.
const LEAST: f64 = 1e-3;
/// Few, some, many.
const COLOURS: [[f64; 3]; 3] = [[254.0, 224.0, 182.0], [224.0, 101.0, 60.0], [90.0, 0.0, 30.0]];

/// Counts by row and column.
#[derive(Default)]
struct Map {
    heading: String,
    cells: BTreeMap<(i32, usize), i64>,
}

/// How the rows and columns are drawn and called.
struct Axes<'a> {
    /// Begin and end of every column in parts of the window.
    columns: &'a [(f64, f64)],
    rows: std::ops::Range<i32>,
    label: &'a str,
    /// The name of a row's lower edge, for those that have one.
    edge: &'a dyn Fn(i32) -> Option<String>,
    /// What falls into a row.
    row: &'a dyn Fn(i32) -> String,
}

/// A map per section, a column per interval.
pub fn of_histograms(canvas: &mut Canvas, page: &Page, buckets: Buckets) -> Result<bool> {
    let mut maps: Vec<(String, Map)> = Vec::new();
    for (column, answer) in page.answers.iter().enumerate() {
        for section in sections(answer, buckets)? {
            let same = |(unit, map): &(String, Map)| {
                *unit == section.unit && map.heading == section.heading
            };
            let place = maps.iter().position(same).unwrap_or_else(|| {
                let heading = section.heading.clone();
                maps.push((section.unit.clone(), Map { heading, ..Map::default() }));
                maps.len() - 1
            });
            for (slot, count) in &section.slots {
                *maps[place].1.cells.entry((*slot as i32, column)).or_default() += count;
            }
        }
    }
    let part = |instant: i64| (instant - page.window.start) as f64 / 1e9 / page.length();
    let blocks =
        page.answers.iter().map(|answer| (part(answer.block.start), part(answer.block.end)));
    let blocks: Vec<_> = blocks.collect();
    for (unit, map) in maps.iter().take(PANELS) {
        let rows = rows(map);
        let every = (rows.len() / ROW_MARKS + 1) as i32;
        let edge = |row: i32| match buckets {
            Buckets::PowersOfTwo => Some(scale::edge(row.unsigned_abs())),
            Buckets::Linear => (row % every == 0).then(|| row.to_string()),
        };
        let axes = Axes {
            columns: &blocks,
            rows,
            label: unit,
            edge: &edge,
            row: &|row| bucket(row.unsigned_abs(), unit, buckets),
        };
        draw(canvas, page, map, &axes);
    }
    left_out(canvas, maps.len());
    Ok(!maps.is_empty())
}

/// One map of the rows of a table.
pub fn of_events(canvas: &mut Canvas, page: &Page, time: &str, latency: &str) -> Result<bool> {
    let mut map = Map::default();
    for batch in page.answers.iter().flat_map(|answer| &answer.batches) {
        let times = columns::seconds(page, batch, time)?;
        for (at, latency) in times.into_iter().zip(columns::numbers(batch, latency)?) {
            let (Some(at), Some(latency)) = (at, latency) else { continue };
            let column = (at / page.length() * COLUMNS as f64).clamp(0.0, COLUMNS as f64 - 1.0);
            let row = (latency.max(LEAST).log10() * f64::from(ROWS_PER_DECADE) + 1e-9).floor();
            *map.cells.entry((row as i32, column as usize)).or_default() += 1;
        }
    }
    let part = |column: usize| column as f64 / COLUMNS as f64;
    let bins: Vec<_> = (0..COLUMNS).map(|column| (part(column), part(column + 1))).collect();
    let within = rows(&map);
    // Whole powers of ten, so that there are at least two marks.
    let decade = |row: i32| row.div_euclid(ROWS_PER_DECADE) * ROWS_PER_DECADE;
    let limit = |row: i32| 10_f64.powf(f64::from(row) / f64::from(ROWS_PER_DECADE));
    let unit = scale::unit(latency);
    let name = latency.strip_suffix(&format!("_{unit}")).unwrap_or(latency);
    let label = if unit.is_empty() { name.to_owned() } else { format!("{name} in {unit}") };
    let axes = Axes {
        columns: &bins,
        rows: decade(within.start)..decade(within.end - 1) + ROWS_PER_DECADE,
        label: &label,
        edge: &|row| (row % ROWS_PER_DECADE == 0).then(|| scale::short(limit(row))),
        row: &|row| format!("{:.3} to {:.3} {unit}", limit(row), limit(row + 1)),
    };
    if !map.cells.is_empty() {
        draw(canvas, page, &map, &axes);
    }
    Ok(!map.cells.is_empty())
}

fn rows(map: &Map) -> std::ops::Range<i32> {
    let rows = || map.cells.keys().map(|(row, _)| *row);
    rows().min().unwrap_or(0)..rows().max().map_or(1, |last| last + 1)
}

fn draw(canvas: &mut Canvas, page: &Page, map: &Map, axes: &Axes) {
    let area = Area { left: 75.0, top: canvas.top + 24.0, width: WIDTH - 190.0, height: HEIGHT };
    canvas.heading(area.left, area.top - 8.0, &map.heading);
    let count = f64::from((axes.rows.end - axes.rows.start).max(1));
    let place = |row: i32| f64::from(row - axes.rows.start) / count;
    for row in axes.rows.start..=axes.rows.end {
        if let Some(edge) = (axes.edge)(row) {
            area.across(canvas, place(row), &edge);
        }
    }
    let most = map.cells.values().copied().max().unwrap_or(1);
    for ((row, column), cell) in map.cells.iter().filter(|(_, cell)| **cell > 0) {
        let Some((begin, end)) = axes.columns.get(*column) else { continue };
        let (left, upper) = (area.x(*begin), area.y(place(row + 1)));
        let size = (area.x(*end) - left, area.y(place(*row)) - upper);
        let since = begin * page.length();
        let tip = format!("{since:.3} s, {}: {cell}", (axes.row)(*row));
        canvas.rect((left, upper), size, &colour(*cell, most), &tip);
    }
    area.times(canvas, page.length());
    area.axes(canvas, &page.time_label(), axes.label);
    legend(canvas, area, most);
    canvas.top += HEIGHT + 80.0;
}

/// What the colours count.
fn legend(canvas: &mut Canvas, area: Area, most: i64) {
    let left = area.x(1.0) + 20.0;
    canvas.text(left, area.top + 8.0, Anchor::Start, "count");
    let mut counts: Vec<i64> =
        (0..5).map(|step| (most as f64).powf(f64::from(step) / 4.0).round() as i64).collect();
    counts.dedup();
    for (place, count) in counts.iter().rev().enumerate() {
        let top = area.top + 18.0 + place as f64 * 18.0;
        canvas.rect((left, top), (14.0, 14.0), &colour(*count, most), &count.to_string());
        canvas.text(left + 20.0, top + 11.0, Anchor::Start, &scale::short(*count as f64));
    }
}

/// The logarithm of the count chooses the colour, so that single events can be seen beside thousands.
fn colour(count: i64, most: i64) -> String {
    let part = if most > 1 { (count as f64).ln() / (most as f64).ln() } else { 1.0 };
    let (from, to, part) = if part < 0.5 {
        (COLOURS[0], COLOURS[1], part * 2.0)
    } else {
        (COLOURS[1], COLOURS[2], part * 2.0 - 1.0)
    };
    let mix = |index: usize| (from[index] + (to[index] - from[index]) * part).round() as u8;
    format!("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2))
}
