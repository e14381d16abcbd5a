-- Reads and writes of files that took longer than a threshold.
--
-- Single reads (R) and writes (W) of regular files on any file system, from the system call to its return: a substitute
-- for the kernel functions that the original traces, and a little longer. What mmap, io_uring, sendfile and the
-- kernel itself read and write is missing. Where the recording has a minimum for `io`, calls beneath it have no
-- row, whatever MIN_MS says. BYTES is what was asked for, as in the original; of vectors, what was moved.
--
-- group: fs
-- needs: io
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -a, --all-files -- Sockets, pipes and devices too.
-- arg: MIN_MS FLOAT -- Shortest call to show, in milliseconds; 0 shows all (default 10)
-- column: time_s -- When it returned, in seconds since the start.
-- column: comm -- Name.
-- column: tid -- Thread id.
-- column: d -- R read, W write.
-- column: bytes -- Bytes asked for.
-- column: lat_ms -- How long it took.
-- column: filename -- Last part of the path.
-- compare: rows, sum bytes, mean lat_ms by comm d
-- render: table
-- chart: heatmap time_s lat_ms
SELECT
    (ts - $start) / 1e9 AS time_s,
    comm,
    tid,
    upper(left(op, 1)) AS d,
    requested AS bytes,
    duration_ns / 1e6 AS lat_ms,
    file AS filename
FROM file_ops
WHERE
    op IN ('read', 'write')
    AND NOT summed
    AND ts > $from AND ts <= $to
    AND duration_ns >= $min_ms * 1000000
    AND ($all_files OR file_type = 'file')
    AND ($pid IS NULL OR pid = $pid)
ORDER BY ts, tid
