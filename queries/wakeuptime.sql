-- Time that threads were blocked, by the stack of the thread that woke them.
--
-- Sums voluntary waits that ended in the window, from the switch-out to the wakeup; run-queue time is not in
-- it. The waker is the root, its stack follows, the thread it woke is the leaf. Where an interrupt woke the
-- thread it stands as [hardirq:hrtimer] or its like; [no-waker] are waits whose wakeup was not recorded.
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
-- flag: -m, --min-block-time US INT -- Only waits blocked for at least so many microseconds.
-- flag: -M, --max-block-time US INT -- Only waits blocked for at most so many microseconds.
-- flag: --state MASK INT -- Only these task states, as a bit mask: 1 interruptible, 2 uninterruptible.
-- arg: DURATION -- Seconds of the recording, from its begin or --from on.
-- column: folded -- Waker, its stack from root to leaf, and the thread that was woken.
-- column: value -- Microseconds.
-- column: waits -- How many waits.
-- column: ns -- The exact time.
-- render: stacks
-- unit: us
-- palette: wakeup
WITH sums AS (
    SELECT
        thread,
        woken,
        waker,
        waker_context,
        waker_kstack,
        CASE WHEN NOT $kernel_stacks_only THEN waker_ustack END AS waker_ustack,
        sum(blocked_ns) AS ns,
        count(*) AS waits
    FROM waits
    WHERE
        on_ts > $from AND on_ts <= $to AND voluntary
        AND ($pid IS NULL OR pid = $pid)
        AND ($tid IS NULL OR tid = $tid)
        AND ($min_block_time IS NULL OR blocked_ns >= $min_block_time * 1000)
        AND ($max_block_time IS NULL OR blocked_ns <= $max_block_time * 1000)
        AND ($state IS NULL OR has_state(state, $state))
    GROUP BY 1, 2, 3, 4, 5, 6
),
named AS (
    SELECT
        concat_ws(
            ';',
            CASE
                WHEN NOT woken THEN '[no-waker]'
                WHEN sums.waker IS NOT NULL THEN coalesce(issuer.comm, '[unknown]')
                ELSE coalesce(terminal(waker_context, waker_kstack), '[no-waker]')
            END,
            CASE
                WHEN woken
                    THEN nullif(
                        stack_text(
                            CASE WHEN sums.waker IS NOT NULL THEN waker_ustack END,
                            CASE WHEN NOT $user_stacks_only THEN waker_kstack END,
                            $delimited,
                            FALSE
                        ),
                        ''
                    )
            END,
            coalesce(target.comm, '[unknown]')
        ) AS folded,
        ns,
        waits
    FROM sums
    LEFT JOIN threads AS target ON sums.thread = target.thread
    LEFT JOIN threads AS issuer ON sums.waker = issuer.thread
    WHERE
        NOT ($user_threads_only AND coalesce(target.kernel, FALSE))
        AND NOT ($kernel_threads_only AND NOT coalesce(target.kernel, FALSE))
)
SELECT
    folded,
    (sum(ns) + 500) / 1000 AS value,
    sum(waits) AS waits,
    sum(ns) AS ns
FROM named
WHERE ns > 0
GROUP BY folded
ORDER BY value, folded
