-- Reads and writes by type of file system, per second.
--
-- Counted at the system call: a substitute for the kernel functions vfs_read and vfs_write that the original counts.
-- What mmap, io_uring, sendfile and the kernel itself read and write is missing. Calls beneath a recorded minimum are
-- included, exactly; they belong to the interval in which their second began.
--
-- group: fs
-- needs: io
-- flag: -p, --pid PID INT -- Only this process.
-- arg: INTERVAL DURATION -- Length of an interval, at least 1ms (default 1s)
-- arg: COUNT INT -- Only so many intervals.
-- column: time -- Begin of the interval.
-- column: fs -- Type of the file system, such as ext4, sockfs or pipefs; empty where the descriptor was not open.
-- column: reads -- How many reads.
-- column: writes -- How many writes.
-- compare: sum reads writes by fs
-- render: table
-- chart: time time reads writes by fs
SELECT
    $from + (ts - $from - 1) / greatest($interval, 1000000) * greatest($interval, 1000000) AS time,
    fs,
    coalesce(sum(count) FILTER (WHERE op = 'read'), 0) AS reads,
    coalesce(sum(count) FILTER (WHERE op = 'write'), 0) AS writes
FROM file_ops
WHERE
    op IN ('read', 'write')
    AND ts > $from AND ts <= $to
    AND ($count IS NULL OR (ts - $from - 1) / greatest($interval, 1000000) < $count)
    AND ($pid IS NULL OR pid = $pid)
GROUP BY 1, fs
ORDER BY 1, fs
