-- New threads, one line each.
--
-- Every thread that was added to a process, be it by pthread_create() or otherwise. The function that it starts with
-- is not recorded; TID is shown in its place.
--
-- group: process
-- needs: fork
-- column: time -- When.
-- column: pid -- Process id.
-- column: comm -- Name of the thread that created it.
-- column: tid -- Thread id of the new thread.
-- compare: rows by comm
-- render: table
SELECT ts AS time, pid, comm, child_tid AS tid
FROM fork
WHERE ts >= $from AND ts < $to AND child_tid <> child_pid
ORDER BY ts, child_tid
