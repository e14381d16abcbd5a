-- Bytes written by process name.
--
-- What the calls of the write family returned, added up; sends on sockets by other calls, sendfile, splice, mmap and
-- io_uring are not among them. Calls beneath a recorded minimum are included, exactly; they belong to the window
-- in which their second began.
--
-- group: fs
-- needs: io
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -T, --top TOP INT -- How many rows.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: comm -- Name of the thread.
-- column: writes -- How many writes succeeded.
-- column: bytes -- Bytes they wrote.
-- compare: sum bytes writes by comm
-- render: table
SELECT
    comm,
    sum(count - failed) AS writes,
    sum(moved) AS bytes
FROM file_ops
WHERE op = 'write' AND ts > $from AND ts <= $to AND ($pid IS NULL OR pid = $pid)
GROUP BY comm
ORDER BY bytes DESC, writes DESC, comm
LIMIT $top
