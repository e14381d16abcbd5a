-- Single waits for a CPU that took longer than a threshold.
--
-- From the wakeup, the birth or the preemption to the moment the thread got a CPU. With -P, also the thread
-- that left that CPU just then and probably held it; empty where the CPU was idle.
--
-- group: sched
-- needs: wait
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -t, --tid TID INT -- Only this thread.
-- flag: -P, --previous -- Show the thread that left the CPU.
-- arg: MIN_US INT -- Shortest wait to show, in microseconds (default 10000)
-- column: time -- When it got the CPU.
-- column: comm -- Name.
-- column: tid -- Thread id.
-- column: lat_us -- How long it waited.
-- column: prev_comm "PREV COMM" [--previous] -- Name of the thread that left the CPU.
-- column: prev_tid "PREV TID" [--previous] -- Its thread id.
-- compare: rows, mean lat_us by comm prev_comm
-- render: table
-- chart: heatmap time lat_us
WITH queued AS (
    SELECT
        on_ts,
        on_cpu,
        comm,
        tid,
        (on_ts - runnable_ts(coalesce(off_ts, woken_ts), woken_ts, on_ts, state <> 0 AND NOT preempted AND off_ts IS NOT NULL))
        / 1000 AS lat_us
    FROM wait
    WHERE
        on_ts > $from AND on_ts <= $to
        AND state & 128 = 0
        AND (
            (off_ts IS NULL AND woken_ts IS NOT NULL)
            OR (off_ts IS NOT NULL AND (preempted OR state = 0 OR off_ts - woken_ts <= 1000000))
        )
        AND ($pid IS NULL OR pid = $pid)
        AND ($tid IS NULL OR tid = $tid)
),
slow AS (
    SELECT * FROM queued WHERE lat_us >= $min_us
)
SELECT
    slow.on_ts AS time,
    slow.comm AS comm,
    slow.tid AS tid,
    slow.lat_us AS lat_us,
    prev.comm AS prev_comm,
    prev.tid AS prev_tid
FROM slow
LEFT JOIN (SELECT off_ts, off_cpu, comm, tid FROM wait WHERE $previous AND off_ts IS NOT NULL AND NOT open) AS prev
    ON slow.on_ts = prev.off_ts AND slow.on_cpu = prev.off_cpu
ORDER BY slow.on_ts, slow.tid
