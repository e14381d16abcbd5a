-- System calls of every kind, be they rows or sums, with their names.
--
-- One row per call of the streams path, io, sock and misc, and one per sum of those that `rest` keeps: calls
-- beneath a recorded minimum, and those that no recorded stream has rows of. Add up `count`, `failed` and
-- `total_ns`; of a sum, every duration lies in the bucket of `duration_ns`.
--
-- group: calls
-- column: thread -- The caller.
-- column: tid -- Its thread id.
-- column: pid -- Its process id.
-- column: comm -- Its name.
-- column: source -- The stream: path, io, sock, misc or calls.
-- column: syscall -- Number of the call.
-- column: name -- Its name; `[unknown: 999]` where the recording has none.
-- column: begin_ts -- When it was called; of a sum, when its second began.
-- column: ts -- When it returned, NULL where it had not at the stop; of a sum, just after its second began.
-- column: duration_ns -- How long it took; of a sum, the least of its bucket.
-- column: ret -- What it returned; NULL of a sum.
-- column: count -- How many calls.
-- column: failed -- How many of them failed.
-- column: total_ns -- Their durations added up.
-- column: summed -- It is a sum.
WITH names AS (
    -- Several recordings name the same numbers.
    SELECT number, min(name) AS name FROM syscall GROUP BY number
),
told AS (
    SELECT thread, tid, pid, comm, 'path' AS source, syscall, ts, duration_ns, ret FROM path
    UNION ALL
    SELECT thread, tid, pid, comm, 'io', syscall, ts, duration_ns, ret FROM io
    UNION ALL
    SELECT thread, tid, pid, comm, 'sock', syscall, ts, duration_ns, ret FROM sock
    UNION ALL
    SELECT thread, tid, pid, comm, 'misc', syscall, ts, duration_ns, ret FROM misc
),
every AS (
    SELECT
        * EXCEPT (ts),
        ts AS begin_ts,
        ts + duration_ns AS ts,
        1 AS count,
        CAST(ret BETWEEN -4095 AND -1 AS BIGINT) AS failed,
        duration_ns AS total_ns,
        FALSE AS summed
    FROM told
    UNION ALL
    SELECT
        thread,
        tid,
        pid,
        comm,
        source,
        CAST(number AS SMALLINT),
        least_ns,
        NULL,
        ts AS begin_ts,
        -- A window does not hold its first instant, but all of the second that begins there.
        ts + 1,
        count,
        errors,
        total_ns,
        TRUE
    FROM rest
    WHERE source IN ('path', 'io', 'sock', 'misc', 'calls')
)
SELECT
    thread,
    tid,
    pid,
    comm,
    source,
    syscall,
    coalesce(name, '[unknown: ' || syscall || ']') AS name,
    begin_ts,
    ts,
    duration_ns,
    ret,
    count,
    failed,
    total_ns,
    summed
FROM names RIGHT JOIN every ON number = syscall
