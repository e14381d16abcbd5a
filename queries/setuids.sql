-- Calls that change the user ids of a process.
--
-- setuid, setreuid, setresuid and setfsuid. UID is that of the caller when it last started a program, changed its
-- name, or was first seen. RET is 0 or a negative errno; of setfsuid, the user id before.
--
-- group: process
-- needs: misc
-- flag: -g, --groups -- The calls for group ids too.
-- column: time -- When the call returned.
-- column: pid -- Process id.
-- column: comm -- Name.
-- column: uid -- User id of the caller.
-- column: syscall -- Which call.
-- column: args -- What it was given; -1 leaves an id as it is.
-- column: ret "(RET)" -- What it returned.
-- compare: rows by comm syscall ret
-- render: table
WITH calls AS (
    SELECT
        thread,
        tid,
        pid,
        comm,
        ts,
        ts + duration_ns AS end_ts,
        ret,
        name,
        right(name, 3) AS id,
        first,
        second,
        third
    FROM misc
    JOIN (
        SELECT DISTINCT number, name FROM syscall WHERE regexp_like(name, '^set(re|res|fs)?[ug]id$')
    ) ON syscall = number
    WHERE
        ts + duration_ns > $from AND ts + duration_ns <= $to
        AND ($groups OR name LIKE '%uid')
),
users AS (
    SELECT
        thread,
        calls.ts,
        -- A row may be a little older than the introduction of its thread.
        coalesce(
            last_value(thread.uid ORDER BY thread.ts) FILTER (WHERE thread.ts <= calls.ts),
            first_value(thread.uid ORDER BY thread.ts)
        ) AS uid
    FROM calls JOIN thread USING (thread)
    GROUP BY thread, calls.ts
)
SELECT
    end_ts AS time,
    pid,
    comm,
    uid,
    name AS syscall,
    CASE
        WHEN name LIKE 'setres%' THEN concat('r', id, '=', first, ' e', id, '=', second, ' s', id, '=', third)
        WHEN name LIKE 'setre%' THEN concat('r', id, '=', first, ' e', id, '=', second)
        ELSE concat(id, '=', first)
    END AS args,
    ret
FROM calls LEFT JOIN users USING (thread, ts)
ORDER BY end_ts, tid
