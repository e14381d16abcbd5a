-- Files opened, counted by process and path.
--
-- Every open, openat, openat2 and creat that returned, successful or not; paths are as given. Of opens beneath a
-- recorded minimum the path is not known: they are a row per process and file system, and belong to the window in which
-- their second began.
--
-- group: fs
-- needs: path
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -x, --failed -- Only opens that failed.
-- flag: -T, --top TOP INT -- How many rows.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: count -- How often.
-- column: pid -- Process id.
-- column: comm -- Name of the thread.
-- column: path -- Path as given; `[ext4]` for all that was beneath the minimum on ext4, `[]` for what failed.
-- compare: sum count by comm path
-- render: table
WITH numbers AS (
    SELECT number FROM syscall WHERE name IN ('open', 'openat', 'openat2', 'creat')
),
opens AS (
    SELECT pid, comm, path, ts + duration_ns AS ts, 1 AS count, CAST(ret < 0 AS BIGINT) AS failed
    FROM path
    WHERE syscall IN (SELECT number FROM numbers)
    UNION ALL
    -- A window does not hold its first instant, but all of the second that begins there.
    SELECT pid, comm, '[' || name || ']', ts + 1, count, errors
    FROM rest
    WHERE source = 'path' AND number IN (SELECT number FROM numbers)
)
SELECT
    sum(CASE WHEN $failed THEN failed ELSE count END) AS count,
    pid,
    comm,
    path
FROM opens
WHERE ts > $from AND ts <= $to AND ($pid IS NULL OR pid = $pid) AND (NOT $failed OR failed > 0)
GROUP BY pid, comm, path
ORDER BY 1 DESC, pid, comm, path
LIMIT $top
