-- Waits that began and ended within the recording, divided into blocked and run-queue time.
--
-- A waking that lies up to 1 ms before the switch-out counts as one at the switch-out: two CPUs stamped them.
-- An earlier one belonged to a sleep that was cancelled, and is no waking of this wait.
--
-- group: sched
-- needs: wait
-- column: thread -- The thread.
-- column: tid -- Its thread id.
-- column: pid -- Its process id.
-- column: seq -- Number of the wait within the thread.
-- column: state -- Task state at the switch-out.
-- column: voluntary -- It gave up the CPU; otherwise it was preempted or yielded.
-- column: woken -- The wait has a waking.
-- column: off_ts -- Left the CPU.
-- column: woken_ts -- Became runnable; without a waking, `on_ts` where it was voluntary and `off_ts` where not.
-- column: on_ts -- Got a CPU again.
-- column: off_ns -- Time off the CPU.
-- column: blocked_ns -- Time until it was woken.
-- column: queued_ns -- Time from then on until it got a CPU.
-- column: kstack -- Kernel stack at the switch-out.
-- column: ustack -- User stack at the switch-out.
-- column: waker -- The thread that woke it.
-- column: waker_context -- What issued the wakeup.
-- column: waker_kstack -- Kernel stack of the wakeup.
-- column: waker_ustack -- User stack of the waker.
-- column: off_cpu -- CPU it left.
-- column: on_cpu -- CPU it came back on.
SELECT
    thread,
    tid,
    pid,
    seq,
    state,
    voluntary,
    voluntary AND coalesce(off_ts - woken_ts <= 1000000, FALSE) AS woken,
    off_ts,
    runnable_ts AS woken_ts,
    on_ts,
    on_ts - off_ts AS off_ns,
    runnable_ts - off_ts AS blocked_ns,
    on_ts - runnable_ts AS queued_ns,
    kstack,
    ustack,
    waker,
    waker_context,
    waker_kstack,
    waker_ustack,
    off_cpu,
    on_cpu
FROM (
    SELECT
        *,
        state <> 0 AND NOT preempted AS voluntary,
        runnable_ts(off_ts, woken_ts, on_ts, state <> 0 AND NOT preempted) AS runnable_ts
    FROM wait
    WHERE off_ts IS NOT NULL AND on_ts >= off_ts AND state & 128 = 0
)
