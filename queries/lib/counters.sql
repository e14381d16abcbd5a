-- Counters and gauges of /proc, with what they grew by since the reading before.
--
-- The first reading of a file has none before it: it counts from the boot on, which is where `ts` begins. A key that
-- only later readings have was 0 in the one before. A counter that fell grew by 0. Made for one recording: the readings
-- of several hosts would be taken for one's.
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
-- column: since_boot -- The first reading of the file.
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
        coalesce(lag(ts) OVER readings, counter.before_ts, 0) AS before_ts,
        counter.before_ts IS NULL AS since_boot
    FROM (
        SELECT
            *,
            max(ts) OVER (PARTITION BY source ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                AS before_ts
        FROM counter
    ) AS counter
    WINDOW readings AS (PARTITION BY source, key ORDER BY ts)
)
