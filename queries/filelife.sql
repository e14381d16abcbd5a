-- Files that were created and removed within the recording, and how long they lived.
--
-- A substitute: the original follows the file, this its path. A file begins with the first successful open with O_CREAT
-- of its path since that was last removed, which may have found an older file there; it ends with an unlink of the
-- same path, or, where that is relative, of the same path from the same directory descriptor by the same process.
-- Renamed files and those created by another path are not found. Where the recording has a minimum for `path`,
-- shorter calls are missing.
--
-- group: fs
-- needs: path
-- flag: -p, --pid PID INT -- Only files that this process removed.
-- column: time -- When it was removed.
-- column: pid -- The process that removed it.
-- column: comm -- Name of the thread that did.
-- column: age_s -- How long it had lived.
-- column: file -- Last part of its path.
-- compare: rows, mean age_s by comm
-- render: table
WITH names AS (
    SELECT number, min(name) AS name
    FROM syscall
    WHERE name IN ('open', 'openat', 'openat2', 'creat', 'unlink', 'unlinkat')
    GROUP BY number
),
events AS (
    SELECT
        CASE WHEN starts_with(path, '/') THEN path ELSE concat_ws(' ', pid, coalesce(dirfd, -100), path) END AS place,
        split_part(path, '/', -1) AS file,
        ts + duration_ns AS ts,
        pid,
        comm,
        starts_with(name, 'unlink') AS removed
    FROM names INNER JOIN path ON number = syscall
    WHERE
        ret >= 0
        AND ts + duration_ns <= $to
        AND CASE name
            WHEN 'creat' THEN TRUE
            WHEN 'unlink' THEN TRUE
            WHEN 'unlinkat' THEN flags & 512 = 0
            ELSE flags & 64 <> 0
        END
),
lives AS (
    SELECT
        *,
        count(*) FILTER (WHERE removed)
            OVER (PARTITION BY place ORDER BY ts, removed ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS life
    FROM events
),
ended AS (
    SELECT
        max(ts) FILTER (WHERE removed) AS removed_ts,
        min(ts) FILTER (WHERE NOT removed) AS created_ts,
        max(pid) FILTER (WHERE removed) AS pid,
        max(comm) FILTER (WHERE removed) AS comm,
        max(file) AS file
    FROM lives
    GROUP BY place, life
)
SELECT
    removed_ts AS time,
    pid,
    comm,
    (removed_ts - created_ts) / 1e9 AS age_s,
    file
FROM ended
WHERE removed_ts > $from AND created_ts IS NOT NULL AND ($pid IS NULL OR pid = $pid)
ORDER BY removed_ts, pid, file, created_ts
