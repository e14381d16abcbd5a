//! Histograms: linear bars over buckets, a panel per section.

use std::ops::Range;

use anyhow::Result;

use super::canvas::{Canvas, WIDTH};
use super::{Area, Page, Section, scale, sections};
use crate::view::Buckets;

const FILL: &str = "#4477aa";
const HEIGHT: f64 = 180.0;
/// More panels than anybody looks at.
pub const PANELS: usize = 64;

/// Draws a panel per section; false where there is none.
pub fn draw(canvas: &mut Canvas, page: &Page, buckets: Buckets) -> Result<bool> {
    let mut all = Vec::new();
    for answer in page.answers {
        all.extend(sections(answer, buckets)?);
    }
    // The same buckets in every panel, so that they can be compared.
    let slots = || all.iter().flat_map(|section| section.slots.keys().copied());
    let range = slots().min().unwrap_or(0)..slots().max().unwrap_or(0) + 1;
    let columns = if all.len() > 1 { 2 } else { 1 };
    for row in all[..all.len().min(PANELS)].chunks(columns) {
        for (column, section) in row.iter().enumerate() {
            let share = (WIDTH - 20.0) / columns as f64;
            let left = share * column as f64 + 75.0;
            let area = Area { left, top: canvas.top + 24.0, width: share - 75.0, height: HEIGHT };
            panel(canvas, area, section, &range, buckets);
        }
        canvas.top += HEIGHT + 80.0;
    }
    left_out(canvas, all.len());
    Ok(!all.is_empty())
}

/// Says how many panels there would be more.
pub fn left_out(canvas: &mut Canvas, panels: usize) {
    if panels > PANELS {
        canvas.heading(75.0, canvas.top, &format!("{} more are not drawn", panels - PANELS));
        canvas.top += 20.0;
    }
}

fn panel(canvas: &mut Canvas, area: Area, section: &Section, range: &Range<u32>, buckets: Buckets) {
    canvas.heading(area.left, area.top - 8.0, &section.heading);
    let slots = f64::from(range.end - range.start);
    let most = section.slots.values().copied().max().unwrap_or(0) as f64;
    let marks = scale::counts(most);
    let top = marks.last().copied().unwrap_or(1.0);
    for mark in &marks {
        area.across(canvas, mark / top, &scale::short(*mark));
    }
    let every = ((slots / (area.width / 40.0)).ceil() as u32).max(1);
    for slot in range.start..=range.end {
        let place = f64::from(slot - range.start) / slots;
        if (slot - range.start).is_multiple_of(every) {
            match buckets {
                Buckets::PowersOfTwo => area.below(canvas, place, &scale::edge(slot)),
                Buckets::Linear if slot == range.end => {}
                Buckets::Linear => area.below(canvas, place + 0.5 / slots, &slot.to_string()),
            }
        }
        if let Some(count) = section.slots.get(&slot).filter(|count| **count > 0) {
            let (left, right) = (area.x(place) + 1.0, area.x(place + 1.0 / slots) - 1.0);
            let upper = area.y(*count as f64 / top);
            let tip = format!("{}: {count}", bucket(slot, &section.unit, buckets));
            canvas.rect((left, upper), (right - left, area.y(0.0) - upper), FILL, &tip);
        }
    }
    area.axes(canvas, &section.unit, "count");
}

/// What falls into a bucket.
pub fn bucket(slot: u32, unit: &str, buckets: Buckets) -> String {
    let (low, high) = buckets.limits(slot);
    match buckets {
        Buckets::PowersOfTwo => format!("{low} to {high} {unit}"),
        Buckets::Linear => format!("{unit} {low}"),
    }
}
