-- Calls that write files and file systems to disk, as they are made.
--
-- Every sync, syncfs, fsync, fdatasync, sync_file_range and msync, in the order of the calls, also those that had not
-- returned at the stop. Where the recording has a minimum for `io` or `misc`, shorter calls have no row.
--
-- group: fs
-- needs: io misc
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -P, --print-pid -- Show the process id.
-- flag: -L, --latency -- Show how long it took.
-- column: time_s -- When it was called, in seconds since the start.
-- column: pid [--print-pid] -- Process id.
-- column: comm -- Name.
-- column: lat_us [--latency] -- How long it took; empty where it had not returned.
-- column: call -- Which call.
-- compare: rows, sum lat_us by comm call
-- render: table
-- chart: heatmap time_s lat_us
SELECT
    (begin_ts - $start) / 1e9 AS time_s,
    pid,
    comm,
    duration_ns / 1000 AS lat_us,
    name AS call
FROM calls
WHERE
    begin_ts >= $from AND begin_ts < $to
    AND NOT summed
    AND name IN ('sync', 'syncfs', 'fsync', 'fdatasync', 'sync_file_range', 'msync')
    AND ($pid IS NULL OR pid = $pid)
ORDER BY begin_ts, tid
