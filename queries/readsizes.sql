-- Sizes of reads as histograms, by process name.
--
-- What the calls of the read family returned; an end of file counts as 0, and failed reads have no size. Receives on
-- sockets by other calls, sendfile, splice, mmap and io_uring are not among them. Of reads beneath a recorded minimum
-- only their number and their bytes are known, exactly: each counts with the mean of its sum, and belongs to the
-- window in which its second began.
--
-- group: fs
-- needs: io
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -e, --extension -- Average, total and count below each histogram.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: comm -- Name of the thread.
-- column: unit -- Bytes.
-- column: bucket -- Lower edge of the bucket.
-- column: count -- Reads that fell in it.
-- column: total [--extension] -- Sum of all reads of the histogram.
-- render: histogram
WITH counts AS (
    SELECT
        comm,
        log2_bucket(moved / (count - failed)) AS bucket,
        sum(count - failed) AS count,
        sum(moved) AS bytes
    FROM file_ops
    WHERE op = 'read' AND failed < count AND ts > $from AND ts <= $to AND ($pid IS NULL OR pid = $pid)
    GROUP BY 1, 2
)
SELECT
    comm,
    'bytes' AS unit,
    bucket,
    count,
    CASE WHEN $extension THEN sum(bytes) OVER (PARTITION BY comm) END AS total
FROM counts
ORDER BY comm, bucket
