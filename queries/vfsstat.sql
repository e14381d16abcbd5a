-- Common file operations per second.
--
-- From system calls: a substitute for the kernel's vfs functions that the original counts. Reads and writes are those
-- of any descriptor, sockets and pipes too; of the calls that name a path, those that succeeded count. CREATE is opens
-- with O_CREAT, which may have found the file, creat and mknod. What io_uring, sendfile and the kernel itself do is
-- missing. Calls beneath a recorded minimum are included, exactly, except that their flags are not known: such an open
-- is no CREATE, such an unlinkat an UNLINK. They belong to the interval in which their second began.
--
-- group: fs
-- needs: io path
-- flag: -p, --pid PID INT -- Only this process.
-- arg: INTERVAL DURATION -- Length of an interval, at least 1ms (default 1s)
-- arg: COUNT INT -- Only so many intervals.
-- column: time -- Begin of the interval.
-- column: read/s "READ/s" -- Reads per second.
-- column: write/s "WRITE/s" -- Writes per second.
-- column: fsync/s "FSYNC/s" -- Files written to disk per second.
-- column: open/s "OPEN/s" -- Opens per second.
-- column: create/s "CREATE/s" -- Files created per second.
-- column: unlink/s "UNLINK/s" -- Files removed per second.
-- column: mkdir/s "MKDIR/s" -- Directories made per second.
-- column: rmdir/s "RMDIR/s" -- Directories removed per second.
-- compare: mean read/s write/s fsync/s open/s create/s unlink/s mkdir/s rmdir/s
-- render: table
-- chart: time time
WITH names AS (
    SELECT number, min(name) AS name FROM syscall WHERE source IN ('io', 'path') GROUP BY number
),
calls AS (
    SELECT ts + duration_ns AS ts, syscall AS number, pid, 0 AS flags, 1 AS count
    FROM io
    UNION ALL
    SELECT ts + duration_ns, syscall, pid, flags, 1
    FROM path
    WHERE ret >= 0
    UNION ALL
    -- A window does not hold its first instant, but all of the second that begins there.
    SELECT ts + 1, number, pid, 0, CASE source WHEN 'path' THEN count - errors ELSE count END
    FROM rest
    WHERE source IN ('io', 'path')
),
counts AS (
    SELECT
        (ts - $from - 1) / greatest($interval, 1000000) AS tick,
        number,
        flags & 576 AS flags,
        sum(count) AS count
    FROM calls
    WHERE ts > $from AND ts <= $to AND ($pid IS NULL OR pid = $pid)
    GROUP BY 1, 2, 3
),
named AS (
    SELECT
        tick,
        CASE
            WHEN name IN ('read', 'pread64', 'readv', 'preadv', 'preadv2') THEN 'read'
            WHEN name IN ('write', 'pwrite64', 'writev', 'pwritev', 'pwritev2') THEN 'write'
            WHEN name IN ('fsync', 'fdatasync') THEN 'fsync'
            WHEN name IN ('open', 'openat', 'openat2', 'creat') THEN 'open'
            WHEN name IN ('mkdir', 'mkdirat') THEN 'mkdir'
            WHEN name = 'rmdir' OR (name = 'unlinkat' AND flags & 512 <> 0) THEN 'rmdir'
            WHEN name IN ('unlink', 'unlinkat') THEN 'unlink'
        END AS op,
        name IN ('creat', 'mknod', 'mknodat') OR (name IN ('open', 'openat', 'openat2') AND flags & 64 <> 0) AS creates,
        count
    FROM names INNER JOIN counts USING (number)
),
ticks AS (
    SELECT
        value AS tick,
        $from + value * greatest($interval, 1000000) AS begin_ts,
        least(greatest($interval, 1000000), $to - $from - value * greatest($interval, 1000000)) / 1e9 AS seconds
    FROM generate_series(0, ($to - $from - 1) / greatest($interval, 1000000))
    WHERE ($count IS NULL OR value < $count) AND EXISTS (SELECT 1 FROM counts)
),
sums AS (
    SELECT
        begin_ts,
        seconds,
        coalesce(sum(count) FILTER (WHERE op = 'read'), 0) AS reads,
        coalesce(sum(count) FILTER (WHERE op = 'write'), 0) AS writes,
        coalesce(sum(count) FILTER (WHERE op = 'fsync'), 0) AS fsyncs,
        coalesce(sum(count) FILTER (WHERE op = 'open'), 0) AS opens,
        coalesce(sum(count) FILTER (WHERE creates), 0) AS creates,
        coalesce(sum(count) FILTER (WHERE op = 'unlink'), 0) AS unlinks,
        coalesce(sum(count) FILTER (WHERE op = 'mkdir'), 0) AS mkdirs,
        coalesce(sum(count) FILTER (WHERE op = 'rmdir'), 0) AS rmdirs
    FROM ticks LEFT JOIN named USING (tick)
    GROUP BY begin_ts, seconds
)
SELECT
    begin_ts AS time,
    CAST(round(reads / seconds) AS BIGINT) AS "read/s",
    CAST(round(writes / seconds) AS BIGINT) AS "write/s",
    CAST(round(fsyncs / seconds) AS BIGINT) AS "fsync/s",
    CAST(round(opens / seconds) AS BIGINT) AS "open/s",
    CAST(round(creates / seconds) AS BIGINT) AS "create/s",
    CAST(round(unlinks / seconds) AS BIGINT) AS "unlink/s",
    CAST(round(mkdirs / seconds) AS BIGINT) AS "mkdir/s",
    CAST(round(rmdirs / seconds) AS BIGINT) AS "rmdir/s"
FROM sums
ORDER BY begin_ts
