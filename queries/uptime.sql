-- How long the host has been up, and its load averages.
--
-- The last reading in the window. The number of users is left out: logins are not recorded.
--
-- group: system
-- needs: counter
-- column: time -- When it was read.
-- column: up -- Since the boot.
-- column: load1 -- Load average over one minute.
-- column: load5 -- Over five minutes.
-- column: load15 -- Over fifteen minutes.
-- compare: mean load1 load5 load15
-- render: table
SELECT
    time,
    concat(
        CASE
            WHEN up >= 172800 THEN concat(up / 86400, ' days, ')
            WHEN up >= 86400 THEN '1 day, '
            ELSE ''
        END,
        up / 3600 % 24,
        ':',
        lpad(CAST(up / 60 % 60 AS VARCHAR), 2, '0')
    ) AS up,
    load1,
    load5,
    load15
FROM (
    SELECT
        max(ts) AS time,
        coalesce(last_value(value ORDER BY ts) FILTER (WHERE key = 'uptime') / 100, max(ts) / 1000000000) AS up,
        last_value(value ORDER BY ts) FILTER (WHERE key = 'load1') / 100.0 AS load1,
        last_value(value ORDER BY ts) FILTER (WHERE key = 'load5') / 100.0 AS load5,
        last_value(value ORDER BY ts) FILTER (WHERE key = 'load15') / 100.0 AS load15
    FROM counter
    WHERE source IN ('loadavg', 'uptime') AND ts >= $from AND ts <= $to
)
WHERE time IS NOT NULL
