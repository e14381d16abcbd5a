-- Time that threads were blocked, divided among the threads they really waited for.
--
-- For each voluntary wait that ended in the window, the waker is asked what it did meanwhile: [running],
-- [runqueue] and [preempted] are answers; where it was blocked itself, its own waker is asked about that
-- piece, and so on down to an interrupt such as [hardirq:hrtimer]. Every nanosecond lands in one leaf, so
-- the leaves of a target sum to its time off the CPU. [lost] was not recorded, [truncated] lies beyond --depth,
-- [cut] lies outside of what was kept of a longer recording.
-- Stacks are those of the wakeups: target and stack, then behind each -- the waker's stack upside down and its name.
--
-- group: sched
-- needs: wait
-- flag: -p, --pid PID INT -- Only waits of this process.
-- flag: -t, --tid TID INT -- Only waits of this thread.
-- flag: -u, --user-threads-only -- Only waits of user threads.
-- flag: -k, --kernel-threads-only -- Only waits of kernel threads.
-- flag: -U, --user-stacks-only -- Only the user part of stacks.
-- flag: -K, --kernel-stacks-only -- Only the kernel part of stacks.
-- flag: -m, --min-block-time US INT -- Only waits of at least so many microseconds.
-- flag: -M, --max-block-time US INT -- Only waits of at most so many microseconds.
-- flag: --state MASK INT -- Only these task states, as a bit mask: 1 interruptible, 2 uninterruptible.
-- flag: --depth N INT -- Waking threads on a path at most (default 64)
-- arg: DURATION -- Seconds of the recording, from its begin or --from on.
-- column: folded -- Target and stack, for each waker asked --, its stack from leaf to root and its name, and the state.
-- column: value -- Microseconds.
-- column: waits -- How many pieces of time.
-- column: ns -- The exact time.
-- render: stacks
-- unit: us
-- palette: chain
SELECT
    folded,
    (sum(ns) + 500) / 1000 AS value,
    sum(waits) AS waits,
    sum(ns) AS ns
FROM
    critical_path(
        $from, $to, $depth, FALSE, FALSE, $min_block_time, $max_block_time, $state, $pid, $tid,
        $user_threads_only, $kernel_threads_only, $user_stacks_only, $kernel_stacks_only
    )
WHERE ns > 0
GROUP BY folded
ORDER BY value, folded
