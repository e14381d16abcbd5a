-- Memory and swap, used and free.
--
-- The last reading of /proc/meminfo in the window, in KiB. Used is what is not available, as in the current original.
--
-- group: system
-- needs: counter
-- flag: -b, --bytes -- Bytes.
-- flag: -m, --mebi -- MiB.
-- flag: -g, --gibi -- GiB.
-- flag: -w, --wide -- Buffers and cache apart.
-- column: kind "" -- Memory or swap.
-- column: total "total" -- All there is.
-- column: used "used" -- In use.
-- column: free "free" -- Used by nobody.
-- column: shared "shared" -- Of tmpfs and shared memory.
-- column: buff/cache "buff/cache" [not --wide] -- Buffers, page cache and what else can be reclaimed.
-- column: buffers "buffers" [--wide] -- Buffers.
-- column: cache "cache" [--wide] -- Page cache and what else can be reclaimed.
-- column: available "available" -- What new programs could have without swapping.
-- compare: rate total used free shared buff/cache buffers cache available by kind
-- render: table
WITH last AS (
    SELECT key, last_value(value ORDER BY ts) AS value
    FROM counter
    WHERE source = 'meminfo' AND ts >= $from AND ts <= $to
    GROUP BY key
),
memory AS (
    SELECT
        max(value) FILTER (WHERE key = 'MemTotal') AS total,
        max(value) FILTER (WHERE key = 'MemFree') AS free,
        max(value) FILTER (WHERE key = 'MemAvailable') AS available,
        max(value) FILTER (WHERE key = 'Shmem') AS shared,
        max(value) FILTER (WHERE key = 'Buffers') AS buffers,
        max(value) FILTER (WHERE key = 'Cached') + max(value) FILTER (WHERE key = 'SReclaimable') AS cache,
        max(value) FILTER (WHERE key = 'SwapTotal') AS swap_total,
        max(value) FILTER (WHERE key = 'SwapFree') AS swap_free
    FROM last
),
lines AS (
    SELECT 1 AS line, 'Mem:' AS kind, total, total - available AS used, free, shared, buffers, cache, available
    FROM memory
    UNION ALL
    SELECT 2, 'Swap:', swap_total, swap_total - swap_free, swap_free, NULL, NULL, NULL, NULL
    FROM memory
),
unit AS (
    SELECT
        *,
        CASE WHEN $bytes THEN 1024 ELSE 1 END AS times,
        CASE WHEN $bytes THEN 1 WHEN $mebi THEN 1024 WHEN $gibi THEN 1048576 ELSE 1 END AS by
    FROM lines
)
SELECT
    kind,
    total * times / by AS total,
    used * times / by AS used,
    free * times / by AS free,
    shared * times / by AS shared,
    (buffers + cache) * times / by AS "buff/cache",
    buffers * times / by AS buffers,
    cache * times / by AS cache,
    available * times / by AS available
FROM unit
WHERE total IS NOT NULL
ORDER BY line
