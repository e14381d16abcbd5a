-- How long threads stayed on a CPU, as a histogram.
--
-- Each run, from getting a CPU to leaving it, counts once; a preempted thread makes several short runs. With
-- --offcpu, the time off the CPU instead, run-queue time included. Idle time is not recorded.
--
-- group: sched
-- needs: wait
-- flag: -O, --offcpu -- Time off the CPU instead of on it.
-- flag: -m, --milliseconds -- Milliseconds instead of microseconds.
-- flag: -P, --pids -- A histogram per process.
-- flag: -L, --tids -- A histogram per thread.
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -e, --extension -- Average, total and count below each histogram.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: pid [--pids] -- Process id.
-- column: tid [--tids] -- Thread id.
-- column: comm -- Name; of a process, that of its main thread where it is among them, or else of the first.
-- column: unit -- The chosen unit.
-- column: bucket -- Lower edge of the bucket, in that unit.
-- column: count -- Runs that fell in it.
-- column: total [--extension] -- Sum of all runs of the histogram, in that unit.
-- compare: by comm
-- render: histogram
WITH counts AS (
    SELECT
        CASE WHEN $pids OR $tids THEN thread END AS thread,
        log2_bucket(
            CASE WHEN $offcpu THEN on_ts - off_ts ELSE ran_ns END / CASE WHEN $milliseconds THEN 1000000 ELSE 1000 END
        ) AS bucket,
        count(*) AS count,
        sum(CASE WHEN $offcpu THEN on_ts - off_ts ELSE ran_ns END) AS ns
    FROM wait
    WHERE
        CASE WHEN $offcpu THEN on_ts ELSE off_ts END > $from
        AND CASE WHEN $offcpu THEN on_ts ELSE off_ts END <= $to
        AND CASE WHEN $offcpu THEN on_ts >= off_ts AND state & 128 = 0 ELSE ran_ns IS NOT NULL END
        -- A run that goes on at the stop has no length yet.
        AND NOT (open AND off_cpu IS NULL)
        AND ($pid IS NULL OR pid = $pid)
    GROUP BY 1, 2
),
named AS (
    SELECT
        CASE WHEN $pids THEN threads.pid END AS pid,
        CASE WHEN $tids AND NOT $pids THEN threads.tid END AS tid,
        first_value(comm) OVER (
            PARTITION BY CASE WHEN $pids THEN threads.pid ELSE threads.tid END
            ORDER BY threads.tid IS DISTINCT FROM threads.pid, thread
        ) AS comm,
        bucket,
        count,
        ns
    FROM counts LEFT JOIN threads USING (thread)
),
sections AS (
    SELECT
        pid,
        tid,
        min(comm) AS comm,
        bucket,
        sum(count) AS count,
        sum(ns) AS ns
    FROM named
    GROUP BY pid, tid, bucket
)
SELECT
    pid,
    tid,
    CASE WHEN $pids OR $tids THEN comm END AS comm,
    CASE WHEN $milliseconds THEN 'msecs' ELSE 'usecs' END AS unit,
    bucket,
    count,
    CASE
        WHEN $extension
            THEN sum(ns) OVER (PARTITION BY pid, tid) / CASE WHEN $milliseconds THEN 1000000 ELSE 1000 END
    END AS total
FROM sections
ORDER BY pid, tid, bucket
