//! Flame graphs.
//!
//! The picture is inferno's; the colours are ours, by frame: those of chains are not among inferno's
//! palettes, and two runs over one recording must give the same bytes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use inferno::flamegraph::color::{BackgroundColor, Color, PaletteMap};
use inferno::flamegraph::{self, Options};

use super::stacks::{counted, lines, merged, summary};
use super::{Stacks, escape};

/// Inferno takes this off a name when it writes it. Until then it tells frames behind a wakeup from
/// frames of the same name before it.
const BEHIND: &str = "_[w]";

/// The name of the frame below all others, as inferno looks it up.
const ALL: &str = "";
const PALE: Color = Color { r: 230, g: 230, b: 230 };

/// One SVG.
pub fn svg(out: &mut dyn Write, stacks: &Stacks) -> io::Result<()> {
    let rows = lines(stacks)?;
    let merged = merged(&rows);
    let mut colours = Colours::new(stacks.palette, &merged);
    let folded: Vec<String> = merged
        .iter()
        .filter(|(_, (value, _))| *value > 0)
        .map(|(folded, (value, _))| format!("{} {value}", colours.line(folded)))
        .collect();
    if folded.is_empty() {
        return empty(out, stacks);
    }
    let mut options = Options::default();
    options.title = escape(stacks.title).into_owned();
    options.subtitle = Some(summary(stacks)?);
    options.count_name = counted(stacks.palette, stacks.unit).to_owned();
    options.bgcolors = Some(match stacks.palette {
        "cpu" | "cpi" => BackgroundColor::Yellow,
        _ => BackgroundColor::Blue,
    });
    options.palette_map = Some(&mut colours.map);
    flamegraph::from_lines(&mut options, folded.iter().map(String::as_str), out)
}

/// A picture that says that there is nothing to show.
fn empty(out: &mut dyn Write, stacks: &Stacks) -> io::Result<()> {
    let title = stacks.title.replace('&', "&amp;").replace('<', "&lt;");
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1200\" height=\"80\" font-family=\"monospace\">\
         <text x=\"600\" y=\"30\" text-anchor=\"middle\" font-size=\"17\">{}</text>\
         <text x=\"600\" y=\"55\" text-anchor=\"middle\" font-size=\"12\">no stacks in this window</text></svg>",
        escape(&title)
    )
}

/// Colours by frame.
struct Colours<'a> {
    palette: &'a str,
    map: PaletteMap,
    /// Cycles and instructions of each frame's name, and of everything.
    counters: BTreeMap<&'a str, (i64, i64)>,
    all: (i64, i64),
}

impl<'a> Colours<'a> {
    fn new(palette: &'a str, rows: &BTreeMap<&'a str, (i64, i64)>) -> Self {
        let mut map = PaletteMap::default();
        map.insert(ALL, PALE);
        let mut colours = Self { palette, map, counters: BTreeMap::new(), all: (0, 0) };
        if palette == "cpi" {
            for (folded, counts) in rows {
                for frame in folded.split(';') {
                    add(colours.counters.entry(frame).or_default(), *counts);
                }
                add(&mut colours.all, *counts);
            }
        }
        colours
    }

    /// A folded line as inferno shall read it; its frames have their colours from then on.
    fn line(&mut self, folded: &str) -> String {
        let mut line = String::with_capacity(folded.len() + 16);
        let mut behind = false;
        for frame in folded.split(';') {
            if !line.is_empty() {
                line.push(';');
            }
            // Inferno itself draws `--` and `-` in grey.
            behind |= frame == "--";
            // A number behind a space would be read as a count, and the mark as ours.
            let mut name = frame.replace(' ', "\u{a0}");
            if name.is_empty() {
                name.push('-');
            }
            if behind && self.palette == "chain" && frame != "--" && frame != "-" {
                name.push_str(BEHIND);
            }
            let colour = self.colour(frame, behind);
            self.map.insert(&name, colour);
            line.push_str(&name);
        }
        line
    }

    fn colour(&self, frame: &str, behind: bool) -> Color {
        let shade = shade(frame);
        match (frame, self.palette) {
            (_, "cpi") => self.counters.get(frame).map_or(PALE, |own| by_cpi(*own, self.all)),
            (_, "cpu") => hot(shade),
            (_, "chain") if behind => aqua(shade),
            (_, "wakeup") => aqua(shade),
            _ => blue(shade),
        }
    }
}

fn add(sum: &mut (i64, i64), more: (i64, i64)) {
    sum.0 = sum.0.saturating_add(more.0);
    sum.1 = sum.1.saturating_add(more.1);
}

