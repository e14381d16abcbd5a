//! Values over time, a line each.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use arrow::datatypes::SchemaRef;

use super::canvas::{Anchor, Canvas, WIDTH};
use super::{Area, Page, columns, scale};

const HEIGHT: f64 = 170.0;
/// Lines that can be told apart.
const LINES: usize = 12;
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#a07000", "#444"];
/// Colour is not all that tells lines apart.
const DASHES: [&str; 4] = ["none", "7 3", "2 2", "9 3 2 3"];
/// What a time is called where the header does not say.
const TIMES: [&str; 3] = ["time", "time_s", "ts"];

type Points = Vec<(f64, Option<f64>)>;

/// Lines that share an axis.
struct Panel {
    heading: String,
    unit: String,
    lines: BTreeMap<String, Points>,
}

/// Draws the panels; false where there is nothing to draw.
pub fn draw(
    canvas: &mut Canvas,
    page: &Page,
    time: Option<&str>,
    panels: &[Vec<String>],
    series: Option<&str>,
) -> Result<bool> {
    let Some(schema) =
        page.answers.iter().flat_map(|answer| &answer.batches).map(|batch| batch.schema()).next()
    else {
        return Ok(false);
    };
    let time = time.or_else(|| TIMES.into_iter().find(|name| schema.index_of(name).is_ok()));
    let panels = if panels.is_empty() { by_unit(&schema, time, series) } else { panels.to_vec() };
    let mut found = Vec::new();
    for columns in &panels {
        match series {
            None => found.push(panel(page, time, columns, None)?),
            Some(_) => {
                for column in columns {
                    found.push(panel(page, time, std::slice::from_ref(column), series)?);
                }
            }
        }
    }
    found.retain(|panel| panel.lines.values().flatten().any(|(_, value)| value.is_some()));
    found.iter().for_each(|panel| panel.draw(canvas, page));
    Ok(!found.is_empty())
}

/// The numeric columns, those of one unit together.
fn by_unit(schema: &SchemaRef, time: Option<&str>, series: Option<&str>) -> Vec<Vec<String>> {
    let mut panels: Vec<(&str, Vec<String>)> = Vec::new();
    for field in schema.fields().iter().filter(|field| field.data_type().is_numeric()) {
        let name = field.name().as_str();
        if Some(name) == time || Some(name) == series {
            continue;
        }
        let unit = scale::unit(name);
        match panels.iter_mut().find(|(known, _)| *known == unit) {
            Some((_, columns)) => columns.push(name.into()),
            None => panels.push((unit, vec![name.into()])),
        }
    }
    panels.into_iter().map(|(_, columns)| columns).collect()
}

/// The lines of some columns, or of one column by the values of another.
fn panel(page: &Page, time: Option<&str>, names: &[String], series: Option<&str>) -> Result<Panel> {
    let mut lines: BTreeMap<String, Points> = BTreeMap::new();
    for answer in page.answers {
        let begin = (answer.block.start - page.window.start) as f64 / 1e9;
        for batch in &answer.batches {
            let times = match time {
                Some(time) => columns::seconds(page, batch, time)?,
                None => vec![Some(begin); batch.num_rows()],
            };
            let keys = series.map(|series| columns::texts(batch, series)).transpose()?;
            for name in names {
                for (row, value) in columns::numbers(batch, name)?.into_iter().enumerate() {
                    let Some(at) = times[row] else { continue };
                    let line = keys.as_ref().map_or(name, |keys| &keys[row]);
                    lines.entry(line.clone()).or_default().push((at, value));
                }
            }
        }
    }
    for points in lines.values_mut() {
        if time.is_none() {
            // An interval without a row is a gap.
            let begins = page.answers.iter().map(|answer| answer.block.start - page.window.start);
            points.extend(begins.map(|begin| (begin as f64 / 1e9, None)));
        }
        *points = summed(std::mem::take(points));
    }
    let first = names.first().context("a panel has a column")?;
    let heading = series.map_or_else(|| names.join(", "), |series| format!("{first} by {series}"));
    Ok(Panel { heading, unit: scale::unit(first).into(), lines })
}

/// The points in the order of time; those of one instant, such as two processes of one name, are added up.
fn summed(mut points: Points) -> Points {
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut sums: Points = Vec::new();
    for (at, value) in points {
        match sums.last_mut() {
            Some((last, sum)) if last.total_cmp(&at).is_eq() => {
                *sum = sum.map_or(value, |sum| Some(sum + value.unwrap_or(0.0)));
            }
            _ => sums.push((at, value)),
        }
    }
    sums
}

impl Panel {
    /// The largest lines, in the order of their names, and how many were left out.
    fn largest(&self) -> (Vec<(&String, &Points)>, usize) {
        let sum = |points: &Points| points.iter().filter_map(|(_, value)| *value).sum::<f64>();
        let mut all: Vec<_> = self.lines.iter().collect();
        all.sort_by(|one, other| sum(other.1).total_cmp(&sum(one.1)).then(one.0.cmp(other.0)));
        let left_out = all.len().saturating_sub(LINES);
        all.truncate(LINES);
        all.sort_by_key(|(name, _)| *name);
        (all, left_out)
    }

    fn draw(&self, canvas: &mut Canvas, page: &Page) {
        let area =
            Area { left: 75.0, top: canvas.top + 24.0, width: WIDTH - 275.0, height: HEIGHT };
        canvas.heading(area.left, area.top - 8.0, &self.heading);
        let (lines, left_out) = self.largest();
        let values =
            || lines.iter().flat_map(|(_, points)| points.iter()).filter_map(|point| point.1);
        let marks = scale::marks(values().fold(0.0, f64::min), values().fold(0.0, f64::max));
        let (least, most) = (marks[0], marks[marks.len() - 1]);
        let part = |value: f64| (value - least) / (most - least);
        for mark in &marks {
            area.across(canvas, part(*mark), &scale::short(*mark));
        }
        for (number, (name, points)) in lines.iter().enumerate() {
            let stroke = COLOURS[number % COLOURS.len()];
            let dashes = DASHES[number % DASHES.len()];
            let place = |at: f64, value: f64| {
                (area.x((at / page.length()).clamp(0.0, 1.0)), area.y(part(value)))
            };
            // A missing value is a gap.
            for run in points.split(|(_, value)| value.is_none()).filter(|run| !run.is_empty()) {
                let run: Vec<_> =
                    run.iter().map(|(at, value)| place(*at, value.unwrap_or(0.0))).collect();
                canvas.path(&run, stroke, dashes);
            }
            let (left, top) = (area.x(1.0) + 15.0, area.top + 6.0 + number as f64 * 14.0);
            canvas.path(&[(left, top), (left + 24.0, top)], stroke, dashes);
            canvas.text(left + 30.0, top + 4.0, Anchor::Start, &clipped(name));
        }
        if left_out > 0 {
            let top = area.top + 10.0 + lines.len() as f64 * 14.0;
            canvas.text(area.x(1.0) + 15.0, top, Anchor::Start, &format!("and {left_out} smaller"));
        }
        area.times(canvas, page.length());
        area.axes(canvas, &page.time_label(), &self.unit);
        canvas.top += HEIGHT + 80.0;
    }
}

/// As much of a name as the margin takes.
fn clipped(name: &str) -> String {
    const LETTERS: usize = 22;
    if name.chars().count() <= LETTERS {
        return name.into();
    }
    name.chars().take(LETTERS - 1).chain(['…']).collect()
}
