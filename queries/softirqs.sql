-- Time spent in software interrupts, by kind.
--
-- Those in ksoftirqd and on idle CPUs too, and those beneath the threshold of the recording, whose exact sums were
-- kept. With -d, a histogram of the durations of each kind.
--
-- group: kernel
-- needs: softirq
-- flag: -T, --timestamp -- Show the time of day.
-- flag: -N, --nanoseconds -- Nanoseconds instead of microseconds.
-- flag: -C, --count -- Show how many, too.
-- flag: -d, --distributed -- Histograms of their durations.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: time [--timestamp] -- End of the interval.
-- column: softirq -- Which kind.
-- column: unit [--distributed] -- The chosen unit.
-- column: bucket [--distributed] -- Lower edge of the bucket, in that unit.
-- column: count [--distributed] -- How many fell in it.
-- column: total_usecs "TOTAL_usecs" [not --distributed not --nanoseconds] -- Time they took.
-- column: total_nsecs "TOTAL_nsecs" [not --distributed --nanoseconds] -- Time they took.
-- column: total_count "TOTAL_count" [not --distributed --count] -- How many.
-- compare: sum total_usecs total_nsecs total_count by softirq
-- render: histogram [--distributed]
-- render: table [not --distributed]
-- chart: time interval total_usecs by softirq
WITH sums AS (
    SELECT
        vector AS softirq,
        CASE WHEN $distributed THEN log2_bucket(duration_ns / CASE WHEN $nanoseconds THEN 1 ELSE 1000 END) END AS bucket,
        count(*) AS count,
        sum(duration_ns) AS ns
    FROM softirq
    WHERE ts >= $from AND ts < $to
    GROUP BY 1, 2
    UNION ALL
    SELECT
        make_array(
            'hi', 'timer', 'net_tx', 'net_rx', 'block', 'irq_poll', 'tasklet', 'sched', 'hrtimer', 'rcu'
        )[number + 1],
        CASE WHEN $distributed THEN log2_bucket(least_ns / CASE WHEN $nanoseconds THEN 1 ELSE 1000 END) END,
        sum(count),
        sum(total_ns)
    FROM rest
    WHERE ts >= $from AND ts < $to AND source = 'softirq'
    GROUP BY 1, 2
)
SELECT
    $to AS time,
    softirq,
    CASE WHEN $nanoseconds THEN 'nsecs' ELSE 'usecs' END AS unit,
    bucket,
    sum(count) AS count,
    sum(ns) / 1000 AS total_usecs,
    sum(ns) AS total_nsecs,
    sum(count) AS total_count
FROM sums
GROUP BY softirq, bucket
ORDER BY sum(sum(ns)) OVER (PARTITION BY softirq), softirq, bucket
