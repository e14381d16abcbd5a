//! SVG, piece by piece.

use std::fmt::Write;

use super::super::escape;

pub const WIDTH: f64 = 1200.0;
pub const INK: &str = "#222";
pub const PALE: &str = "#ddd";
const MARGIN: f64 = 20.0;
const HEAD: f64 = 70.0;

/// A picture that grows downwards.
pub struct Canvas {
    body: String,
    /// Where the next panel begins.
    pub top: f64,
}

/// Where a text is held.
#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

impl Canvas {
    pub fn new(title: &str, subtitle: &str) -> Self {
        let mut canvas = Self { body: String::new(), top: HEAD };
        canvas.sized(WIDTH / 2.0, 28.0, Anchor::Middle, 17, title);
        canvas.sized(WIDTH / 2.0, 48.0, Anchor::Middle, 12, subtitle);
        canvas
    }

    pub fn text(&mut self, x: f64, y: f64, anchor: Anchor, text: &str) {
        self.sized(x, y, anchor, 11, text);
    }

    pub fn heading(&mut self, x: f64, y: f64, text: &str) {
        self.sized(x, y, Anchor::Start, 13, text);
    }

    fn sized(&mut self, x: f64, y: f64, anchor: Anchor, size: u32, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = xml(text);
        let _ = writeln!(
            self.body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\">{text}</text>"
        );
    }

    /// A text that reads upwards, beside an axis.
    pub fn upright(&mut self, x: f64, y: f64, text: &str) {
        let text = xml(text);
        let _ = writeln!(
            self.body,
            "<text transform=\"translate({x:.1} {y:.1}) rotate(-90)\" text-anchor=\"middle\" font-size=\"11\">{text}</text>"
        );
    }

    /// A filled rectangle that tells what it stands for.
    pub fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), fill: &str, tip: &str) {
        let tip = xml(tip);
        let _ = writeln!(
            self.body,
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" fill=\"{fill}\"><title>{tip}</title></rect>"
        );
    }

    pub fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), stroke: &str) {
        let _ = writeln!(
            self.body,
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{stroke}\"/>"
        );
    }

    /// A line through the points; a dot where there is only one.
    pub fn path(&mut self, points: &[(f64, f64)], stroke: &str, dashes: &str) {
        if let [(x, y)] = points {
            let _ = writeln!(
                self.body,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\" fill=\"{stroke}\"/>"
            );
            return;
        }
        let points: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            self.body,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"1.5\" stroke-dasharray=\"{dashes}\"/>",
            points.join(" ")
        );
    }

    /// The whole file. Its own background keeps it readable on a dark page.
    pub fn finish(self) -> String {
        let height = self.top + MARGIN;
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" height=\"{height:.0}\" \
             font-family=\"DejaVu Sans, Verdana, sans-serif\" fill=\"{INK}\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fafaf8\"/>\n{}</svg>\n",
            self.body
        )
    }
}

/// Text that is neither markup nor able to rearrange what is around it.
fn xml(text: &str) -> String {
    escape(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
