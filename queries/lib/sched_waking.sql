-- Wakeups, as the tracepoints sched_waking and sched_wakeup_new tell them.
--
-- The last waking of each wait; earlier ones of the same wait, and those of running threads, are not recorded.
--
-- group: sched
-- needs: wait
-- column: ts -- When.
-- column: cpu -- CPU it was issued on.
-- column: waker_thread -- The thread that issued it; NULL for an interrupt.
-- column: context -- What issued it: task, softirq, hardirq, nmi or idle.
-- column: thread -- The thread that was woken.
-- column: tid -- Its thread id.
-- column: comm -- Its name.
-- column: new -- It was created just now.
SELECT
    woken_ts AS ts,
    waker_cpu AS cpu,
    waker AS waker_thread,
    waker_context AS context,
    thread,
    tid,
    comm,
    born AS new
FROM wait
WHERE woken_ts IS NOT NULL
