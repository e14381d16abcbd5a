//! Pictures of what is no stack: bars, heat maps, lines over time.
//!
//! Every picture is one SVG without scripts, with its own background, and the same bytes for the same rows.

mod bars;
mod canvas;
mod columns;
mod heat;
mod lines;
mod scale;

use std::ops::Range;

use anyhow::Result;
use arrow::record_batch::RecordBatch;

use self::canvas::{Anchor, Canvas, INK, PALE};
use super::histogram::{Section, Sections};
use crate::recording::WallClock;
use crate::view::{Buckets, Chart};

/// What a view answered, and what is written around it.
pub struct Page<'a> {
    /// Name of the view.
    pub view: &'a str,
    /// Its one-line help.
    pub title: &'a str,
    pub window: Range<i64>,
    /// When the recording began; times in seconds count from there.
    pub start: i64,
    pub clock: WallClock,
    /// One answer per interval, or one for the whole window.
    pub answers: &'a [Answer],
}

/// The rows of one interval.
pub struct Answer {
    pub block: Range<i64>,
    pub batches: Vec<RecordBatch>,
}

/// What is drawn.
pub enum Shape<'a> {
    /// Histograms, one below the other.
    Bars(Buckets),
    /// Histograms, one beside the other.
    HeatOfHistograms(Buckets),
    Table(&'a Chart),
}

/// The whole file.
pub fn svg(page: &Page, shape: &Shape) -> Result<String> {
    let mut canvas = Canvas::new(page.title, &page.subtitle());
    let drawn = match shape {
        Shape::Bars(buckets) => bars::draw(&mut canvas, page, *buckets)?,
        Shape::HeatOfHistograms(buckets) => heat::of_histograms(&mut canvas, page, *buckets)?,
        Shape::Table(Chart::Heat { time, latency }) => {
            heat::of_events(&mut canvas, page, time, latency)?
        }
        Shape::Table(Chart::Lines { time, panels, series }) => {
            lines::draw(&mut canvas, page, time.as_deref(), panels, series.as_deref())?
        }
    };
    if !drawn {
        canvas.text(
            canvas::WIDTH / 2.0,
            canvas.top + 20.0,
            Anchor::Middle,
            "nothing in this window",
        );
        canvas.top += 30.0;
    }
    Ok(canvas.finish())
}

impl Page<'_> {
    fn subtitle(&self) -> String {
        let length = (self.window.end - self.window.start) as f64 / 1e9;
        let (date, time) =
            (self.clock.date(self.window.start), self.clock.time_of_day(self.window.start));
        format!("afterwake {}: {date} {time} for {length:.3} s", self.view)
    }

    /// Length of the window in seconds.
    fn length(&self) -> f64 {
        ((self.window.end - self.window.start) as f64 / 1e9).max(1e-9)
    }

    fn time_label(&self) -> String {
        format!("seconds since {}", self.clock.time_of_day(self.window.start))
    }
}

/// The histograms of an answer.
fn sections(answer: &Answer, buckets: Buckets) -> Result<Vec<Section>> {
    let mut open = Sections::new(buckets);
    let mut all = Vec::new();
    for batch in &answer.batches {
        all.extend(open.read(batch)?);
    }
    all.extend(open.close());
    Ok(all)
}

/// The area between the axes.
#[derive(Clone, Copy)]
struct Area {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl Area {
    fn x(&self, part: f64) -> f64 {
        self.left + part * self.width
    }

    /// `part` counts from the bottom.
    fn y(&self, part: f64) -> f64 {
        self.top + (1.0 - part) * self.height
    }

    fn axes(&self, canvas: &mut Canvas, below: &str, beside: &str) {
        canvas.line((self.left, self.top), (self.left, self.y(0.0)), INK);
        canvas.line((self.left, self.y(0.0)), (self.x(1.0), self.y(0.0)), INK);
        canvas.text(self.x(0.5), self.y(0.0) + 32.0, Anchor::Middle, below);
        canvas.upright(self.left - 48.0, self.y(0.5), beside);
    }

    /// A mark of the vertical axis, with a line across.
    fn across(&self, canvas: &mut Canvas, part: f64, text: &str) {
        canvas.line((self.left, self.y(part)), (self.x(1.0), self.y(part)), PALE);
        canvas.text(self.left - 6.0, self.y(part) + 4.0, Anchor::End, text);
    }

    /// A mark below the horizontal axis.
    fn below(&self, canvas: &mut Canvas, part: f64, text: &str) {
        canvas.line((self.x(part), self.y(0.0)), (self.x(part), self.y(0.0) + 4.0), INK);
        canvas.text(self.x(part), self.y(0.0) + 16.0, Anchor::Middle, text);
    }

    /// The marks of time below the horizontal axis.
    fn times(&self, canvas: &mut Canvas, length: f64) {
        for mark in scale::marks(0.0, length).into_iter().filter(|mark| *mark <= length * 1.001) {
            self.below(canvas, mark / length, &scale::short(mark));
        }
    }
}

#[cfg(test)]
mod tests;
