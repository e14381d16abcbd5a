-- The name of every process.
--
-- It is that of its main thread, whose thread id is the process id, the latest where it changed; of a process whose
-- main thread nobody saw, that of its first thread.
--
-- group: sched
-- column: pid -- Process id.
-- column: comm -- Name, made fit to be one frame of a folded stack.
SELECT
    pid,
    coalesce(last_value(comm ORDER BY thread) FILTER (WHERE tid = pid), first_value(comm ORDER BY thread)) AS comm
FROM threads
GROUP BY pid
