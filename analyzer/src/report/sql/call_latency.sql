-- System calls that returned, by time and latency. Those that are only summed have no instant and no exact latency: they
-- are counted apart.
SELECT
    CASE WHEN summed THEN -1 ELSE (ts - $from - 1) / $slot END AS slot,
    octave + (ns - octave) * 4 / octave * octave / 4 AS bucket,
    sum(count) AS count
FROM (
    SELECT
        ts,
        count,
        summed,
        greatest(duration_ns, 4) AS ns,
        log2_bucket(greatest(duration_ns, 4)) AS octave
    FROM calls
    WHERE ts > $from AND ts <= $to AND duration_ns IS NOT NULL
)
GROUP BY 1, 2
