-- Time spent in hardware interrupts, by name.
--
-- Interrupts of devices: not the local timer, nor what CPUs send to each other. Those beneath the threshold of the
-- recording are counted too, by their exact sums. With -d, a histogram of the durations of each name.
--
-- group: kernel
-- needs: hardirq
-- flag: -T, --timestamp -- Show the time of day.
-- flag: -N, --nanoseconds -- Nanoseconds instead of microseconds.
-- flag: -C, --count -- Show how many instead of how long.
-- flag: -d, --distributed -- Histograms of their durations.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: time [--timestamp] -- End of the interval.
-- column: hardirq -- Name of the device that raised it.
-- column: unit [--distributed] -- The chosen unit.
-- column: bucket [--distributed] -- Lower edge of the bucket, in that unit.
-- column: count [--distributed] -- How many fell in it.
-- column: total_usecs "TOTAL_usecs" [not --distributed not --nanoseconds not --count] -- Time they took.
-- column: total_nsecs "TOTAL_nsecs" [not --distributed --nanoseconds not --count] -- Time they took.
-- column: total_count "TOTAL_count" [not --distributed --count] -- How many.
-- compare: sum total_usecs total_nsecs total_count by hardirq
-- render: histogram [--distributed]
-- render: table [not --distributed]
-- chart: time interval total_usecs by hardirq
WITH sums AS (
    SELECT
        name AS hardirq,
        CASE WHEN $distributed THEN log2_bucket(duration_ns / CASE WHEN $nanoseconds THEN 1 ELSE 1000 END) END AS bucket,
        count(*) AS count,
        sum(duration_ns) AS ns
    FROM hardirq
    WHERE ts >= $from AND ts < $to
    GROUP BY 1, 2
    UNION ALL
    SELECT
        name,
        CASE WHEN $distributed THEN log2_bucket(least_ns / CASE WHEN $nanoseconds THEN 1 ELSE 1000 END) END,
        sum(count),
        sum(total_ns)
    FROM rest
    WHERE ts >= $from AND ts < $to AND source = 'hardirq'
    GROUP BY 1, 2
)
SELECT
    $to AS time,
    hardirq,
    CASE WHEN $nanoseconds THEN 'nsecs' ELSE 'usecs' END AS unit,
    bucket,
    sum(count) AS count,
    sum(ns) / 1000 AS total_usecs,
    sum(ns) AS total_nsecs,
    sum(count) AS total_count
FROM sums
GROUP BY hardirq, bucket
ORDER BY sum(sum(ns)) OVER (PARTITION BY hardirq), hardirq, bucket
