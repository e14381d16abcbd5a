-- Time that threads were blocked, by the stack they left the CPU with.
--
-- Sums voluntary waits that ended in the window, from the switch-out to the switch-in. The time after the
-- wakeup, spent on a run queue, stands apart under the frame [runqueue]; --whole leaves it in the stack.
-- Sums are thread-seconds: ten threads asleep for a second make ten.
--
-- group: sched
-- needs: wait
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -t, --tid TID INT -- Only this thread.
-- flag: -u, --user-threads-only -- Only user threads.
-- flag: -k, --kernel-threads-only -- Only kernel threads.
-- flag: -U, --user-stacks-only -- Only the user part of stacks.
-- flag: -K, --kernel-stacks-only -- Only the kernel part of stacks.
-- flag: -d, --delimited -- Put a - between user and kernel frames.
-- flag: -m, --min-block-time US INT -- Only waits of at least so many microseconds.
-- flag: -M, --max-block-time US INT -- Only waits of at most so many microseconds.
-- flag: --state MASK INT -- Only these task states, as a bit mask: 1 interruptible, 2 uninterruptible, 0 preempted.
-- flag: --whole -- Leave run-queue time in the stack, as the original does.
-- flag: --preempted -- Add involuntary waits, under the frame [preempted].
-- flag: --open -- Add the waits of threads still asleep at the end of the recording, under the frame [open].
-- arg: DURATION -- Seconds of the recording, from its begin or --from on.
-- column: folded -- Name and stack, from root to leaf.
-- column: value -- Microseconds.
-- column: pid -- Process id.
-- column: waits -- How many waits.
-- column: ns -- The exact time.
-- render: stacks
-- unit: us
-- palette: offcpu
WITH sums AS (
    SELECT
        thread,
        CASE WHEN NOT voluntary THEN '[preempted]' END AS kind,
        CASE WHEN NOT $kernel_stacks_only THEN ustack END AS ustack,
        CASE WHEN NOT $user_stacks_only THEN kstack END AS kstack,
        sum(off_ns) AS off_ns,
        sum(queued_ns) AS queued_ns,
        count(*) AS waits
    FROM waits
    WHERE
        on_ts > $from AND on_ts <= $to
        AND (voluntary OR $preempted OR coalesce($state = 0, FALSE))
        AND ($pid IS NULL OR pid = $pid)
        AND ($tid IS NULL OR tid = $tid)
        AND ($min_block_time IS NULL OR off_ns >= $min_block_time * 1000)
        AND ($max_block_time IS NULL OR off_ns <= $max_block_time * 1000)
        AND ($state IS NULL OR ($state = 0 AND NOT voluntary) OR (voluntary AND has_state(state, $state)))
    GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT
        thread,
        '[open]' AS kind,
        CASE WHEN NOT $kernel_stacks_only THEN ustack END AS ustack,
        CASE WHEN NOT $user_stacks_only THEN kstack END AS kstack,
        overlap_ns(coalesce(off_ts, start_of(thread)), stop_of(thread), $from, $to) AS off_ns,
        0 AS queued_ns,
        1 AS waits
    FROM wait
    WHERE
        $open AND open AND woken_ts IS NULL AND state <> 0 AND state & 128 = 0
        AND ($pid IS NULL OR pid = $pid)
        AND ($tid IS NULL OR tid = $tid)
        AND ($min_block_time IS NULL OR stop_of(thread) - coalesce(off_ts, start_of(thread)) >= $min_block_time * 1000)
        AND ($max_block_time IS NULL OR stop_of(thread) - coalesce(off_ts, start_of(thread)) <= $max_block_time * 1000)
        AND ($state IS NULL OR has_state(state, $state))
),
named AS (
    SELECT
        coalesce(threads.pid, 0) AS pid,
        concat_ws(
            ';',
            kind,
            coalesce(threads.comm, '[unknown]'),
            nullif(stack_text(ustack, kstack, $delimited, FALSE), '')
        ) AS folded,
        kind IS NULL AND NOT $whole AS split,
        off_ns,
        queued_ns,
        waits
    FROM sums LEFT JOIN threads USING (thread)
    WHERE NOT ($user_threads_only AND coalesce(kernel, FALSE)) AND NOT ($kernel_threads_only AND NOT coalesce(kernel, FALSE))
),
parts AS (
    SELECT
        pid,
        concat(folded, CASE WHEN queue THEN ';[runqueue]' ELSE '' END) AS folded,
        CASE WHEN queue THEN queued_ns WHEN split THEN off_ns - queued_ns ELSE off_ns END AS ns,
        waits
    -- One pass over the waits for both parts of each.
    FROM named CROSS JOIN (VALUES (FALSE), (TRUE)) AS sides (queue)
    WHERE NOT queue OR split
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
