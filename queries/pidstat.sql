-- CPU time of each process, and its waiting for a CPU.
--
-- Exact, from when its threads got and left their CPUs; only the division into user and kernel is that of the CPU
-- samples, and empty where there are none. In percent of one CPU, over the interval or all of the window; the busiest
-- first, unlike the original.
--
-- group: system
-- needs: wait
-- flag: -t, --threads -- One line per thread.
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -C, --command NAME TEXT -- Only where the name contains this.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: uid -- User id.
-- column: pid -- Process id.
-- column: tid [--threads] -- Thread id.
-- column: %usr "%usr" -- In user mode.
-- column: %system "%system" -- In the kernel.
-- column: %wait "%wait" -- Waiting for a CPU.
-- column: %cpu "%CPU" -- On a CPU.
-- column: cpu -- The CPU it left last.
-- column: command "Command" -- Name; of a process, that of its main thread, or else of the first.
-- chart: time interval %cpu, %wait by command
-- compare: rate %cpu %usr %system %wait by command
-- render: table
WITH pieces AS (
    SELECT
        thread,
        off_ts,
        off_cpu,
        -- A main thread that slept through it all still names its process.
        CASE WHEN state & 128 <> 0 THEN off_ts > $from ELSE coalesce(on_ts > $from, TRUE) END
        AND coalesce(off_ts - coalesce(ran_ns, 0), woken_ts, on_ts, start_of(thread)) < $to AS seen,
        overlap_ns(off_ts - ran_ns, off_ts, $from, $to) AS ran,
        overlap_ns(
            CASE
                WHEN off_ts IS NULL THEN coalesce(woken_ts, on_ts)
                ELSE runnable_ts(off_ts, woken_ts, CASE WHEN open THEN stop_of(thread) ELSE on_ts END, state <> 0 AND NOT preempted)
            END,
            CASE WHEN state & 128 <> 0 THEN NULL WHEN open THEN stop_of(thread) ELSE on_ts END,
            $from,
            $to
        ) AS waited
    FROM wait
    WHERE
        (on_ts IS NULL OR on_ts > $from) AND (off_ts IS NULL OR off_ts - coalesce(ran_ns, 0) < $to)
        AND ($pid IS NULL OR pid = $pid)
),
times AS (
    SELECT
        thread,
        bool_or(seen) AS seen,
        coalesce(sum(ran), 0) AS ran,
        coalesce(sum(waited), 0) AS waited,
        max(off_ts) AS off_ts,
        last_value(off_cpu ORDER BY off_ts) FILTER (WHERE ran > 0 AND off_cpu IS NOT NULL) AS cpu
    FROM pieces
    GROUP BY thread
),
samples AS (
    SELECT thread, count(*) AS taken, count(*) FILTER (WHERE kstack IS NULL) AS in_user
    FROM sample
    WHERE ts > $from AND ts <= $to
    GROUP BY thread
),
users AS (
    SELECT thread, last_value(uid ORDER BY ts) AS uid FROM thread GROUP BY thread
),
named AS (
    SELECT
        users.uid,
        coalesce(threads.pid, 0) AS pid,
        CASE WHEN $threads THEN coalesce(threads.tid, 0) END AS tid,
        threads.tid IS DISTINCT FROM threads.pid AS follows,
        coalesce(threads.comm, '') AS comm,
        times.*,
        coalesce(samples.taken, 0) AS taken,
        coalesce(samples.in_user, 0) AS in_user
    FROM times
    LEFT JOIN threads ON threads.thread = times.thread
    LEFT JOIN users ON users.thread = times.thread
    LEFT JOIN samples ON samples.thread = times.thread
    WHERE seen OR ran > 0 OR waited > 0
),
grouped AS (
    SELECT
        pid,
        tid,
        first_value(uid ORDER BY follows, thread) AS uid,
        first_value(comm ORDER BY follows, thread) AS command,
        sum(ran) * 100.0 / ($to - $from) AS busy,
        sum(waited) * 100.0 / ($to - $from) AS waited,
        1.0 * sum(in_user) / nullif(sum(taken), 0) AS in_user,
        last_value(cpu ORDER BY off_ts) FILTER (WHERE cpu IS NOT NULL) AS cpu
    FROM named
    GROUP BY pid, tid
    HAVING sum(ran) > 0 OR sum(waited) > 0
)
SELECT
    uid,
    pid,
    tid,
    busy * in_user AS "%usr",
    busy * (1 - in_user) AS "%system",
    waited AS "%wait",
    busy AS "%cpu",
    cpu,
    command
FROM grouped
WHERE $command IS NULL OR strpos(command, $command) > 0
ORDER BY busy DESC, waited DESC, pid, tid
