-- Time that threads were blocked, by their own stack and the stack that woke them.
--
-- Sums voluntary waits that ended in the window. The target and its stack come first, then, behind --, the
-- waker's stack upside down and its name, or the interrupt that woke the thread. The time after the wakeup,
-- spent on a run queue, is nobody's doing and stands apart as [runqueue]; --whole bills it to the waker.
--
-- group: sched
-- needs: wait
-- flag: -p, --pid PID INT -- Only threads of this process being woken.
-- flag: -t, --tid TID INT -- Only this thread being woken.
-- flag: -u, --user-threads-only -- Only user threads being woken.
-- flag: -k, --kernel-threads-only -- Only kernel threads being woken.
-- flag: -U, --user-stacks-only -- Only the user part of stacks.
-- flag: -K, --kernel-stacks-only -- Only the kernel part of stacks.
-- flag: -d, --delimited -- Put a - between user and kernel frames.
-- flag: -m, --min-block-time US INT -- Only waits of at least so many microseconds.
-- flag: -M, --max-block-time US INT -- Only waits of at most so many microseconds.
-- flag: --state MASK INT -- Only these task states, as a bit mask: 1 interruptible, 2 uninterruptible.
-- flag: --whole -- Bill run-queue time to the waker, as the original does.
-- arg: DURATION -- Seconds of the recording, from its begin or --from on.
-- column: folded -- Target and stack, --, the waker's stack from leaf to root, and the waker.
-- column: value -- Microseconds.
-- column: pid -- Process id of the target.
-- column: waits -- How many waits.
-- column: ns -- The exact time.
-- render: stacks
-- unit: us
-- palette: chain
WITH sums AS (
    SELECT
        thread,
        woken,
        waker,
        waker_context,
        waker_kstack,
        CASE WHEN NOT $kernel_stacks_only THEN waker_ustack END AS waker_ustack,
        CASE WHEN NOT $kernel_stacks_only THEN ustack END AS ustack,
        CASE WHEN NOT $user_stacks_only THEN kstack END AS kstack,
        sum(off_ns) AS off_ns,
        sum(queued_ns) AS queued_ns,
        count(*) AS waits
    FROM waits
    WHERE
        on_ts > $from AND on_ts <= $to AND voluntary
        AND ($pid IS NULL OR pid = $pid)
        AND ($tid IS NULL OR tid = $tid)
        AND ($min_block_time IS NULL OR off_ns >= $min_block_time * 1000)
        AND ($max_block_time IS NULL OR off_ns <= $max_block_time * 1000)
        AND ($state IS NULL OR has_state(state, $state))
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
),
named AS (
    SELECT
        coalesce(target.pid, 0) AS pid,
        concat_ws(
            ';',
            coalesce(target.comm, '[unknown]'),
            nullif(stack_text(ustack, kstack, $delimited, FALSE), '')
        ) AS folded,
        concat_ws(
            ';',
            '--',
            CASE
                WHEN woken
                    THEN nullif(
                        waker_text(
                            CASE WHEN NOT $user_stacks_only THEN waker_kstack END,
                            CASE WHEN sums.waker IS NOT NULL THEN waker_ustack END,
                            $delimited,
                            FALSE
                        ),
                        ''
                    )
            END,
            CASE
                WHEN NOT woken THEN '[no-waker]'
                WHEN sums.waker IS NOT NULL THEN coalesce(issuer.comm, '[unknown]')
                ELSE coalesce(terminal(waker_context, waker_kstack), '[no-waker]')
            END
        ) AS ending,
        off_ns,
        queued_ns,
        waits
    FROM sums
    LEFT JOIN threads AS target ON sums.thread = target.thread
    LEFT JOIN threads AS issuer ON sums.waker = issuer.thread
    WHERE
        NOT ($user_threads_only AND coalesce(target.kernel, FALSE))
        AND NOT ($kernel_threads_only AND NOT coalesce(target.kernel, FALSE))
),
parts AS (
    SELECT
        pid,
        concat(folded, ';', CASE WHEN queue THEN '--;[runqueue]' ELSE ending END) AS folded,
        CASE WHEN queue THEN queued_ns WHEN $whole THEN off_ns ELSE off_ns - queued_ns END AS ns,
        waits
    -- One pass over the waits for both parts of each.
    FROM named CROSS JOIN (VALUES (FALSE), (TRUE)) AS sides (queue)
    WHERE NOT (queue AND $whole)
)
SELECT
    folded,
    (sum(ns) + 500) / 1000 AS value,
    pid,
    sum(waits) AS waits,
    sum(ns) AS ns
FROM parts
WHERE ns > 0
GROUP BY folded, pid
ORDER BY value, folded, pid
