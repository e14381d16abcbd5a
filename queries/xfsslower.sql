-- Operations on XFS that took longer than a threshold.
--
-- Single reads (R), writes (W), opens (O) and syncs (S) of files on XFS, from the system call to its return: a
-- substitute for the functions of the file system that the original traces, and a little longer. What mmap, io_uring,
-- sendfile and the kernel itself read and write is missing. Where the recording has a minimum for `io` or `path`,
-- operations beneath it have no row, whatever MIN_MS says. `--format csv` is the original's -j.
--
-- group: fs
-- needs: io path
-- flag: -p, --pid PID INT -- Only this process.
-- arg: MIN_MS FLOAT -- Shortest operation to show, in milliseconds; 0 shows all (default 10)
-- column: time -- When it returned.
-- column: comm -- Name.
-- column: pid -- Process id.
-- column: t -- R read, W write, O open, S fsync.
-- column: bytes -- Bytes read or written.
-- column: off_kb -- Where in the file, in KiB.
-- column: lat_ms -- How long it took.
-- column: filename -- Last part of the path.
-- compare: rows, sum bytes, mean lat_ms by comm t
-- render: table
-- chart: heatmap time lat_ms
SELECT
    ts AS time,
    comm,
    pid,
    CASE op WHEN 'fsync' THEN 'S' ELSE upper(left(op, 1)) END AS t,
    moved AS bytes,
    CASE WHEN op IN ('read', 'write') THEN "offset" ELSE 0 END / 1024 AS off_kb,
    duration_ns / 1e6 AS lat_ms,
    file AS filename
FROM file_ops
WHERE
    fs = 'xfs'
    AND NOT summed
    AND ts > $from AND ts <= $to
    AND duration_ns >= $min_ms * 1000000
    AND ($pid IS NULL OR pid = $pid)
ORDER BY ts, tid
