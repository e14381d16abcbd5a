//! Durations as people write them.

/// Units, and how many nanoseconds each has. A longer name comes before its own ending.
const UNITS: [(&str, f64); 7] =
    [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];

/// Nanoseconds of `10ms`, `1.5s`, `2m`; a bare number is seconds.
pub fn nanoseconds(text: &str) -> Result<i64, String> {
    let text = text.trim();
    let (number, unit) = match UNITS.iter().find(|(name, _)| text.ends_with(name)) {
        Some((name, unit)) => (&text[..text.len() - name.len()], *unit),
        None => (text, 1e9),
    };
    let problem = || format!("{text} is not a duration, such as 10ms, 1.5s or 2m");
    let number = number.trim();
    if let Ok(whole) = number.parse::<i64>() {
        return whole.checked_mul(unit as i64).ok_or_else(problem);
    }
    let nanoseconds = number.parse::<f64>().map_err(|_| problem())? * unit;
    if nanoseconds.is_finite() && nanoseconds.abs() < i64::MAX as f64 {
        Ok(nanoseconds.round() as i64)
    } else {
        Err(problem())
    }
}

/// Nanoseconds as `10ms` or `1.5s`: in the largest unit that leaves a number of at least 1.
pub fn text(nanoseconds: u64) -> String {
    let (unit, length) = match nanoseconds {
        0..1_000 => ("ns", 1.0),
        1_000..1_000_000 => ("us", 1e3),
        1_000_000..1_000_000_000 => ("ms", 1e6),
        _ => ("s", 1e9),
    };
    format!("{}{unit}", nanoseconds as f64 / length)
}

#[cfg(test)]
mod tests {
    use super::{nanoseconds, text};

    #[test]
    fn lengths_are_written_as_they_are_read() {
        for written in ["7ns", "250us", "10ms", "1.5s"] {
            let length = nanoseconds(written).unwrap();
            assert_eq!(text(length.unsigned_abs()), written);
        }
    }

    #[test]
    fn units_are_understood() {
        for (text, expected) in [
            ("1", 1_000_000_000),
            ("0.5", 500_000_000),
            ("10ms", 10_000_000),
            ("1.5s", 1_500_000_000),
            ("250us", 250_000),
            ("250µs", 250_000),
            ("7ns", 7),
            ("2m", 120_000_000_000),
            ("-5s", -5_000_000_000),
            ("1 s", 1_000_000_000),
        ] {
            assert_eq!(nanoseconds(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "s", "ten", "1x", "nan", "inf", "1e300", "9223372036854775807s", "1..5s"] {
            assert!(nanoseconds(text).is_err(), "{text}");
        }
    }
}
