-- Where the time of each CPU went, each second.
--
-- From the counters of /proc, in percent. The first report is the average since the boot, as the original prints it
-- without an interval, where the window holds the first reading.
--
-- group: system
-- needs: counter
-- flag: -P, --cpus CPUS TEXT -- These CPUs, such as 0,2; ALL for every one and their sum. Only the sum otherwise.
-- flag: -y, --no-first -- Leave out the report since the boot.
-- arg: SECONDS FLOAT -- So many seconds for each report (default 1)
-- arg: COUNT INT -- So many reports at most.
-- column: time -- When it was read.
-- column: cpu -- Which CPU, or all of them.
-- column: %usr "%usr" -- In user mode, at ordinary priority.
-- column: %nice "%nice" -- In user mode, at low priority.
-- column: %sys "%sys" -- In the kernel.
-- column: %iowait "%iowait" -- Idle with a disk request under way.
-- column: %irq "%irq" -- In hardware interrupts.
-- column: %soft "%soft" -- In software interrupts.
-- column: %steal "%steal" -- Taken by the hypervisor.
-- column: %guest "%guest" -- In virtual machines.
-- column: %gnice "%gnice" -- In virtual machines, at low priority.
-- column: %idle "%idle" -- Idle.
-- chart: time time %usr, %sys, %iowait, %soft, %steal, %idle by cpu
-- compare: mean %usr %nice %sys %iowait %irq %soft %steal %guest %gnice %idle by cpu with no-first
-- render: table
WITH readings AS (
    SELECT
        CASE WHEN since_boot THEN -1 ELSE ceil((ts - $from) / 1e9 / $seconds - 0.1) END AS line,
        ts,
        CAST(substr(owner, 4) AS BIGINT) AS cpu,
        item,
        delta
    FROM counters
    WHERE
        source = 'stat' AND regexp_like(owner, '^cpu[0-9]+$')
        AND ts >= $from AND ts <= $to AND NOT (since_boot AND ($no_first OR $drawn))
),
reports AS (
    SELECT
        line,
        CASE WHEN grouping(cpu) = 1 THEN -1 ELSE cpu END AS place,
        max(ts) AS time,
        coalesce(sum(delta) FILTER (WHERE item = 'user'), 0) AS usr,
        coalesce(sum(delta) FILTER (WHERE item = 'nice'), 0) AS nice,
        coalesce(sum(delta) FILTER (WHERE item = 'system'), 0) AS sys,
        coalesce(sum(delta) FILTER (WHERE item = 'iowait'), 0) AS iowait,
        coalesce(sum(delta) FILTER (WHERE item = 'irq'), 0) AS irq,
        coalesce(sum(delta) FILTER (WHERE item = 'softirq'), 0) AS soft,
        coalesce(sum(delta) FILTER (WHERE item = 'steal'), 0) AS steal,
        coalesce(sum(delta) FILTER (WHERE item = 'guest'), 0) AS guest,
        coalesce(sum(delta) FILTER (WHERE item = 'guest_nice'), 0) AS gnice,
        coalesce(sum(delta) FILTER (WHERE item = 'idle'), 0) AS idle,
        -- Guests are in `user` and `nice` already.
        nullif(sum(delta) FILTER (WHERE item NOT LIKE 'guest%'), 0) / 100.0 AS percent
    FROM readings
    GROUP BY GROUPING SETS ((line, cpu), (line))
),
chosen AS (
    SELECT *, dense_rank() OVER (ORDER BY line) AS number
    FROM reports
    WHERE
        CASE
            WHEN $cpus IS NULL THEN place = -1
            WHEN upper($cpus) = 'ALL' THEN TRUE
            ELSE array_has(string_to_array($cpus, ','), CAST(place AS VARCHAR))
        END
)
SELECT
    time,
    CASE WHEN place = -1 THEN 'all' ELSE CAST(place AS VARCHAR) END AS cpu,
    greatest(usr - guest, 0) / percent AS "%usr",
    greatest(nice - gnice, 0) / percent AS "%nice",
    sys / percent AS "%sys",
    iowait / percent AS "%iowait",
    irq / percent AS "%irq",
    soft / percent AS "%soft",
    steal / percent AS "%steal",
    guest / percent AS "%guest",
    gnice / percent AS "%gnice",
    idle / percent AS "%idle"
FROM chosen
WHERE $count IS NULL OR number <= $count
ORDER BY line, place
