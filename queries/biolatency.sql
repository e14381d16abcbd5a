-- Disk I/O latency as a histogram.
--
-- How long requests took that were done in the window, per power of two: from the issue to the device until they
-- were done, or with -Q from the moment they were queued. Requests that a threshold kept out of the recording are
-- in it: they were summed by their time on the device, so that -Q counts them by that.
--
-- group: disk
-- needs: block_io
-- flag: -Q, --queued -- Add the time in the queue of the operating system.
-- flag: -m, --milliseconds -- Milliseconds instead of microseconds.
-- flag: -D, --disks -- A histogram per disk.
-- flag: -F, --flags -- A histogram per set of I/O flags.
-- flag: -T, --timestamp -- Head each interval with the time of its begin; so it always is.
-- flag: -e, --extension -- Average, total and count below each histogram.
-- flag: -d, --disk DISK TEXT -- Only this disk.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: disk [--disks] -- Name of the disk.
-- column: flags [--flags] -- Operation and flags.
-- column: unit -- The chosen unit.
-- column: bucket -- Lower edge of the bucket, in that unit.
-- column: count -- Requests that fell in it.
-- column: total [--extension] -- The times of the whole histogram added up, in that unit.
-- render: histogram
WITH counts AS (
    SELECT
        CASE WHEN $disks THEN disk END AS disk,
        CASE WHEN $flags THEN flag_text END AS flags,
        log2_bucket(
            CASE WHEN $queued THEN whole_ns ELSE service_ns END / CASE WHEN $milliseconds THEN 1000000 ELSE 1000 END
        ) AS bucket,
        sum(count) AS count,
        sum(CASE WHEN $queued AND NOT summed THEN whole_ns ELSE total_ns END) AS ns
    FROM disk_io
    WHERE
        done_ts <= $to AND (done_ts > $from OR (summed AND $from = $start))
        AND ($disk IS NULL OR disk = $disk)
        AND CASE WHEN $queued THEN whole_ns ELSE service_ns END IS NOT NULL
    GROUP BY 1, 2, 3
)
SELECT
    disk,
    flags,
    CASE WHEN $milliseconds THEN 'msecs' ELSE 'usecs' END AS unit,
    bucket,
    count,
    sum(ns) OVER (PARTITION BY disk, flags) / CASE WHEN $milliseconds THEN 1000000 ELSE 1000 END AS total
FROM counts
ORDER BY disk, flags, bucket
