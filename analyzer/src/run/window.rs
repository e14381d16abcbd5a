//! Which part of the recording is asked for.

use std::ops::Range;

use anyhow::Result;

use crate::failure::Failure;
use crate::recording::WallClock;
use crate::view::nanoseconds;

/// A whole number at least this large is an instant in nanoseconds; as seconds it would be thirty years.
const SMALLEST_INSTANT: i64 = 1_000_000_000;

/// Each is a query of its own, and nobody reads so many; unless they were counted.
const MOST_BLOCKS: u64 = 10_000;
const MOST_COUNTED_BLOCKS: u64 = 1_000_000;

/// Blocks of equal length, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub length_ns: i64,
    /// How many; as many as fit where it is not said.
    pub count: Option<u64>,
}

/// The instant that `--from` or `--to` names: a time since the start of the recording (`1.5s`; negative, before its end),
/// a time of day on the recorded host (`14:03:20`), or nanoseconds of the recording's clock.
pub fn instant(text: &str, span: &Range<i64>, clock: WallClock) -> Result<i64> {
    let text = text.trim();
    if text.contains(':') {
        let problem = || Failure::usage(format!("{text} is not a time of day, such as 14:03:20"));
        return Ok(clock.instant(text, span.start).ok_or_else(problem)?);
    }
    match text.parse::<i64>() {
        Ok(instant) if instant >= SMALLEST_INSTANT => return Ok(instant),
        _ => {}
    }
    let since = nanoseconds(text).map_err(|problem| {
        Failure::usage(problem).hint(
            "a time is 1.5s since the start, 14:03:20, or nanoseconds of the recording's clock",
        )
    })?;
    let origin = if text.starts_with('-') { span.end } else { span.start };
    Ok(origin.saturating_add(since))
}

/// The window between `--from` and `--to` within the recording.
pub fn window(
    from: Option<&str>,
    to: Option<&str>,
    span: &Range<i64>,
    clock: WallClock,
) -> Result<Range<i64>> {
    let limit = |text: Option<&str>, otherwise: i64| match text {
        Some(text) => instant(text, span, clock).map(|instant| instant.clamp(span.start, span.end)),
        None => Ok(otherwise),
    };
    let window = limit(from, span.start)?..limit(to, span.end)?;
    if window.start > window.end {
        return Err(Failure::usage("--from lies after --to")
            .hint("--from is where the part begins, and --to where it ends")
            .into());
    }
    if window.is_empty() && !span.is_empty() {
        let seconds = (span.end - span.start) as f64 / 1e9;
        return Err(Failure::usage("there is nothing between --from and --to")
            .hint(format!(
                "the recording is {seconds:.3} s long, from {} to {} on its clock",
                span.start, span.end
            ))
            .into());
    }
    Ok(window)
}

impl Interval {
    /// The blocks of a window; the last one may be shorter.
    pub fn blocks(self, window: &Range<i64>) -> Result<Vec<Range<i64>>> {
        let length = self.length_ns.max(1) as u64;
        let fitting = window.end.saturating_sub(window.start).max(0) as u64 / length;
        let (blocks, most) = match self.count {
            None => (fitting, MOST_BLOCKS),
            Some(count) => (count.min(fitting), MOST_COUNTED_BLOCKS),
        };
        if blocks > most {
            return Err(Failure::usage(format!("these are {blocks} intervals, more than {most}"))
                .hint("choose a longer INTERVAL, a COUNT, or a part with --from and --to")
                .into());
        }
        let mut blocks = Vec::new();
        let mut begin = window.start;
        while begin < window.end && self.count.is_none_or(|count| (blocks.len() as u64) < count) {
            let end = begin.saturating_add(self.length_ns.max(1)).min(window.end);
            blocks.push(begin..end);
            begin = end;
        }
        Ok(blocks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Range<i64> = 5_000_000_000..15_000_000_000;

    #[test]
    fn instants_have_three_spellings() {
        let clock = WallClock { wall_minus_clock_ns: 0, utc_offset_s: 0 };
        let at = |text: &str| instant(text, &SPAN, clock).unwrap();
        assert_eq!(at("1.5s"), 6_500_000_000);
        assert_eq!(at("2"), 7_000_000_000);
        assert_eq!(at("500ms"), 5_500_000_000);
        assert_eq!(at("-1s"), 14_000_000_000);
        assert_eq!(at("7000000000"), 7_000_000_000);
        assert_eq!(at("00:00:08"), 8_000_000_000);
        assert!(instant("soon", &SPAN, clock).is_err());
    }

    #[test]
    fn windows_lie_in_the_recording() {
        let clock = WallClock::default();
        let between = |from, to| window(from, to, &SPAN, clock);
        assert_eq!(between(None, None).unwrap(), SPAN);
        assert_eq!(between(Some("1s"), Some("99s")).unwrap(), 6_000_000_000..15_000_000_000);
        assert!(between(Some("3s"), Some("2s")).is_err());
        assert!(between(Some("20s"), None).is_err());
    }

    #[test]
    fn blocks_tile_the_window() {
        let interval = |length_ns, count| Interval { length_ns, count };
        let blocks = |length_ns, count, window| interval(length_ns, count).blocks(&window);
        assert_eq!(blocks(4, None, 0..10).unwrap(), [0..4, 4..8, 8..10]);
        assert_eq!(blocks(4, Some(2), 0..10).unwrap(), [0..4, 4..8]);
        assert!(blocks(4, None, 3..3).unwrap().is_empty());
        assert!(blocks(1, None, 0..i64::MAX).is_err());
        assert_eq!(blocks(1, Some(2), 0..i64::MAX).unwrap(), [0..1, 1..2]);
        assert!(blocks(1, None, 0..10_001).is_err());
        assert_eq!(blocks(1, Some(10_001), 0..20_000).unwrap().len(), 10_001);
    }
}
