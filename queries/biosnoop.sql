-- Each disk request with its latency.
--
-- One row per request that was issued to the device and was done in the window, in the order in which they were done;
-- TIME counts from the begin of the recording. COMM and PID are those of the thread that queued it: of buffered
-- writes that is the one that writes back, and of a flush, which the kernel issues for all who ask for one, it is
-- nobody. T is R for read and W for write, and where the original says R for all else, F for flush, D for discard
-- and N for others. Requests beneath the threshold of the recording have no rows.
--
-- group: disk
-- needs: block_io
-- flag: -Q, --queue -- Add the time in the queue of the operating system.
-- flag: -d, --disk DISK TEXT -- Only this disk.
-- flag: -P, --pattern -- Tell those that begin where the one done before them on that disk ended (S) from others (R).
-- flag: -p, --pid PID INT -- Only this process.
-- column: time_s -- When it was done.
-- column: comm -- Name; ? where it is not known.
-- column: pid -- Process id.
-- column: disk -- Name of the disk.
-- column: t -- Kind of request.
-- column: sector -- Where on the disk it began.
-- column: bytes -- Its size.
-- column: p [--pattern] -- Sequential or random.
-- column: que_ms [--queue] -- From queued to issued.
-- column: lat_ms -- From issued to done.
-- compare: rows, sum bytes, mean que_ms lat_ms by disk t p
-- render: table
-- chart: heatmap time_s lat_ms
WITH ordered AS (
    SELECT
        dev,
        sector,
        done_ts,
        lag(sector + sectors) OVER (PARTITION BY dev ORDER BY done_ts, sector) AS previous_end
    FROM disk_io
    WHERE $pattern AND sectors > 0 AND done_ts <= $to
),
requests AS (
    SELECT * FROM disk_io
    WHERE
        NOT summed AND issue_ts IS NOT NULL AND done_ts > $from AND done_ts <= $to
        AND ($disk IS NULL OR disk = $disk)
        AND ($pid IS NULL OR pid = $pid)
)
SELECT
    (requests.done_ts - $start) / 1e9 AS time_s,
    coalesce(nullif(requests.comm, ''), '?') AS comm,
    requests.pid AS pid,
    requests.disk AS disk,
    CASE requests.op
        WHEN 'read' THEN 'R'
        WHEN 'write' THEN 'W'
        WHEN 'flush' THEN 'F'
        WHEN 'discard' THEN 'D'
        ELSE 'N'
    END AS t,
    requests.sector AS sector,
    requests.bytes AS bytes,
    CASE
        WHEN ordered.previous_end IS NULL THEN NULL
        WHEN requests.sector = ordered.previous_end THEN 'S'
        ELSE 'R'
    END AS p,
    requests.queued_ns / 1e6 AS que_ms,
    requests.service_ns / 1e6 AS lat_ms
FROM requests
LEFT JOIN ordered
    ON requests.dev = ordered.dev AND requests.done_ts = ordered.done_ts AND requests.sector = ordered.sector
ORDER BY requests.done_ts, requests.dev, requests.sector, requests.queue_ts