/// A number from 0 to 255 that belongs to a name (FNV-1a).
fn shade(name: &str) -> u8 {
    let hash = name
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash ^ (hash >> 16)) as u8
}

fn scaled(shade: u8, least: u8, range: u8) -> u8 {
    least + (u16::from(shade) * u16::from(range) / 256) as u8
}

fn hot(shade: u8) -> Color {
    let green = shade.rotate_left(4);
    Color { r: scaled(shade, 205, 50), g: scaled(green, 40, 190), b: scaled(shade, 0, 55) }
}

fn blue(shade: u8) -> Color {
    Color { r: scaled(shade, 80, 60), g: scaled(shade, 80, 60), b: scaled(shade, 190, 65) }
}

fn aqua(shade: u8) -> Color {
    Color { r: scaled(shade, 50, 60), g: scaled(shade, 165, 55), b: scaled(shade, 165, 55) }
}

/// Red where fewer cycles per instruction were taken than on average, blue where more; deepest at four times.
fn by_cpi(own: (i64, i64), all: (i64, i64)) -> Color {
    let cpi = |(cycles, instructions): (i64, i64)| cycles as f64 / instructions.max(1) as f64;
    let octaves = (cpi(own) / cpi(all).max(f64::MIN_POSITIVE)).max(f64::MIN_POSITIVE).log2();
    let pale = (225.0 * (1.0 - (octaves.abs() / 2.0).min(1.0))) as u8;
    if octaves > 0.0 {
        Color { r: pale, g: pale, b: 255 }
    } else {
        Color { r: 255, g: pale, b: pale }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringArray};
    use arrow::record_batch::RecordBatch;

    use super::*;

    fn draw(palette: &str, rows: &[(&str, i64, i64)]) -> String {
        let column = |of: fn(&(&str, i64, i64)) -> i64| {
            Arc::new(rows.iter().map(of).collect::<Int64Array>()) as ArrayRef
        };
        let folded = StringArray::from_iter_values(rows.iter().map(|row| row.0));
        let batch = RecordBatch::try_from_iter([
            ("folded", Arc::new(folded) as ArrayRef),
            ("value", column(|row| row.1)),
            ("instructions", column(|row| row.2)),
        ])
        .unwrap();
        let stacks = Stacks {
            view: "test",
            title: "Test <b>",
            unit: "us",
            palette,
            span_ns: 1_000_000,
            batches: &[batch],
        };
        let mut out = Vec::new();
        svg(&mut out, &stacks).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn fill_of(svg: &str, name: &str) -> String {
        let at =
            svg.find(&format!("<title>{name} (")).unwrap_or_else(|| panic!("no {name}: {svg}"));
        let fill = &svg[at..][svg[at..].find("fill=\"").unwrap() + 6..];
        fill[..fill.find('"').unwrap()].to_owned()
    }

    #[test]
    fn chains_are_blue_then_aqua() {
        let picture = draw("chain", &[("sink;read;--;read;relay", 5, 0)]);
        let (target, waker) = (shade("sink"), shade("relay"));
        let rgb = |Color { r, g, b }: Color| format!("rgb({r},{g},{b})");
        assert_eq!(fill_of(&picture, "sink"), rgb(blue(target)));
        assert_eq!(fill_of(&picture, "relay"), rgb(aqua(waker)));
        assert!(!picture.contains(BEHIND), "the mark is not shown");
        assert_eq!(picture, draw("chain", &[("sink;read;--;read;relay", 5, 0)]), "the same bytes");
    }

    #[test]
    fn hostile_names_stay_text() {
        let picture = draw("offcpu", &[("<script>alert(1)</script>;a 12 34", 7, 0)]);
        assert!(!picture.contains("<script>alert"), "markup from a name");
        assert!(picture.contains("&lt;script&gt;alert(1)"), "{picture}");
        assert!(picture.contains("a\u{a0}12\u{a0}34 (7 us"), "the count is the last number");
    }

    #[test]
    fn cpi_is_blue_where_cycles_are_wasted() {
        let picture = draw("cpi", &[("main;stall", 100, 10), ("main;work", 100, 400)]);
        assert!(fill_of(&picture, "stall").ends_with(",255)"));
        assert!(fill_of(&picture, "work").starts_with("rgb(255,"));
    }

    #[test]
    fn nothing_to_show_is_a_picture() {
        assert!(draw("chain", &[]).contains("no stacks in this window"));
    }
}
