-- Processes that ended, with their age and the reason.
--
-- A process ends with its last thread, and is shown with the name and the age of its first. AGE is right for those
-- that started before the recording, too. EXIT_CODE is 0, "code N", or "signal N (NAME)" and whether a core was dumped.
--
-- group: process
-- needs: exit
-- flag: -t, --timestamp -- Show the time of day.
-- flag: --utc -- Show the time of day in UTC.
-- flag: -x, --failed -- Only where the exit code is not 0.
-- flag: -p, --pid PID INT -- Only this process.
-- flag: --per-thread -- Threads that ended, not only the last of a process.
-- flag: --label LABEL TEXT -- Begin each line with this word.
-- column: time [--timestamp] -- When.
-- column: time_utc "TIME-UTC" [--utc] -- When, in UTC.
-- column: label [--label] -- The given word.
-- column: pcomm -- Name.
-- column: pid -- Process id.
-- column: ppid -- Parent process id.
-- column: tid -- Thread id.
-- column: age_s -- How long it lived.
-- column: exit_code -- Why it ended.
-- compare: rows, mean age_s by pcomm exit_code
-- render: table
WITH ends AS (
    SELECT
        *,
        make_array(
            'HUP', 'INT', 'QUIT', 'ILL', 'TRAP', 'ABRT', 'BUS', 'FPE', 'KILL', 'USR1', 'SEGV',
            'USR2', 'PIPE', 'ALRM', 'TERM', 'STKFLT', 'CHLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU',
            'URG', 'XCPU', 'XFSZ', 'VTALRM', 'PROF', 'WINCH', 'IO', 'PWR', 'SYS'
        )[signal] AS signal_name
    FROM exit
    WHERE
        ts >= $from AND ts < $to
        AND (last OR $per_thread)
        AND ($pid IS NULL OR pid = $pid)
        AND (NOT $failed OR code <> 0 OR signal <> 0)
),
leaders AS (
    SELECT
        ends.thread,
        last_value(exit.comm ORDER BY exit.ts) AS comm,
        last_value(exit.start_ts ORDER BY exit.ts) AS start_ts
    FROM ends JOIN exit ON ends.pid = exit.pid AND exit.pid = exit.tid AND exit.ts <= ends.ts
    WHERE NOT $per_thread
    GROUP BY ends.thread
)
SELECT
    ts AS time,
    to_char(to_timestamp_nanos(ts + wall_minus_clock_ns), '%H:%M:%S') AS time_utc,
    $label AS label,
    coalesce(leaders.comm, ends.comm) AS pcomm,
    pid,
    ppid,
    CASE WHEN $per_thread THEN tid ELSE pid END AS tid,
    (ts - coalesce(leaders.start_ts, ends.start_ts)) / 1e9 AS age_s,
    CASE
        WHEN signal <> 0
            THEN concat(
                'signal ', signal, ' (', coalesce(signal_name, 'unknown'), ')', CASE WHEN core THEN ', core dumped' END
            )
        WHEN code <> 0 THEN concat('code ', code)
        ELSE '0'
    END AS exit_code
FROM ends
LEFT JOIN leaders USING (thread)
CROSS JOIN (SELECT min(wall_ns - start_ts) AS wall_minus_clock_ns FROM recording)
ORDER BY ts, thread
