-- Files opened, with the result.
--
-- Every open, openat, openat2 and creat that returned, in the order of its return. The path is as given: a relative
-- one starts at a directory that is not recorded. Opens by io_uring are missing. Where the recording has a
-- minimum for `path`, shorter opens have no row. O_DIRECT, O_DIRECTORY, O_NOFOLLOW and O_LARGEFILE have different
-- numbers on different machines, so -f takes the number instead.
--
-- group: fs
-- needs: path
-- flag: -T, --timestamp -- Show when.
-- flag: -U, --print-uid -- Show the user id.
-- flag: -x, --failed -- Only opens that failed.
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -t, --tid TID INT -- Only this thread; shows thread ids.
-- flag: -u, --uid UID INT -- Only this user.
-- flag: -d, --duration DURATION DURATION -- Only so long from the begin.
-- flag: -n, --name NAME TEXT -- Only where the thread's name contains this.
-- flag: -e, --extended-fields -- Show flags and mode, in octal.
-- flag: -f, --flag-filter FLAGS TEXT -- Only with one of these flags, such as O_WRONLY,O_RDWR or 16384.
-- column: time_s [--timestamp] -- When it returned, in seconds since the start.
-- column: uid [--print-uid] -- User id, the last known of the thread.
-- column: pid [not --tid] -- Process id.
-- column: tid [--tid] -- Thread id.
-- column: comm -- Name.
-- column: fd -- The descriptor, or -1.
-- column: err -- Error number, or 0.
-- column: flags [--extended-fields] -- Flags as given.
-- column: mode [--extended-fields] -- Mode as given, where a file may be created.
-- column: path -- Path as given.
-- compare: rows by comm err
-- render: table
WITH known (flag, bits) AS (
    VALUES
        ('O_RDONLY', 0), ('O_WRONLY', 1), ('O_RDWR', 2), ('O_CREAT', 64), ('O_EXCL', 128), ('O_NOCTTY', 256),
        ('O_TRUNC', 512), ('O_APPEND', 1024), ('O_NONBLOCK', 2048), ('O_DSYNC', 4096), ('O_NOATIME', 262144),
        ('O_CLOEXEC', 524288), ('O_SYNC', 1052672), ('O_PATH', 2097152), ('O_TMPFILE', 4194304)
),
mask AS (
    SELECT bit_or(coalesce(known.bits, TRY_CAST(given.flag AS BIGINT))) AS bits
    FROM (SELECT unnest(string_to_array($flag_filter, ',')) AS flag) AS given LEFT JOIN known USING (flag)
),
users AS (
    SELECT thread, last_value(uid ORDER BY ts) AS uid FROM thread WHERE $print_uid OR $uid IS NOT NULL GROUP BY thread
),
names AS (
    SELECT number, min(name) AS name
    FROM syscall
    WHERE name IN ('open', 'openat', 'openat2', 'creat')
    GROUP BY number
),
called AS (
    SELECT
        * EXCEPT (ts, flags),
        ts + duration_ns AS ts,
        CASE name WHEN 'creat' THEN 577 ELSE flags END AS flags
    FROM names INNER JOIN path ON number = syscall
),
opens AS (
    SELECT ts, thread, pid, tid, comm, ret, flags, mode, path
    FROM called
    WHERE
        ts > $from AND ts <= least($to, $from + coalesce($duration, $to - $from))
        AND (NOT $failed OR ret < 0)
        AND ($pid IS NULL OR pid = $pid)
        AND ($tid IS NULL OR tid = $tid)
        AND ($name IS NULL OR strpos(comm, $name) > 0)
        AND ($flag_filter IS NULL OR flags & (SELECT bits FROM mask) <> 0)
)
SELECT
    CASE WHEN $timestamp THEN (ts - $start) / 1e9 END AS time_s,
    uid,
    pid,
    tid,
    comm,
    greatest(ret, -1) AS fd,
    greatest(-ret, 0) AS err,
    CASE
        WHEN $extended_fields
            THEN lpad(
                CAST(
                    (flags & 7) + ((flags >> 3) & 7) * 10 + ((flags >> 6) & 7) * 100 + ((flags >> 9) & 7) * 1000
                    + ((flags >> 12) & 7) * 10000 + ((flags >> 15) & 7) * 100000 + ((flags >> 18) & 7) * 1000000
                    + ((flags >> 21) & 7) * 10000000
                    AS VARCHAR
                ),
                8,
                '0'
            )
    END AS flags,
    CASE
        WHEN $extended_fields AND flags & 4194368 <> 0
            THEN lpad(
                CAST(
                    (mode & 7) + ((mode >> 3) & 7) * 10 + ((mode >> 6) & 7) * 100 + ((mode >> 9) & 7) * 1000
                    AS VARCHAR
                ),
                4,
                '0'
            )
    END AS mode,
    path
FROM users RIGHT JOIN opens USING (thread)
WHERE $uid IS NULL OR uid = $uid
ORDER BY ts, tid
