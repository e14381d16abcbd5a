//! Where the marks of an axis stand, and what they are called.

/// About so many marks.
const MARKS: f64 = 5.0;

/// Round numbers from 0 or below up to the first that is not less than `most`.
pub fn marks(least: f64, most: f64) -> Vec<f64> {
    spaced(least, most, 0.0)
}

/// The same for what is counted.
pub fn counts(most: f64) -> Vec<f64> {
    spaced(0.0, most, 1.0)
}

fn spaced(least: f64, most: f64, smallest: f64) -> Vec<f64> {
    let (least, most) = (least.min(0.0), if most > least.min(0.0) { most } else { 1.0 });
    let rough = (most - least) / MARKS;
    let power = 10_f64.powf(rough.log10().floor());
    let round = [1.0, 2.0, 5.0, 10.0].map(|one| one * power);
    let step = round.into_iter().find(|step| *step >= rough * 0.999).unwrap_or(rough).max(smallest);
    let (first, last) = ((least / step).floor() as i64, (most / step - 1e-9).ceil() as i64);
    (first..=last).map(|number| number as f64 * step).collect()
}

/// A number in few letters: `12.5K`.
pub fn short(number: f64) -> String {
    let size = number.abs();
    let (scaled, unit) = match size {
        1e12.. => (number / 1e12, "T"),
        1e9.. => (number / 1e9, "G"),
        1e6.. => (number / 1e6, "M"),
        1e4.. => (number / 1e3, "K"),
        _ => (number, ""),
    };
    let text = format!("{scaled:.3}");
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The lower edge of a power-of-two bucket, with the letters of 1,024.
pub fn edge(slot: u32) -> String {
    let letter = ["", "K", "M", "G", "T", "P", "E"][(slot / 10).min(6) as usize];
    match slot {
        0 => "0".into(),
        _ => format!("{}{letter}", 1_u64 << (slot % 10)),
    }
}

/// The unit that a column's name ends in.
pub fn unit(column: &str) -> &str {
    if column.starts_with('%') {
        return "%";
    }
    if column.ends_with("/s") {
        return "per second";
    }
    match column.rsplit_once('_').map(|(_, unit)| unit) {
        Some("pct") => "%",
        Some(unit @ ("ns" | "us" | "ms" | "s" | "bytes" | "kb" | "mb")) => unit,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round() {
        assert_eq!(marks(3.0, 97.0), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(marks(0.0, 0.0).len(), 6);
        assert_eq!(counts(1.0), [0.0, 1.0]);
        assert!(marks(-7.0, 3.0)[0] <= -7.0);
    }

    #[test]
    fn numbers_are_short() {
        let all = [0.0, 0.25, 999.0, 12_500.0, 3e6, -2e9].map(short);
        assert_eq!(all, ["0", "0.25", "999", "12.5K", "3M", "-2G"]);
        assert_eq!([0, 1, 9, 10, 13, 20].map(edge), ["0", "2", "512", "1K", "8K", "1M"]);
        assert_eq!(
            ["lat_us", "cpu_pct", "%idle", "r/s", "comm"].map(unit),
            ["us", "%", "%", "per second", ""]
        );
    }
}
