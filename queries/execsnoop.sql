-- New programs by exec, one line each.
--
-- PCOMM is the name after the exec; of a failed one, that of the thread that tried. RET is 0, or a negative errno.
-- Arguments are recorded up to 1,024 bytes, and those left out shown as "...". Failed calls come from the stream
-- path, which knows only the file name, and is not there for them unless it was recorded.
--
-- group: process
-- needs: exec
-- flag: -T, --time -- Show the time of day.
-- flag: -t, --timestamp -- Show the seconds since the recording started.
-- flag: -x, --fails -- Failed calls too.
-- flag: -q, --quote -- Put quotation marks around arguments.
-- flag: -n, --name NAME TEXT -- Only where the name matches this regular expression.
-- flag: -l, --line LINE TEXT -- Only where the arguments match this regular expression.
-- flag: -U, --print-uid -- Show the user id.
-- flag: -u, --uid UID INT -- Only this user.
-- flag: -P, --ppid PPID INT -- Only children of this process.
-- flag: --max-args ARGS INT -- Show so many arguments, the file name being the first (default 20)
-- column: time [--time] -- When.
-- column: time_s [--timestamp] -- When, since the recording started.
-- column: uid [--print-uid] -- User id.
-- column: pcomm -- Name.
-- column: pid -- Process id.
-- column: ppid -- Parent process id.
-- column: ret -- What the call returned.
-- column: args -- The file name, and the arguments behind the name that it was given.
-- compare: rows by pcomm ret
-- render: table
WITH failed AS (
    SELECT thread, ts, duration_ns, ret, path, comm, pid
    FROM path
    WHERE
        $fails AND ret < 0
        AND ts + duration_ns > $from AND ts + duration_ns <= $to
        AND syscall IN (SELECT number FROM syscall WHERE name IN ('execve', 'execveat'))
),
execs AS (
    SELECT
        ts,
        uid,
        comm,
        pid,
        ppid,
        0 AS ret,
        array_to_string(array_prepend(filename, array_slice(argv, own + 1, own + $max_args - 1)), chr(31)) AS args,
        cut > 0 OR array_length(argv) - own + 1 > greatest($max_args, 1) AS more
    FROM (
        -- The kernel puts the interpreter of a script before its name; the caller gave it the name first.
        SELECT *, coalesce(CAST(array_position(argv, filename) AS BIGINT), 1) AS own
        FROM exec
        WHERE ts >= $from AND ts < $to
    )
    UNION ALL
    SELECT
        failed.ts + any_value(duration_ns),
        -- A row may be a little older than the introduction of its thread.
        coalesce(
            last_value(thread.uid ORDER BY thread.ts) FILTER (WHERE thread.ts <= failed.ts),
            first_value(thread.uid ORDER BY thread.ts)
        ),
        any_value(failed.comm),
        any_value(failed.pid),
        coalesce(
            last_value(thread.ppid ORDER BY thread.ts) FILTER (WHERE thread.ts <= failed.ts),
            first_value(thread.ppid ORDER BY thread.ts)
        ),
        any_value(ret),
        any_value(path),
        FALSE
    FROM failed LEFT JOIN thread USING (thread)
    GROUP BY thread, failed.ts
),
lines AS (
    SELECT
        * EXCEPT (args, more),
        CASE
            WHEN $quote THEN concat('"', replace(replace(args, '"', '\"'), chr(31), '" "'), '"')
            ELSE replace(args, chr(31), ' ')
        END || CASE WHEN more THEN ' ...' ELSE '' END AS args
    FROM execs
)
SELECT
    ts AS time,
    (ts - $start) / 1e9 AS time_s,
    uid,
    comm AS pcomm,
    pid,
    ppid,
    ret,
    args
FROM lines
WHERE
    ($uid IS NULL OR uid = $uid)
    AND ($ppid IS NULL OR ppid = $ppid)
    AND ($name IS NULL OR regexp_like(comm, $name))
    AND ($line IS NULL OR regexp_like(args, $line))
ORDER BY ts, pid, args
