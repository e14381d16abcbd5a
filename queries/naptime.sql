-- Threads that sleep because they asked to.
--
-- The calls nanosleep and clock_nanosleep, when they were called and for how long. Of a sleep until an instant it is
-- known how long it lasted, once it was over. The name of a parent that did nothing during the recording is not known.
--
-- group: process
-- needs: misc
-- column: time -- When.
-- column: ppid -- Parent process id.
-- column: pcomm -- Name of the parent.
-- column: pid -- Process id.
-- column: comm -- Name.
-- column: seconds -- How long it asked to sleep.
-- compare: rows, sum seconds by pcomm comm
-- render: table
WITH naps AS (
    SELECT
        ts,
        thread,
        tid,
        pid,
        comm,
        -- TIMER_ABSTIME
        CASE WHEN name = 'clock_nanosleep' AND second & 1 = 1 THEN duration_ns ELSE first END AS ns
    FROM misc
    JOIN (SELECT DISTINCT number, name FROM syscall WHERE name IN ('nanosleep', 'clock_nanosleep')) ON syscall = number
    WHERE ts >= $from AND ts < $to AND first > 0
),
processes AS (
    SELECT pid, last_value(comm ORDER BY ts) AS comm
    FROM thread
    WHERE tid = pid
    GROUP BY pid
)
SELECT
    ts AS time,
    coalesce(threads.ppid, 0) AS ppid,
    coalesce(processes.comm, '') AS pcomm,
    naps.pid,
    naps.comm,
    ns / 1e9 AS seconds
FROM naps
LEFT JOIN threads ON naps.thread = threads.thread
LEFT JOIN processes ON threads.ppid = processes.pid
ORDER BY ts, naps.tid
