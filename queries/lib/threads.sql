-- The last known identity of every thread.
--
-- The table `thread` has a row per name that a thread had; this has one row per thread.
--
-- group: sched
-- column: thread -- The thread, as other tables refer to it.
-- column: tid -- Thread id.
-- column: pid -- Process id.
-- column: ppid -- Parent process id.
-- column: pid_ns -- PID namespace.
-- column: comm -- Name, made fit to be one frame of a folded stack.
-- column: kernel -- A kernel thread.
SELECT
    thread,
    last_value(tid ORDER BY ts) AS tid,
    last_value(pid ORDER BY ts) AS pid,
    last_value(ppid ORDER BY ts) AS ppid,
    last_value(pid_ns ORDER BY ts) AS pid_ns,
    frame_text(last_value(comm ORDER BY ts)) AS comm,
    last_value(kernel ORDER BY ts) AS kernel
FROM thread
GROUP BY thread
