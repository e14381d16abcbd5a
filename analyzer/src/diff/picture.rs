//! The differential flame graph, and the lines it is drawn from.

use std::io::{self, Write};

use inferno::flamegraph::color::BackgroundColor;
use inferno::flamegraph::{self, Options as Picture};

use super::stacks::Values;
use super::{Options, Side, answer};
use crate::render::{Stacks, escape, flame, stacks};

/// Whole numbers lose least where both are brought to the length of the longer window.
fn to_longer(options: &Options, sides: &[Side; 2]) -> [f64; 2] {
    answer::scale(options, sides).map(|scale| if options.raw { 1.0 } else { scale * longer(sides) })
}

fn longer(sides: &[Side; 2]) -> f64 {
    sides.iter().map(Side::seconds).fold(0.0, f64::max)
}

/// What the whole numbers are.
fn headline(unit: &str, options: &Options, sides: &[Side; 2]) -> String {
    if options.raw {
        return answer::headline(unit, options, sides);
    }
    answer::headline_of(unit, &format!("as in {:.3} s", longer(sides)), sides)
}

fn scaled(values: [i64; 2], scale: [f64; 2]) -> [i64; 2] {
    [0, 1].map(|place| (values[place] as f64 * scale[place]).round() as i64)
}

/// One line per stack: frames joined by `;`, the value of A, the value of B.
pub fn folded(
    out: &mut dyn Write,
    unit: &str,
    options: &Options,
    sides: &[Side; 2],
    values: &Values,
) -> io::Result<()> {
    say!("note: {}", headline(unit, options, sides));
    let scale = to_longer(options, sides);
    for (stack, values) in values {
        let [a, b] = scaled(*values, scale);
        writeln!(out, "{stack} {a} {b}")?;
    }
    out.flush()
}

/// As wide as B; red where B has more, blue where it has less.
pub fn svg(
    out: &mut dyn Write,
    page: &Stacks,
    options: &Options,
    sides: &[Side; 2],
    values: &Values,
) -> io::Result<()> {
    let scale = to_longer(options, sides);
    let mut lines = Vec::new();
    let mut width = 0_i64;
    for (stack, values) in values {
        let [a, b] = scaled(*values, scale).map(|value| value.max(0));
        width = width.saturating_add(b);
        // A number behind a space would be read as a count.
        let frames = stack.split(';').map(|frame| if frame.is_empty() { "-" } else { frame });
        let stack = frames.collect::<Vec<_>>().join(";").replace(' ', "\u{a0}");
        lines.push(format!("{stack} {a} {b}"));
    }
    if width == 0 {
        return flame::svg(out, page);
    }
    let unit = stacks::counted(page.palette, page.unit);
    let headline = headline(unit, options, sides);
    let mut picture = Picture::default();
    picture.title = format!("{}: B against A", escape(page.title));
    picture.subtitle = Some(format!("{headline}; as wide as B, red has more in B, blue less"));
    picture.count_name = unit.to_owned();
    picture.bgcolors = Some(BackgroundColor::Grey);
    flamegraph::from_lines(&mut picture, lines.iter().map(String::as_str), out)
}
