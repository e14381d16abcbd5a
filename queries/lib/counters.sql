-- Counters and gauges of /proc, with what they grew by since the reading before.
--
-- The first reading of a counter has none before it: it counts from the boot on, which is where `ts` begins. A
-- counter that fell grew by 0. Made for one recording: the readings of several hosts would be taken for one's.
--
-- group: kernel
-- column: ts -- When it was read.
-- column: source -- The file.
-- column: key -- Its name in that file.
-- column: owner -- The part of the name before its first dot, such as a disk or a CPU; empty where there is no dot.
-- column: item -- The part after it, or the whole name.
-- column: value -- What was read.
-- column: delta -- What it grew by.
-- column: seconds -- In how many seconds.
-- column: rate -- What it grew by in each of them.
-- column: since_boot -- The first reading.
SELECT
    ts,
    source,
    key,
    CASE WHEN strpos(key, '.') > 0 THEN split_part(key, '.', 1) ELSE '' END AS owner,
    substr(key, strpos(key, '.') + 1) AS item,
    value,
    delta,
    (ts - before_ts) / 1e9 AS seconds,
    delta * 1e9 / nullif(ts - before_ts, 0) AS rate,
    since_boot
FROM (
    SELECT
        ts,
        source,
        key,
        value,
        greatest(value - coalesce(lag(value) OVER readings, 0), 0) AS delta,
        coalesce(lag(ts) OVER readings, 0) AS before_ts,
        lag(ts) OVER readings IS NULL AS since_boot
    FROM counter
    WINDOW readings AS (PARTITION BY source, key ORDER BY ts)
)
