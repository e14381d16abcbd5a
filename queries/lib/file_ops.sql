-- Reads, writes, opens and syncs of files, be they calls or sums.
--
-- One row per call of the read, write, open and fsync families, and one per sum of those that were beneath a recorded
-- minimum. Seen at the system call: what the kernel, mmap and io_uring read and write is missing, and so are
-- sendfile, splice and their like. Failed opens have no file system and are left out. Add up `count`, `failed`,
-- `total_ns` and `moved`; of a sum, every duration lies in the bucket of `duration_ns`.
--
-- group: fs
-- column: thread -- The caller.
-- column: tid -- Its thread id.
-- column: pid -- Its process id.
-- column: comm -- Its name.
-- column: op -- read, write, open or fsync.
-- column: fs -- Type of the file system, such as ext4, sockfs or pipefs.
-- column: dev -- Device of the file system.
-- column: inode -- Inode of the file; NULL of a sum.
-- column: file_type -- What the descriptor refers to; NULL of a sum.
-- column: file -- Last part of the path; NULL of a sum.
-- column: begin_ts -- When it was called; of a sum, when its second began.
-- column: ts -- When it returned, NULL where it had not at the stop; of a sum, just after its second began.
-- column: duration_ns -- How long it took; of a sum, the least of its bucket.
-- column: ret -- What it returned; NULL of a sum.
-- column: requested -- Bytes asked for, or moved where that is not known; of a sum, moved.
-- column: moved -- Bytes that were read or written.
-- column: offset -- Where in the file it began.
-- column: count -- How many.
-- column: failed -- How many of them failed.
-- column: total_ns -- Their durations added up.
-- column: summed -- It is a sum.
WITH ops AS (
    SELECT
        number,
        CASE
            WHEN min(name) IN ('read', 'pread64', 'readv', 'preadv', 'preadv2') THEN 'read'
            WHEN min(name) IN ('write', 'pwrite64', 'writev', 'pwritev', 'pwritev2') THEN 'write'
            WHEN min(name) IN ('open', 'openat', 'openat2', 'creat') THEN 'open'
            WHEN min(name) IN ('fsync', 'fdatasync') THEN 'fsync'
        END AS op
    FROM syscall
    GROUP BY number
),
every AS (
    SELECT
        thread,
        tid,
        pid,
        comm,
        syscall AS number,
        fs,
        dev,
        inode,
        file_type,
        file,
        ts AS begin_ts,
        ts + duration_ns AS ts,
        duration_ns,
        ret,
        greatest(requested, ret) AS requested,
        greatest(ret, 0) AS moved,
        "offset",
        1 AS count,
        CAST(ret < 0 AS BIGINT) AS failed,
        duration_ns AS total_ns,
        FALSE AS summed
    FROM io
    UNION ALL
    SELECT
        thread,
        tid,
        pid,
        comm,
        syscall,
        fs,
        dev,
        inode,
        file_type,
        split_part(path, '/', -1),
        ts AS begin_ts,
        ts + duration_ns AS ts,
        duration_ns,
        ret,
        0,
        0,
        NULL,
        1,
        0,
        duration_ns AS total_ns,
        FALSE
    FROM path
    WHERE ret >= 0 AND fs <> ''
    UNION ALL
    SELECT
        thread,
        tid,
        pid,
        comm,
        number,
        name,
        dev,
        NULL,
        NULL,
        NULL,
        ts AS begin_ts,
        -- A window does not hold its first instant, but all of the second that begins there.
        ts + 1 AS ts,
        least_ns,
        NULL,
        bytes AS requested,
        bytes AS moved,
        NULL,
        count,
        errors,
        total_ns,
        TRUE
    FROM rest
    WHERE source = 'io' OR (source = 'path' AND name <> '')
)
SELECT
    thread,
    tid,
    pid,
    comm,
    op,
    fs,
    dev,
    inode,
    file_type,
    file,
    begin_ts,
    ts,
    duration_ns,
    ret,
    requested,
    moved,
    "offset",
    count,
    failed,
    total_ns,
    summed
FROM ops INNER JOIN every USING (number)
WHERE op IS NOT NULL
