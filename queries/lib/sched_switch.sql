-- Context switches, as the tracepoint of that name tells them.
--
-- A switch has two sides, and each is a row: one says which thread left the CPU, the other which thread got it.
-- From one thread to another both have the same `ts` and `cpu`; a side alone means that the CPU was or
-- became idle.
--
-- group: sched
-- needs: wait
-- column: ts -- When.
-- column: cpu -- On which CPU.
-- column: prev_thread -- The thread that left the CPU.
-- column: prev_tid -- Its thread id.
-- column: prev_comm -- Its name.
-- column: prev_state -- Its task state, as bits.
-- column: preempt -- The kernel took the CPU away.
-- column: next_thread -- The thread that got the CPU.
-- column: next_tid -- Its thread id.
-- column: next_comm -- Its name.
SELECT
    off_ts AS ts,
    off_cpu AS cpu,
    thread AS prev_thread,
    tid AS prev_tid,
    comm AS prev_comm,
    state AS prev_state,
    preempted AS preempt,
    NULL AS next_thread,
    NULL AS next_tid,
    NULL AS next_comm
FROM wait
-- A thread still running at the stop has not left a CPU.
WHERE off_ts IS NOT NULL AND off_cpu IS NOT NULL
UNION ALL
SELECT on_ts, on_cpu, NULL, NULL, NULL, NULL, NULL, thread, tid, comm
FROM wait
WHERE on_ts IS NOT NULL
