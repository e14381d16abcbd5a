-- Nanoseconds that every thread spent running, runnable and blocked while it was recorded.
-- A wait still open at the stop ends there; a thread that slept through all of it began to at the start.
-- Names are looked up once per thread: comparing one per row would take longer than all the rest.
SELECT
    time.*,
    coalesce(name.comm, '') AS comm,
    first_value(coalesce(name.comm, ''))
        OVER (PARTITION BY pid ORDER BY tid IS DISTINCT FROM pid, time.thread) AS process
FROM (
    SELECT
        thread,
        max(tid) AS tid,
        max(pid) AS pid,
        count(*) AS switches,
        -- In a part of a recording, rows reach beyond its ends.
        coalesce(sum(overlap_ns(off_ts - ran_ns, off_ts, start_of(thread), stop_of(thread))), 0) AS running_ns,
        coalesce(sum(overlap_ns(ready, back, start_of(thread), stop_of(thread))), 0) AS runnable_ns,
        coalesce(sum(overlap_ns(gone, ready, start_of(thread), stop_of(thread))), 0) AS blocked_ns
    FROM (
        SELECT
            thread, tid, pid, ran_ns, off_ts, gone, back,
            CASE
                WHEN preempted OR state = 0 THEN gone
                ELSE least(greatest(coalesce(woken_ts, back), gone), back)
            END AS ready
        FROM (
            SELECT
                thread, tid, pid, ran_ns, off_ts, preempted, state, woken_ts,
                coalesce(off_ts, CASE WHEN open AND woken_ts IS NULL THEN start_of(thread) ELSE woken_ts END) AS gone,
                coalesce(on_ts, CASE WHEN open THEN stop_of(thread) END) AS back
            FROM wait
        )
    )
    GROUP BY thread
) AS time
LEFT JOIN (
    SELECT thread, last_value(comm ORDER BY ts) AS comm FROM thread GROUP BY thread
) AS name ON name.thread = time.thread
