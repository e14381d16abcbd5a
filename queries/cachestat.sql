-- Page cache hits and misses per second.
--
-- A substitute: the original counts calls of kernel functions. Here a miss is a page added to the cache beyond those
-- that were dirtied, since a write adds pages that nobody misses; and a hit is a page looked up by a read or a fault
-- beyond the misses. Pages that readahead adds before anybody asks are misses too. The counts are kept per second: an interval that does not end with a second of the
-- recording has those of the seconds that began in it. The sizes are what /proc/meminfo said last before the end of
-- the interval.
--
-- group: fs
-- needs: page_cache counter
-- flag: -T, --timestamp -- Show the time.
-- arg: INTERVAL DURATION -- Length of an interval, at least 1ms (default 1s)
-- arg: COUNT INT -- Only so many intervals.
-- column: time [--timestamp] -- Begin of the interval.
-- column: hits -- Pages that were looked up and found.
-- column: misses -- Pages that were added, beyond those dirtied.
-- column: dirties -- Pages that became dirty.
-- column: hitratio -- Hits, in percent of hits and misses.
-- column: buffers_mb -- Size of the buffers, in MiB.
-- column: cached_mb -- Size of the page cache, in MiB.
-- compare: sum hits misses dirties, mean hitratio buffers_mb cached_mb
-- render: table
-- chart: time time hits misses dirties, hitratio, buffers_mb cached_mb
WITH ticks AS (
    SELECT value AS tick
    FROM generate_series(0, ($to - $from - 1) / greatest($interval, 1000000))
    WHERE $count IS NULL OR value < $count
),
pages AS (
    SELECT
        (ts - $from) / greatest($interval, 1000000) AS tick,
        coalesce(sum(bytes) FILTER (WHERE name = 'accessed'), 0) AS accessed,
        coalesce(sum(bytes) FILTER (WHERE name = 'added'), 0) AS added,
        coalesce(sum(bytes) FILTER (WHERE name = 'dirtied'), 0) AS dirtied
    FROM rest
    WHERE source = 'page_cache' AND ts >= $from AND ts < $to
    GROUP BY 1
),
-- Of the readings up to the end of a tick the last, and one from before the window, or after it, where there is none.
readings AS (
    SELECT
        least(greatest(ts - $from - 1, 0), $to - $from - 1) / greatest($interval, 1000000) AS tick,
        last_value(value ORDER BY ts <= $to, abs($to - ts) DESC) FILTER (WHERE key = 'Buffers') / 1024 AS buffers_mb,
        last_value(value ORDER BY ts <= $to, abs($to - ts) DESC) FILTER (WHERE key = 'Cached') / 1024 AS cached_mb
    FROM counter
    WHERE source = 'meminfo' AND key IN ('Buffers', 'Cached') AND ts > $from - 2000000000 AND ts <= $to + 2000000000
    GROUP BY 1
),
nearest AS (
    SELECT
        ticks.tick,
        coalesce(
            max(readings.tick) OVER (ORDER BY ticks.tick ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
            min(readings.tick) OVER (ORDER BY ticks.tick ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
        ) AS reading
    FROM ticks LEFT JOIN readings ON ticks.tick = readings.tick
),
sums AS (
    SELECT
        tick,
        greatest(coalesce(accessed, 0) - greatest(coalesce(added, 0) - coalesce(dirtied, 0), 0), 0) AS hits,
        greatest(coalesce(added, 0) - coalesce(dirtied, 0), 0) AS misses,
        coalesce(dirtied, 0) AS dirties
    FROM ticks LEFT JOIN pages USING (tick)
    WHERE (SELECT count(*) FROM pages) > 0
)
SELECT
    $from + sums.tick * greatest($interval, 1000000) AS time,
    hits,
    misses,
    dirties,
    coalesce(100.0 * hits / nullif(hits + misses, 0), 0) AS hitratio,
    buffers_mb,
    cached_mb
FROM sums
LEFT JOIN nearest USING (tick)
LEFT JOIN readings ON nearest.reading = readings.tick
ORDER BY sums.tick
