-- Size of disk requests by process, as a histogram.
--
-- Requests that were issued in the window, by the name of the thread that queued them: of buffered writes that is the
-- one that writes back. Of requests that a threshold kept out of the recording only the sum of the sizes is known, per
-- second, thread, latency and flags: they count with the mean of their sum, in the second in which they were done.
--
-- group: disk
-- needs: block_io
-- column: process_name -- Name; ? where it is not known.
-- column: unit -- Kbytes.
-- column: bucket -- Lower edge of the bucket.
-- column: count -- Requests that fell in it.
-- render: histogram
SELECT
    coalesce(nullif(comm, ''), '?') AS process_name,
    'Kbytes' AS unit,
    log2_bucket(bytes / count / 1024) AS bucket,
    sum(count) AS count
FROM disk_io
WHERE
    (issue_ts > $from AND issue_ts <= $to)
    OR (summed AND done_ts <= $to AND (done_ts > $from OR $from = $start))
GROUP BY 1, 2, 3
ORDER BY process_name, bucket
