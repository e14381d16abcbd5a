-- Distance between consecutive disk requests by process, as a histogram.
--
-- How many sectors lie between the end of a request and the begin of the next one that was issued to the same disk,
-- be it by another process; by the name of the thread that queued the later one. Requests that move no data do not
-- count, nor does the first of each disk. Where a threshold kept requests out of the recording, the distances are
-- between those that it has.
--
-- group: disk
-- needs: block_io
-- flag: -d, --disk DISK TEXT -- Only this disk.
-- column: comm -- Name; ? where it is not known.
-- column: unit -- Sectors.
-- column: bucket -- Lower edge of the bucket.
-- column: count -- Requests that fell in it.
-- render: histogram
WITH seeks AS (
    SELECT
        comm,
        abs(sector - lag(sector + sectors) OVER (PARTITION BY dev ORDER BY issue_ts, sector)) AS distance
    FROM disk_io
    WHERE NOT summed AND sectors > 0 AND issue_ts > $from AND issue_ts <= $to AND ($disk IS NULL OR disk = $disk)
)
SELECT
    coalesce(nullif(comm, ''), '?') AS comm,
    'sectors' AS unit,
    log2_bucket(distance) AS bucket,
    count(*) AS count
FROM seeks
WHERE distance IS NOT NULL
GROUP BY 1, 2, 3
ORDER BY comm, bucket
