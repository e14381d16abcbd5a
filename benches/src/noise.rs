//! What the times of waits would take on disk, each in an ideal code of its own.

use std::path::Path;

use anyhow::{Context, Result};

use crate::child;
use crate::place::Place;

/// The four times of a wait as steps: since the thread last left, off the CPU, in the run queue, on the
/// CPU. A step takes the digits below its power of two, which are noise, and what it takes to say
/// which power it is: the entropy of the powers.
const BYTES: &str = "
WITH step AS (
    SELECT 1 AS what, off_ts - lag(off_ts) OVER (PARTITION BY thread ORDER BY seq) AS ns FROM wait
    UNION ALL SELECT 2, on_ts - off_ts FROM wait
    UNION ALL SELECT 3, on_ts - woken_ts FROM wait
    UNION ALL SELECT 4, ran_ns FROM wait
), power AS (
    SELECT what, floor(log2(ns + 1)) AS digits, count(*) AS steps
    FROM step WHERE ns >= 0 GROUP BY what, digits
), share AS (
    SELECT steps, digits + log2(CAST(sum(steps) OVER (PARTITION BY what) AS DOUBLE) / steps) AS bits
    FROM power
)
SELECT sum(steps * bits) / 8 / (SELECT count(*) FROM wait) FROM share";

/// Bytes for each wait, if an ideal code wrote each of its times.
pub fn bytes_per_wait(place: &Place, recording: &Path) -> Result<f64> {
    let mut command = place.program("afterwake")?;
    command.arg("sql").arg(recording).arg(BYTES).args(["--format", "csv"]);
    let (_, said) = child::run(&mut command)?;
    said.lines().nth(1).and_then(|line| line.parse().ok()).context("a number")
}
