-- Time that threads were blocked, by the whole chain of wakeups that ended the wait.
--
-- Each voluntary wait that ended in the window is billed once, undivided, to its path: the target and its
-- stack, then behind each -- the stack of a wakeup upside down and who issued it. A waker's own wait is
-- followed where it ended while the wait explained lasted. A path ends at a thread that was running all the
-- time, at an interrupt such as [hardirq:hrtimer], or at [no-waker], [lost], [truncated] or [loop],
-- or at [cut] where the recording is a part of another that does not hold the rest of the chain.
-- The width of a frame says how much waiting ended through it, not who spent the time: for that see
-- criticalpath. Run-queue time of the target stands apart as [runqueue].
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
-- flag: --unbounded -- Follow the last wakeup of every waker, however old.
-- flag: --whole -- Leave run-queue time in the chain.
-- arg: DURATION -- Seconds of the recording, from its begin or --from on.
-- column: folded -- Target and stack, and for each wakeup --, its stack from leaf to root, and the waker.
-- column: value -- Microseconds.
-- column: waits -- How many waits.
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
    chain_graph(
        $from, $to, $depth, $unbounded, $whole, $min_block_time, $max_block_time, $state, $pid, $tid,
        $user_threads_only, $kernel_threads_only, $user_stacks_only, $kernel_stacks_only
    )
WHERE ns > 0
GROUP BY folded
ORDER BY value, folded
