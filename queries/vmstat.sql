-- Processes, memory, swap, disk and CPU, each second.
--
-- From the counters of /proc. The first line is the average since the boot, as in the original, where the window
-- holds the first reading. Sizes are in KiB, a page taken as 4; the rest is per second or in percent of all CPUs.
--
-- group: system
-- needs: counter
-- flag: -y, --no-first -- Leave out the line since the boot.
-- arg: SECONDS FLOAT -- So many seconds for each line (default 1)
-- arg: COUNT INT -- So many lines at most.
-- column: time -- When it was read.
-- column: r "r" -- Threads that run or wait for a CPU.
-- column: b "b" -- Threads that wait for a disk.
-- column: swpd "swpd" -- Swap in use.
-- column: free "free" -- Memory nobody uses.
-- column: buff "buff" -- Buffers.
-- column: cache "cache" -- Page cache and what else can be reclaimed.
-- column: si "si" -- Swapped in.
-- column: so "so" -- Swapped out.
-- column: bi "bi" -- Read from disks.
-- column: bo "bo" -- Written to disks.
-- column: in "in" -- Interrupts.
-- column: cs "cs" -- Context switches.
-- column: us "us" -- In user mode, in percent.
-- column: sy "sy" -- In the kernel.
-- column: id "id" -- Idle.
-- column: wa "wa" -- Idle with a disk request under way.
-- column: st "st" -- Taken by the hypervisor.
-- chart: time time r b, free buff cache, bi bo si so, in cs, us sy id wa st
-- compare: mean r b swpd free buff cache si so bi bo in cs us sy id wa st with no-first
-- render: table
WITH lines AS (
    SELECT
        CASE WHEN since_boot THEN -1 ELSE ceil((ts - $from) / 1e9 / $seconds - 0.1) END AS line,
        max(ts) AS time,
        max(ts) / 1e9 - min(ts / 1e9 - seconds) AS seconds,
        last_value(value ORDER BY ts) FILTER (WHERE key = 'procs_running') AS r,
        last_value(value ORDER BY ts) FILTER (WHERE key = 'procs_blocked') AS b,
        last_value(value ORDER BY ts) FILTER (WHERE key = 'SwapTotal') AS swap_total,
        last_value(value ORDER BY ts) FILTER (WHERE key = 'SwapFree') AS swap_free,
        last_value(value ORDER BY ts) FILTER (WHERE key = 'MemFree') AS free,
        last_value(value ORDER BY ts) FILTER (WHERE key = 'Buffers') AS buff,
        last_value(value ORDER BY ts) FILTER (WHERE key = 'Cached') AS cached,
        last_value(value ORDER BY ts) FILTER (WHERE key = 'SReclaimable') AS reclaimable,
        coalesce(sum(delta) FILTER (WHERE key = 'pswpin'), 0) * 4 AS si,
        coalesce(sum(delta) FILTER (WHERE key = 'pswpout'), 0) * 4 AS so,
        coalesce(sum(delta) FILTER (WHERE key = 'pgpgin'), 0) AS bi,
        coalesce(sum(delta) FILTER (WHERE key = 'pgpgout'), 0) AS bo,
        sum(delta) FILTER (WHERE key = 'intr') AS interrupts,
        sum(delta) FILTER (WHERE key = 'ctxt') AS switches,
        sum(delta) FILTER (WHERE of_cpu AND item IN ('user', 'nice')) AS us,
        sum(delta) FILTER (WHERE of_cpu AND item IN ('system', 'irq', 'softirq')) AS sy,
        sum(delta) FILTER (WHERE of_cpu AND item = 'idle') AS id,
        sum(delta) FILTER (WHERE of_cpu AND item = 'iowait') AS wa,
        sum(delta) FILTER (WHERE of_cpu AND item = 'steal') AS st,
        -- Guests are in `user` already.
        nullif(sum(delta) FILTER (WHERE of_cpu AND item NOT LIKE 'guest%'), 0) AS ticks
    FROM (
        SELECT *, source = 'stat' AND regexp_like(owner, '^cpu[0-9]+$') AS of_cpu
        FROM counters
        WHERE source IN ('stat', 'meminfo', 'vmstat')
    )
    WHERE ts >= $from AND ts <= $to AND NOT (since_boot AND ($no_first OR $drawn))
    GROUP BY 1
)
SELECT
    time,
    r,
    b,
    swap_total - swap_free AS swpd,
    free,
    buff,
    cached + reclaimable AS cache,
    CAST(round(si / seconds) AS BIGINT) AS si,
    CAST(round(so / seconds) AS BIGINT) AS so,
    CAST(round(bi / seconds) AS BIGINT) AS bi,
    CAST(round(bo / seconds) AS BIGINT) AS bo,
    CAST(round(interrupts / seconds) AS BIGINT) AS "in",
    CAST(round(switches / seconds) AS BIGINT) AS cs,
    CAST(round(us * 100.0 / ticks) AS BIGINT) AS us,
    CAST(round(sy * 100.0 / ticks) AS BIGINT) AS sy,
    CAST(round(id * 100.0 / ticks) AS BIGINT) AS id,
    CAST(round(wa * 100.0 / ticks) AS BIGINT) AS wa,
    CAST(round(st * 100.0 / ticks) AS BIGINT) AS st
FROM lines
ORDER BY line
LIMIT $count
