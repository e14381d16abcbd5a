-- Waits for a CPU, as `runqlat` counts them, by time and latency.
SELECT
    (on_ts - $from - 1) / $slot AS slot,
    octave + (ns - octave) * 4 / octave * octave / 4 AS bucket,
    count(*) AS count
FROM (
    SELECT on_ts, greatest(ns, 4) AS ns, log2_bucket(greatest(ns, 4)) AS octave
    FROM (
        SELECT
            on_ts,
            on_ts - runnable_ts(coalesce(off_ts, woken_ts), woken_ts, on_ts, state <> 0 AND NOT preempted AND off_ts IS NOT NULL) AS ns
        FROM wait
        WHERE
            on_ts > $from AND on_ts <= $to
            AND state & 128 = 0
            AND (
                (off_ts IS NULL AND woken_ts IS NOT NULL)
                OR (off_ts IS NOT NULL AND (preempted OR state = 0 OR off_ts - woken_ts <= 1000000))
            )
    )
)
GROUP BY 1, 2
