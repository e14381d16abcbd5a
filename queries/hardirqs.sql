-- Time spent in hardware interrupts, by name.
--
-- Interrupts of devices: not the local timer, nor what CPUs send to each other. Those beneath the threshold of the
-- recording are counted too, by their exact sums. With -d, a line for every power of two of the duration.
--
-- group: kernel
-- needs: hardirq
-- flag: -T, --timestamp -- Show the time of day.
-- flag: -N, --nanoseconds -- Nanoseconds instead of microseconds.
-- flag: -C, --count -- Show how many, too.
-- flag: -d, --dist -- Divide them by duration.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: time [--timestamp] -- End of the interval.
-- column: hardirq -- Name of the device that raised it.
-- column: bucket [--dist] -- Least duration of the line, in the chosen unit; the next power of two is beyond it.
-- column: count [--dist] -- How many took so long.
-- column: total_usecs [not --nanoseconds] -- Time they took.
-- column: total_nsecs [--nanoseconds] -- Time they took.
-- column: total_count [--count] -- How many.
-- render: table
WITH sums AS (
    SELECT
        name AS hardirq,
        CASE WHEN $dist THEN log2_bucket(duration_ns / CASE WHEN $nanoseconds THEN 1 ELSE 1000 END) END AS bucket,
        count(*) AS count,
        sum(duration_ns) AS ns
    FROM hardirq
    WHERE ts >= $from AND ts < $to
    GROUP BY 1, 2
    UNION ALL
    SELECT
        name,
        CASE WHEN $dist THEN log2_bucket(least_ns / CASE WHEN $nanoseconds THEN 1 ELSE 1000 END) END,
        sum(count),
        sum(total_ns)
    FROM rest
    WHERE ts >= $from AND ts < $to AND source = 'hardirq'
    GROUP BY 1, 2
)
SELECT
    $to AS time,
    hardirq,
    bucket,
    sum(count) AS count,
    sum(ns) / 1000 AS total_usecs,
    sum(ns) AS total_nsecs,
    sum(count) AS total_count
FROM sums
GROUP BY hardirq, bucket
ORDER BY sum(sum(ns)) OVER (PARTITION BY hardirq), hardirq, bucket
