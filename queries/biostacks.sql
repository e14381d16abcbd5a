-- Disk I/O latency by the kernel stack that queued the request, as histograms.
--
-- How long requests waited in the queue until they were issued to the device, or with --done until they were
-- done, by the stack that says why the request exists, innermost frame first. One histogram per stack, the most
-- frequent last. The original's times are nanoseconds, though it calls them usecs; here they are microseconds.
-- Requests that a threshold kept out of the recording have neither stack nor queue time: with --done they count as
-- [not recorded], by their time on the device.
--
-- group: disk
-- needs: block_io
-- flag: --done -- Until the request was done.
-- flag: -m, --milliseconds -- Milliseconds instead of microseconds.
-- flag: -d, --disk DISK TEXT -- Only this disk.
-- column: stack -- Kernel stack that queued the requests.
-- column: unit -- The chosen unit.
-- column: bucket -- Lower edge of the bucket, in that unit.
-- column: count -- Requests that fell in it.
-- render: histogram
WITH sums AS (
    SELECT
        kstack,
        summed,
        log2_bucket(
            CASE WHEN $done THEN whole_ns ELSE queued_ns END / CASE WHEN $milliseconds THEN 1000000 ELSE 1000 END
        ) AS bucket,
        sum(count) AS count
    FROM disk_io
    WHERE
        CASE WHEN $done THEN done_ts ELSE issue_ts END <= $to
        AND (CASE WHEN $done THEN done_ts ELSE issue_ts END > $from OR ($done AND summed AND $from = $start))
        AND ($disk IS NULL OR disk = $disk)
        AND CASE WHEN $done THEN whole_ns ELSE queued_ns END IS NOT NULL
    GROUP BY 1, 2, 3
),
named AS (
    SELECT
        CASE
            WHEN summed THEN '[not recorded]'
            ELSE coalesce(nullif(waker_text(kstack, NULL, FALSE, FALSE), ''), '[no stack]')
        END AS stack,
        bucket,
        sum(count) AS count
    FROM sums
    GROUP BY 1, 2
)
SELECT
    stack,
    CASE WHEN $milliseconds THEN 'msecs' ELSE 'usecs' END AS unit,
    bucket,
    count
FROM named
ORDER BY sum(count) OVER (PARTITION BY stack), stack, bucket
