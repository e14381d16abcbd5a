-- Disks: requests, their sizes and their waiting, each second.
--
-- The extended report (-x) of the original, from /proc/diskstats. The first report is the average since the boot, where
-- the window holds the first reading. Waits are in ms, sizes in KiB, aqu-sz is the mean number of requests under way.
--
-- group: system
-- needs: counter
-- flag: -z, --omit-idle -- Leave out disks that did nothing.
-- flag: -y, --no-first -- Leave out the report since the boot.
-- flag: -p, --partitions -- Partitions too.
-- arg: SECONDS FLOAT -- So many seconds for each report (default 1)
-- arg: COUNT INT -- So many reports at most.
-- column: time -- When it was read.
-- column: device "Device" -- Name of the disk.
-- column: r/s "r/s" -- Reads.
-- column: rkB/s "rkB/s" -- What they read.
-- column: rrqm/s "rrqm/s" -- Reads merged into others.
-- column: %rrqm "%rrqm" -- Share of reads that were merged.
-- column: r_await "r_await" -- Mean time of a read.
-- column: rareq-sz "rareq-sz" -- Mean size of a read.
-- column: w/s "w/s" -- Writes.
-- column: wkB/s "wkB/s" -- What they wrote.
-- column: wrqm/s "wrqm/s" -- Writes merged into others.
-- column: %wrqm "%wrqm" -- Share of writes that were merged.
-- column: w_await "w_await" -- Mean time of a write.
-- column: wareq-sz "wareq-sz" -- Mean size of a write.
-- column: d/s "d/s" -- Discards.
-- column: dkB/s "dkB/s" -- What they discarded.
-- column: d_await "d_await" -- Mean time of a discard.
-- column: f/s "f/s" -- Flushes.
-- column: f_await "f_await" -- Mean time of a flush.
-- column: aqu-sz "aqu-sz" -- Requests under way.
-- column: %util "%util" -- Time with any request under way.
-- chart: time time r/s, w/s, rkB/s, wkB/s, r_await, w_await, aqu-sz, %util by device
-- compare: mean r/s rkB/s rrqm/s w/s wkB/s wrqm/s d/s dkB/s f/s aqu-sz %util, mean %rrqm r_await rareq-sz over r/s, mean %wrqm w_await wareq-sz over w/s, mean d_await over d/s, mean f_await over f/s by device with no-first
-- render: table
WITH reports AS (
    SELECT
        CASE WHEN since_boot THEN -1 ELSE ceil((ts - $from) / 1e9 / $seconds - 0.1) END AS line,
        max(ts) AS time,
        owner AS device,
        max(ts) / 1e9 - min(ts / 1e9 - seconds) AS s,
        coalesce(sum(delta) FILTER (WHERE item = 'reads'), 0) AS reads,
        coalesce(sum(delta) FILTER (WHERE item = 'reads_merged'), 0) AS reads_merged,
        coalesce(sum(delta) FILTER (WHERE item = 'sectors_read'), 0) / 2.0 AS read_kb,
        coalesce(sum(delta) FILTER (WHERE item = 'read_ms'), 0) AS read_ms,
        coalesce(sum(delta) FILTER (WHERE item = 'writes'), 0) AS writes,
        coalesce(sum(delta) FILTER (WHERE item = 'writes_merged'), 0) AS writes_merged,
        coalesce(sum(delta) FILTER (WHERE item = 'sectors_written'), 0) / 2.0 AS written_kb,
        coalesce(sum(delta) FILTER (WHERE item = 'write_ms'), 0) AS write_ms,
        coalesce(sum(delta) FILTER (WHERE item = 'discards'), 0) AS discards,
        coalesce(sum(delta) FILTER (WHERE item = 'sectors_discarded'), 0) / 2.0 AS discarded_kb,
        coalesce(sum(delta) FILTER (WHERE item = 'discard_ms'), 0) AS discard_ms,
        coalesce(sum(delta) FILTER (WHERE item = 'flushes'), 0) AS flushes,
        coalesce(sum(delta) FILTER (WHERE item = 'flush_ms'), 0) AS flush_ms,
        coalesce(sum(delta) FILTER (WHERE item = 'weighted_ms'), 0) AS weighted_ms,
        coalesce(sum(delta) FILTER (WHERE item = 'busy_ms'), 0) AS busy_ms
    FROM counters
    WHERE
        source = 'diskstats' AND ts >= $from AND ts <= $to AND NOT (since_boot AND ($no_first OR $drawn))
        AND ($partitions OR owner NOT IN (SELECT name FROM disk WHERE scheduler IS NULL AND name IS NOT NULL))
    GROUP BY line, owner
),
chosen AS (
    SELECT *, dense_rank() OVER (ORDER BY line) AS number FROM reports
)
SELECT
    time,
    device,
    reads / s AS "r/s",
    read_kb / s AS "rkB/s",
    reads_merged / s AS "rrqm/s",
    coalesce(100.0 * reads_merged / nullif(reads_merged + reads, 0), 0) AS "%rrqm",
    coalesce(1.0 * read_ms / nullif(reads, 0), 0) AS "r_await",
    coalesce(read_kb / nullif(reads, 0), 0) AS "rareq-sz",
    writes / s AS "w/s",
    written_kb / s AS "wkB/s",
    writes_merged / s AS "wrqm/s",
    coalesce(100.0 * writes_merged / nullif(writes_merged + writes, 0), 0) AS "%wrqm",
    coalesce(1.0 * write_ms / nullif(writes, 0), 0) AS "w_await",
    coalesce(written_kb / nullif(writes, 0), 0) AS "wareq-sz",
    discards / s AS "d/s",
    discarded_kb / s AS "dkB/s",
    coalesce(1.0 * discard_ms / nullif(discards, 0), 0) AS "d_await",
    flushes / s AS "f/s",
    coalesce(1.0 * flush_ms / nullif(flushes, 0), 0) AS "f_await",
    weighted_ms / 1000.0 / s AS "aqu-sz",
    least(busy_ms / 10.0 / s, 100) AS "%util"
FROM chosen
WHERE
    ($count IS NULL OR number <= $count)
    AND NOT ($omit_idle AND reads + writes + discards + flushes = 0)
ORDER BY line, device
