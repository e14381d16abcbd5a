-- Signals by kind and target.
--
-- Those of the kernel are counted too, and those that the target ignores.
--
-- group: process
-- needs: signal
-- column: signal -- Which signal.
-- column: pid -- Process that it was sent to.
-- column: comm -- Name of the thread that it was sent to.
-- column: count -- How many.
-- compare: sum count by signal comm
-- render: table
WITH counts AS (
    SELECT signal, target, target_pid, count(*) AS count
    FROM signal
    WHERE ts >= $from AND ts < $to
    GROUP BY signal, target, target_pid
)
SELECT
    coalesce(
        make_array(
            'HUP', 'INT', 'QUIT', 'ILL', 'TRAP', 'ABRT', 'BUS', 'FPE', 'KILL', 'USR1', 'SEGV',
            'USR2', 'PIPE', 'ALRM', 'TERM', 'STKFLT', 'CHLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU',
            'URG', 'XCPU', 'XFSZ', 'VTALRM', 'PROF', 'WINCH', 'IO', 'PWR', 'SYS'
        )[counts.signal],
        CAST(counts.signal AS VARCHAR)
    ) AS signal,
    target_pid AS pid,
    coalesce(comm, '') AS comm,
    sum(count) AS count
FROM counts LEFT JOIN threads ON target = thread
GROUP BY 1, 2, 3
ORDER BY count, signal, pid, comm
