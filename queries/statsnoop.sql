-- Calls of the stat family, with the result.
--
-- Every stat, lstat, newfstatat, statx and statfs that returned, in the order of its return; fstat has no path and is
-- no part of it. The path is as given. Where the recording has a minimum for `path`, shorter calls have no row.
--
-- group: fs
-- needs: path
-- flag: -t, --timestamp -- Show when.
-- flag: -x, --failed -- Only calls that failed.
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -s, --syscall -- Show which call it was.
-- column: time_s [--timestamp] -- When it returned, in seconds since the start.
-- column: pid -- Process id.
-- column: comm -- Name.
-- column: fd -- What it returned, 0 or -1.
-- column: err -- Error number, or 0.
-- column: syscall [--syscall] -- Which call.
-- column: path -- Path as given.
-- compare: rows by comm err
-- render: table
WITH names AS (
    SELECT number, min(name) AS name
    FROM syscall
    WHERE name IN ('stat', 'lstat', 'newfstatat', 'statx', 'statfs')
    GROUP BY number
),
calls AS (
    SELECT ts + duration_ns AS ts, pid, tid, comm, ret, name, path
    FROM names INNER JOIN path ON number = syscall
    WHERE
        ts + duration_ns > $from AND ts + duration_ns <= $to
        AND (NOT $failed OR ret < 0)
        AND ($pid IS NULL OR pid = $pid)
)
SELECT
    CASE WHEN $timestamp THEN (ts - $start) / 1e9 END AS time_s,
    pid,
    comm,
    greatest(ret, -1) AS fd,
    greatest(-ret, 0) AS err,
    name AS syscall,
    path
FROM calls
ORDER BY ts, tid
