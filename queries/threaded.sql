-- CPU samples of each thread, per second.
--
-- Whether the threads of a program share its work. Samples divided by the frequency of the recording are CPU-seconds.
--
-- group: cpu
-- needs: sample
-- arg: PID INT -- Only this process.
-- column: time -- End of the second.
-- column: comm -- Name.
-- column: tid -- Thread id.
-- column: count -- Samples that found it running.
-- compare: sum count by comm
-- render: table
-- chart: time time count by tid
WITH counts AS (
    SELECT (ts - $from) / 1000000000 AS second, thread, count(*) AS count
    FROM sample
    WHERE ts >= $from AND ts < $to AND ($pid IS NULL OR pid = $pid)
    GROUP BY 1, 2
)
SELECT
    least($from + (second + 1) * 1000000000, $to) AS time,
    coalesce(comm, '') AS comm,
    coalesce(tid, 0) AS tid,
    count
FROM counts LEFT JOIN threads USING (thread)
ORDER BY second, count, tid, thread
