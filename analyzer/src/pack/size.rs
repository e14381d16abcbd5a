//! Sizes as people write them: `25MB`.

/// Unit and bytes, the longer names first.
const UNITS: [(&str, u64); 10] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("k", 1_000),
    ("m", 1_000_000),
    ("g", 1_000_000_000),
    ("b", 1),
];

/// A size in bytes: `25MB`, `512 KiB`, `1.5g`, `100000`.
///
/// # Errors
/// Why the text is none.
pub fn bytes(text: &str) -> Result<u64, String> {
    let lower = text.trim().to_ascii_lowercase();
    let unit = UNITS.iter().find_map(|(name, size)| Some((lower.strip_suffix(name)?, *size)));
    let (number, unit) = unit.unwrap_or((&lower, 1));
    let number: f64 =
        number.trim().parse().map_err(|_| format!("{text} is not a size, such as 25MB"))?;
    let size = number * unit as f64;
    if (1.0..1e18).contains(&size) {
        Ok(size as u64)
    } else {
        Err(format!("{text} is not a size, such as 25MB"))
    }
}

/// The size as it is told: `25 MB`, `1.26 MB`, `310 kB`.
pub fn readable(size: u64) -> String {
    let (number, unit) = match size {
        0..1_000 => return format!("{size} bytes"),
        1_000..1_000_000 => (size as f64 / 1e3, "kB"),
        1_000_000..1_000_000_000 => (size as f64 / 1e6, "MB"),
        _ => (size as f64 / 1e9, "GB"),
    };
    let digits = if number < 10.0 { 2 } else { usize::from(number < 100.0) };
    let text = format!("{number:.digits$}");
    let text = if digits == 0 { &text } else { text.trim_end_matches('0').trim_end_matches('.') };
    format!("{text} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_told() {
        let sizes = [
            ("25MB", 25_000_000, "25 MB"),
            ("1.5 g", 1_500_000_000, "1.5 GB"),
            ("512KiB", 524_288, "524 kB"),
            ("100000", 100_000, "100 kB"),
            ("300k", 300_000, "300 kB"),
            ("12b", 12, "12 bytes"),
            ("1.26MB", 1_260_000, "1.26 MB"),
        ];
        for (text, size, told) in sizes {
            assert_eq!(bytes(text), Ok(size), "{text}");
            assert_eq!(readable(size), told, "{text}");
        }
        for text in ["", "MB", "-1MB", "0", "25 XB", "nan", "1e300g", "infMB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
