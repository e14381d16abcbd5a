-- Load averages, each second.
--
-- Over one, five and fifteen minutes, as /proc/loadavg shows them: in hundredths. They count threads that run, wait
-- for a CPU, or sleep uninterruptibly.
--
-- group: kernel
-- needs: counter
-- column: time -- When.
-- column: load1 -- Over one minute.
-- column: load5 -- Over five minutes.
-- column: load15 -- Over fifteen minutes.
-- compare: mean load1 load5 load15
-- render: table
-- chart: time time load1 load5 load15
SELECT
    ts AS time,
    max(value) FILTER (WHERE key = 'load1') / 100.0 AS load1,
    max(value) FILTER (WHERE key = 'load5') / 100.0 AS load5,
    max(value) FILTER (WHERE key = 'load15') / 100.0 AS load15
FROM counter
WHERE ts >= $from AND ts <= $to AND source = 'loadavg'
GROUP BY ts
ORDER BY ts
