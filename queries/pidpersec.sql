-- New processes and threads per second.
--
-- Threads count as well as processes, as in the original.
--
-- group: process
-- needs: fork
-- column: time -- End of the second.
-- column: pids_per_sec "PIDs/sec" -- How many were created in it.
-- compare: mean pids_per_sec
-- render: table
-- chart: time time pids_per_sec
WITH forks AS (
    SELECT $from + (ts - $from) / 1000000000 * 1000000000 AS begin_ts, count(*) AS count
    FROM fork
    WHERE ts >= $from AND ts < $to
    GROUP BY 1
),
seconds AS (
    SELECT unnest(range($from, $to, 1000000000)) AS begin_ts
    WHERE EXISTS (SELECT 1 FROM forks)
)
SELECT least(begin_ts + 1000000000, $to) AS time, coalesce(count, 0) AS pids_per_sec
FROM seconds LEFT JOIN forks USING (begin_ts)
ORDER BY begin_ts
