-- Disk requests that were done, as `biolatency` counts them, by time and latency. Those that are only summed have no
-- instant and no exact latency: they are counted apart.
SELECT
    CASE WHEN summed THEN -1 ELSE (done_ts - $from - 1) / $slot END AS slot,
    octave + (ns - octave) * 4 / octave * octave / 4 AS bucket,
    sum(count) AS count
FROM (
    SELECT
        done_ts,
        count,
        summed,
        greatest(service_ns, 4) AS ns,
        log2_bucket(greatest(service_ns, 4)) AS octave
    FROM disk_io
    WHERE done_ts <= $to AND (done_ts > $from OR (summed AND $from = $start)) AND service_ns IS NOT NULL
)
GROUP BY 1, 2
