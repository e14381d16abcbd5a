-- Scheduler run queue latency as a histogram.
--
-- How long threads waited for a CPU, per power of two: from the wakeup, the birth or the preemption to the
-- moment they got one. Waits whose begin was not recorded are left out.
--
-- group: sched
-- needs: wait
-- flag: -m, --milliseconds -- Milliseconds instead of microseconds.
-- flag: -P, --pids -- A histogram per process.
-- flag: -L, --tids -- A histogram per thread.
-- flag: --pidnss -- A histogram per PID namespace.
-- flag: -p, --pid PID INT -- Only this process.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: pidns [--pidnss] -- PID namespace.
-- column: pid [--pids] -- Process id.
-- column: tid [--tids] -- Thread id.
-- column: comm -- Name; of a process, that of its main thread where it is among them, or else of the first.
-- column: unit -- The chosen unit.
-- column: bucket -- Lower edge of the bucket, in that unit.
-- column: count -- Waits that fell in it.
-- compare: by pidns comm
-- render: histogram
WITH counts AS (
    SELECT
        CASE WHEN $pids OR $tids OR $pidnss THEN thread END AS thread,
        log2_bucket(
            (on_ts - runnable_ts(coalesce(off_ts, woken_ts), woken_ts, on_ts, state <> 0 AND NOT preempted AND off_ts IS NOT NULL))
            / CASE WHEN $milliseconds THEN 1000000 ELSE 1000 END
        ) AS bucket,
        count(*) AS count
    FROM wait
    WHERE
        on_ts > $from AND on_ts <= $to
        AND state & 128 = 0
        AND (
            (off_ts IS NULL AND woken_ts IS NOT NULL)
            OR (off_ts IS NOT NULL AND (preempted OR state = 0 OR off_ts - woken_ts <= 1000000))
        )
        AND ($pid IS NULL OR pid = $pid)
    GROUP BY 1, 2
),
named AS (
    SELECT
        CASE WHEN $pidnss THEN threads.pid_ns END AS pidns,
        CASE WHEN $pids AND NOT $pidnss THEN threads.pid END AS pid,
        CASE WHEN $tids AND NOT $pids AND NOT $pidnss THEN threads.tid END AS tid,
        first_value(comm) OVER (
            PARTITION BY CASE WHEN $pids THEN threads.pid ELSE threads.tid END
            ORDER BY threads.tid IS DISTINCT FROM threads.pid, thread
        ) AS comm,
        bucket,
        count
    FROM counts LEFT JOIN threads USING (thread)
),
sections AS (
    SELECT
        pidns,
        pid,
        tid,
        min(comm) AS comm,
        bucket,
        sum(count) AS count
    FROM named
    GROUP BY pidns, pid, tid, bucket
)
SELECT
    pidns,
    pid,
    tid,
    CASE WHEN ($pids OR $tids) AND NOT $pidnss THEN comm END AS comm,
    CASE WHEN $milliseconds THEN 'msecs' ELSE 'usecs' END AS unit,
    bucket,
    count
FROM sections
ORDER BY pidns, pid, tid, bucket
