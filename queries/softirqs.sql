-- Time spent in software interrupts, by kind.
--
-- Those in ksoftirqd and on idle CPUs too, and those beneath the threshold of the recording, whose exact sums were
-- kept. With -d, a line for every power of two of the duration.
--
-- group: kernel
-- needs: softirq
-- flag: -T, --timestamp -- Show the time of day.
-- flag: -N, --nanoseconds -- Nanoseconds instead of microseconds.
-- flag: -C, --count -- Show how many, too.
-- flag: -d, --dist -- Divide them by duration.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: time [--timestamp] -- End of the interval.
-- column: softirq -- Which kind.
-- column: bucket [--dist] -- Least duration of the line, in the chosen unit; the next power of two is beyond it.
-- column: count [--dist] -- How many took so long.
-- column: total_usecs [not --nanoseconds] -- Time they took.
-- column: total_nsecs [--nanoseconds] -- Time they took.
-- column: total_count [--count] -- How many.
-- render: table
WITH sums AS (
    SELECT
        vector AS softirq,
        CASE WHEN $dist THEN log2_bucket(duration_ns / CASE WHEN $nanoseconds THEN 1 ELSE 1000 END) END AS bucket,
        count(*) AS count,
        sum(duration_ns) AS ns
    FROM softirq
    WHERE ts >= $from AND ts < $to
    GROUP BY 1, 2
    UNION ALL
    SELECT
        make_array(
            'hi', 'timer', 'net_tx', 'net_rx', 'block', 'irq_poll', 'tasklet', 'sched', 'hrtimer', 'rcu'
        )[key + 1],
        CASE WHEN $dist THEN log2_bucket(least_ns / CASE WHEN $nanoseconds THEN 1 ELSE 1000 END) END,
        sum(count),
        sum(total_ns)
    FROM rest
    WHERE ts >= $from AND ts < $to AND source = 'softirq'
    GROUP BY 1, 2
)
SELECT
    $to AS time,
    softirq,
    bucket,
    sum(count) AS count,
    sum(ns) / 1000 AS total_usecs,
    sum(ns) AS total_nsecs,
    sum(count) AS total_count
FROM sums
GROUP BY softirq, bucket
ORDER BY sum(sum(ns)) OVER (PARTITION BY softirq), softirq, bucket
