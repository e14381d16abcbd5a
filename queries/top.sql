-- The processes that used the CPUs most.
--
-- Exact, from when their threads got and left their CPUs, over all of the window. S is the state at its end. Priorities
-- and the memory of processes are left out: they are not recorded.
--
-- group: system
-- needs: wait
-- flag: -H, --threads -- One line per thread.
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -U, --uid UID INT -- Only this user.
-- flag: -r, --maxrows ROWS INT -- So many lines at most (default 20)
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: pid -- Process id.
-- column: tid [--threads] -- Thread id.
-- column: user -- User id.
-- column: s -- R where a thread runs or waits for a CPU; else D, S or what ps shows.
-- column: %cpu -- On a CPU, in percent of one.
-- column: time_s -- The same in seconds.
-- column: command -- Name; of a process, that of its main thread, or else of the first.
-- compare: sum time_s by command with maxrows
-- render: table
WITH pieces AS (
    SELECT
        thread,
        overlap_ns(off_ts - ran_ns, off_ts, $from, $to) AS ran,
        coalesce(off_ts, woken_ts, on_ts) AS at,
        -- A main thread that slept through it all still names its process.
        CASE WHEN state & 128 <> 0 THEN off_ts > $from ELSE coalesce(on_ts > $from, TRUE) END
        AND coalesce(off_ts - coalesce(ran_ns, 0), woken_ts, on_ts, start_of(thread)) < $to AS seen,
        CASE
            WHEN coalesce(off_ts, woken_ts, on_ts) > $to THEN NULL
            WHEN state & 128 <> 0 THEN 'Z'
            WHEN on_ts <= $to OR woken_ts <= $to THEN 'R'
            ELSE task_state(state, preempted)
        END AS s
    FROM wait
    WHERE (off_ts IS NULL OR off_ts - coalesce(ran_ns, 0) < $to) AND ($pid IS NULL OR pid = $pid)
),
times AS (
    SELECT
        thread,
        coalesce(sum(ran), 0) AS ran,
        bool_or(seen) AS seen,
        coalesce(last_value(s ORDER BY at) FILTER (WHERE s IS NOT NULL), 'R') AS s
    FROM pieces
    GROUP BY thread
),
users AS (
    SELECT thread, last_value(uid ORDER BY ts) AS uid FROM thread GROUP BY thread
),
named AS (
    SELECT
        coalesce(threads.pid, 0) AS pid,
        CASE WHEN $threads THEN coalesce(threads.tid, 0) END AS tid,
        threads.tid IS DISTINCT FROM threads.pid AS follows,
        coalesce(threads.comm, '') AS comm,
        users.uid,
        times.*
    FROM times
    LEFT JOIN threads ON threads.thread = times.thread
    LEFT JOIN users ON users.thread = times.thread
    WHERE seen OR ran > 0
),
grouped AS (
    SELECT
        pid,
        tid,
        first_value(uid ORDER BY follows, thread) AS uid,
        first_value(comm ORDER BY follows, thread) AS command,
        first_value(s ORDER BY ran = 0, s <> 'R', s <> 'D', follows, thread) AS s,
        sum(ran) AS ran
    FROM named
    GROUP BY pid, tid
    HAVING sum(ran) > 0
)
SELECT
    pid,
    tid,
    uid AS user,
    s,
    ran * 100.0 / ($to - $from) AS "%cpu",
    ran / 1e9 AS time_s,
    command
FROM grouped
WHERE $uid IS NULL OR uid = $uid
ORDER BY ran DESC, pid, tid
LIMIT $maxrows
