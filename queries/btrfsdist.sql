-- Latency of Btrfs operations as histograms.
--
-- Reads, writes, opens and syncs of files on Btrfs, from the system call to its return: a substitute for the
-- functions of the file system that the original traces: a little longer, and for opens much, since finding the path
-- counts. What mmap, io_uring, sendfile and the kernel itself read and write is missing; failed opens are left out.
-- Calls beneath a recorded minimum are in the histograms, exactly; they belong to the window in which their second
-- began.
--
-- group: fs
-- needs: io path
-- flag: -m, --milliseconds -- Milliseconds instead of microseconds.
-- flag: -p, --pid PID INT -- Only this process.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: operation -- read, write, open or fsync.
-- column: unit -- The chosen unit.
-- column: bucket -- Lower edge of the bucket, in that unit.
-- column: count -- Operations that fell in it.
-- render: histogram
SELECT
    op AS operation,
    CASE WHEN $milliseconds THEN 'msecs' ELSE 'usecs' END AS unit,
    log2_bucket(duration_ns / CASE WHEN $milliseconds THEN 1000000 ELSE 1000 END) AS bucket,
    sum(count) AS count
FROM file_ops
WHERE fs = 'btrfs' AND ts > $from AND ts <= $to AND ($pid IS NULL OR pid = $pid)
GROUP BY 1, 2, 3
ORDER BY array_position(make_array('read', 'write', 'open', 'fsync'), op), bucket
