-- Where the time of each process or thread went, by thread state.
--
-- The times of a row sum exactly to the span of its threads: from birth or the begin of the recording to death
-- or its end. Sums are thread-seconds: a process of ten threads has ten seconds to spend in every second.
-- Unknown is the time before a thread was first seen, lost what was not recorded in between.
--
-- group: sched
-- needs: wait
-- flag: -t, --threads -- One row per thread.
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -b, --blocked -- Divide the blocked time by kind of sleep.
-- flag: -n, --nanoseconds -- Exact nanoseconds instead of seconds.
-- column: pid -- Process id.
-- column: tid [--threads] -- Thread id.
-- column: comm -- Name; of a process, that of its main thread, or else of the first.
-- column: threads [not --threads] -- How many threads.
-- column: span_s -- Thread-seconds between birth and death, within the window.
-- column: running_ns [--nanoseconds] -- On a CPU.
-- column: runnable_ns [--nanoseconds] -- Woken or new, and waiting for a CPU.
-- column: preempted_ns [--nanoseconds] -- Pushed off a CPU, and waiting for one.
-- column: blocked_ns [--nanoseconds] -- Asleep.
-- column: unknown_ns [--nanoseconds] -- Before it was first seen.
-- column: lost_ns [--nanoseconds] -- Not recorded.
-- column: running_s [not --nanoseconds] -- On a CPU.
-- column: runnable_s [not --nanoseconds] -- Woken or new, and waiting for a CPU.
-- column: preempted_s [not --nanoseconds] -- Pushed off a CPU, and waiting for one.
-- column: blocked_s [not --nanoseconds] -- Asleep.
-- column: unknown_s [not --nanoseconds] -- Before it was first seen.
-- column: lost_s [not --nanoseconds] -- Not recorded.
-- column: sleep_s [--blocked] -- Of the blocked time: interruptible (S).
-- column: disk_s [--blocked] -- Of the blocked time: uninterruptible for a disk (D, io).
-- column: uninterruptible_s [--blocked] -- Of the blocked time: uninterruptible for something else (D).
-- column: other_s [--blocked] -- Of the blocked time: stopped, traced, parked, or an idle kernel thread (T, t, P, I).
-- compare: sum span_s running_s runnable_s preempted_s blocked_s unknown_s lost_s running_ns runnable_ns preempted_ns blocked_ns unknown_ns lost_ns sleep_s disk_s uninterruptible_s other_s by comm
-- render: table
WITH seen AS (
    SELECT
        * EXCEPT (off_ts),
        -- Asleep at the stop and never seen before: it slept through all of it.
        CASE WHEN open AND state <> 0 AND woken_ts IS NULL THEN coalesce(off_ts, start_of(thread)) ELSE off_ts END AS off_ts
    FROM wait
    WHERE ($pid IS NULL OR pid = $pid)
),
told AS (
    SELECT
        thread,
        state,
        iowait,
        state <> 0 AND NOT preempted AS voluntary,
        off_ts,
        off_ts - ran_ns AS ran_ts,
        CASE WHEN born THEN woken_ts END AS birth_ts,
        CASE WHEN state & 128 <> 0 THEN off_ts END AS death_ts,
        coalesce(off_ts - coalesce(ran_ns, 0), woken_ts, on_ts) AS first_ts,
        CASE WHEN state & 128 <> 0 THEN off_ts WHEN open THEN stop_of(thread) ELSE coalesce(on_ts, off_ts) END AS last_ts,
        CASE
            WHEN off_ts IS NULL THEN coalesce(woken_ts, on_ts)
            ELSE runnable_ts(off_ts, woken_ts, CASE WHEN open THEN stop_of(thread) ELSE on_ts END, state <> 0 AND NOT preempted)
        END AS runnable_ts,
        CASE WHEN state & 128 <> 0 THEN NULL WHEN open THEN stop_of(thread) ELSE on_ts END AS end_ts
    FROM seen
),
pieces AS (
    SELECT
        *,
        overlap_ns(off_ts, runnable_ts, $from, $to) AS slept_ns,
        overlap_ns(runnable_ts, end_ts, $from, $to) AS waited_ns
    FROM told
),
sums AS (
    SELECT
        thread,
        coalesce(sum(overlap_ns(ran_ts, off_ts, $from, $to)), 0) AS running_ns,
        coalesce(sum(waited_ns) FILTER (WHERE voluntary OR off_ts IS NULL), 0) AS runnable_ns,
        coalesce(sum(waited_ns) FILTER (WHERE NOT voluntary AND off_ts IS NOT NULL), 0) AS preempted_ns,
        coalesce(sum(slept_ns) FILTER (WHERE end_ts IS NOT NULL), 0) AS blocked_ns,
        coalesce(sum(slept_ns) FILTER (WHERE end_ts IS NOT NULL AND state & 1 <> 0), 0) AS sleep_ns,
        coalesce(sum(slept_ns) FILTER (WHERE end_ts IS NOT NULL AND state & 1027 = 2 AND iowait), 0) AS disk_ns,
        coalesce(sum(slept_ns) FILTER (WHERE end_ts IS NOT NULL AND state & 1027 = 2 AND NOT iowait), 0) AS uninterruptible_ns,
        greatest(coalesce(min(birth_ts), start_of(thread)), $from) AS begin_ts,
        least(coalesce(max(death_ts), stop_of(thread)), $to) AS end_ts,
        least(greatest(coalesce(min(first_ts), stop_of(thread)), $from), $to) AS first_ts,
        least(greatest(coalesce(max(last_ts) FILTER (WHERE first_ts IS NOT NULL), stop_of(thread)), $from), $to) AS last_ts
    FROM pieces
    GROUP BY thread
),
lives AS (
    SELECT
        *,
        end_ts - begin_ts AS span_ns,
        greatest(first_ts - begin_ts, 0) + greatest(end_ts - last_ts, 0) AS unknown_ns
    FROM sums
    WHERE end_ts > begin_ts
),
named AS (
    SELECT
        coalesce(threads.pid, 0) AS pid,
        CASE WHEN $threads THEN coalesce(threads.tid, 0) END AS tid,
        lives.*,
        threads.tid IS DISTINCT FROM threads.pid AS follows,
        coalesce(threads.comm, '[unknown]') AS comm
    FROM lives LEFT JOIN threads USING (thread)
),
grouped AS (
    SELECT
        pid,
        tid,
        first_value(comm ORDER BY follows, thread) AS comm,
        count(*) AS threads,
        sum(span_ns) AS span_ns,
        sum(running_ns) AS running_ns,
        sum(runnable_ns) AS runnable_ns,
        sum(preempted_ns) AS preempted_ns,
        sum(blocked_ns) AS blocked_ns,
        sum(unknown_ns) AS unknown_ns,
        sum(span_ns - running_ns - runnable_ns - preempted_ns - blocked_ns - unknown_ns) AS lost_ns,
        sum(sleep_ns) AS sleep_ns,
        sum(disk_ns) AS disk_ns,
        sum(uninterruptible_ns) AS uninterruptible_ns
    FROM named
    GROUP BY pid, tid, CASE WHEN $threads THEN thread END
)
SELECT
    pid,
    tid,
    comm,
    threads,
    span_ns / 1e9 AS span_s,
    running_ns,
    runnable_ns,
    preempted_ns,
    blocked_ns,
    unknown_ns,
    lost_ns,
    running_ns / 1e9 AS running_s,
    runnable_ns / 1e9 AS runnable_s,
    preempted_ns / 1e9 AS preempted_s,
    blocked_ns / 1e9 AS blocked_s,
    unknown_ns / 1e9 AS unknown_s,
    lost_ns / 1e9 AS lost_s,
    sleep_ns / 1e9 AS sleep_s,
    disk_ns / 1e9 AS disk_s,
    uninterruptible_ns / 1e9 AS uninterruptible_s,
    (blocked_ns - sleep_ns - disk_ns - uninterruptible_ns) / 1e9 AS other_s
FROM grouped
ORDER BY running_ns DESC, span_ns DESC, pid, tid, comm
