//! When something is not known: the stretches in which a thread may have run on any CPU without a row that tells it.

use std::ops::Range;

use anyhow::Result;

use crate::export::Export;
use crate::export::rows::each;

/// From the last that a row tells to the first that the next one tells, where the two do not meet; and runs on a CPU
/// that is not known.
const GAPS: &str = "WITH told AS (
    SELECT
        open OR state & 128 <> 0 AS complete,
        on_ts,
        coalesce(on_ts, greatest(off_ts, woken_ts)) AS told_ts,
        off_ts - ran_ns AS run_ts,
        off_ts,
        off_cpu,
        lag(on_ts) OVER one_by_one AS before_ts,
        lead(off_ts - ran_ns) OVER one_by_one AS next_run_ts,
        lead(coalesce(off_ts - ran_ns, off_ts, woken_ts, on_ts)) OVER one_by_one AS next_ts
    FROM wait
    WINDOW one_by_one AS (PARTITION BY thread ORDER BY seq)
)
SELECT begin_ts, end_ts FROM (
    SELECT
        CASE WHEN run THEN run_ts ELSE told_ts END AS begin_ts,
        CASE WHEN run THEN off_ts ELSE coalesce(next_ts, $stop) END AS end_ts
    FROM told CROSS JOIN (VALUES (FALSE), (TRUE)) AS sides (run)
    WHERE (run AND off_cpu IS NULL AND run_ts IS DISTINCT FROM before_ts)
        OR (NOT run AND NOT complete AND (on_ts IS NULL OR next_run_ts IS DISTINCT FROM on_ts))
)
ORDER BY begin_ts";

/// Stretches in the order of time that neither overlap nor touch.
#[derive(Debug, Default)]
pub struct Unknown(Vec<Range<i64>>);

impl Unknown {
    pub fn read(export: &Export<'_>) -> Result<Self> {
        let mut unknown = Self::default();
        each(export.session, &export.sql(GAPS), |row| {
            if let (Some(begin), Some(end)) = (row.number(0), row.number(1)) {
                unknown.add(begin..end);
            }
            Ok(())
        })?;
        Ok(unknown)
    }

    /// Adds one that does not begin before those that were added.
    fn add(&mut self, stretch: Range<i64>) {
        match self.0.last_mut() {
            _ if stretch.is_empty() => {}
            Some(last) if stretch.start <= last.end => last.end = last.end.max(stretch.end),
            _ => self.0.push(stretch),
        }
    }

    /// A stretch divided into parts, with whether each is unknown.
    pub fn divide(&self, stretch: Range<i64>) -> Vec<(Range<i64>, bool)> {
        let mut parts = Vec::new();
        let mut at = stretch.start;
        let first = self.0.partition_point(|gap| gap.end <= stretch.start);
        for gap in self.0[first..].iter().take_while(|gap| gap.start < stretch.end) {
            if gap.start > at {
                parts.push((at..gap.start, false));
            }
            let end = gap.end.min(stretch.end);
            parts.push((gap.start.max(at)..end, true));
            at = end;
        }
        if at < stretch.end {
            parts.push((at..stretch.end, false));
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_divided() {
        let mut unknown = Unknown::default();
        [5..5, 10..20, 15..18, 20..25, 40..50].into_iter().for_each(|gap| unknown.add(gap));
        assert_eq!(unknown.0, [10..25, 40..50]);
        assert_eq!(unknown.divide(0..10), [(0..10, false)]);
        assert_eq!(unknown.divide(12..14), [(12..14, true)]);
        let all = [(0..10, false), (10..25, true), (25..40, false), (40..45, true)];
        assert_eq!(unknown.divide(0..45), all);
        assert_eq!(unknown.divide(25..30), [(25..30, false)]);
        assert!(unknown.divide(7..7).is_empty());
    }
}
