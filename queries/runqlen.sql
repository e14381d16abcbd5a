-- How many threads waited for each CPU, sampled.
--
-- Beside the one that ran, at each sample. An idle CPU is not sampled: what is missing from the frequency of the
-- recording counts as samples of an empty run queue.
--
-- group: sched
-- needs: sample
-- requires: sample.queued -- This recording has no lengths of run queues.
-- flag: -T, --timestamp -- Show the time of day.
-- flag: -O, --runqocc -- The share of samples with a thread waiting.
-- flag: -C, --cpus -- Each CPU on its own.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: time [--timestamp] -- End of the interval.
-- column: cpu [--cpus] -- Which CPU.
-- column: unit [not --runqocc] -- What is counted: runqlen.
-- column: bucket [not --runqocc] -- How many waited.
-- column: count [not --runqocc] -- Samples that found so many.
-- column: runqocc_pct "runqocc (%)" [--runqocc] -- Share of the samples that found any.
-- compare: mean runqocc_pct by cpu
-- render: histogram linear [not --runqocc]
-- render: table [--runqocc]
-- chart: time interval runqocc_pct by cpu
WITH busy AS (
    SELECT cpu, queued, count(*) AS count
    FROM sample
    WHERE ts >= $from AND ts < $to
    GROUP BY cpu, queued
),
ticks AS (
    SELECT cpu, sum(count) AS count
    FROM (
        SELECT
            unnest(range(0, least(cpus, 8192))) AS cpu,
            (overlap_ns(start_ts, stop_ts, $from, $to) * frequency + 500000000) / 1000000000 AS count
        FROM recording
    )
    GROUP BY cpu
),
lengths AS (
    SELECT cpu, queued, count
    FROM busy
    WHERE queued IS NOT NULL
    UNION ALL
    SELECT ticks.cpu, 0, greatest(any_value(ticks.count) - coalesce(sum(busy.count), 0), 0)
    FROM ticks LEFT JOIN busy ON ticks.cpu = busy.cpu
    GROUP BY ticks.cpu
),
sums AS (
    SELECT
        CASE WHEN $cpus THEN cpu END AS cpu,
        CASE WHEN NOT $runqocc THEN queued END AS bucket,
        sum(count) AS count,
        coalesce(sum(count) FILTER (WHERE queued > 0), 0) AS waited
    FROM lengths
    WHERE count > 0
    GROUP BY 1, 2
)
SELECT $to AS time, cpu, 'runqlen' AS unit, bucket, count, 100.0 * waited / count AS runqocc_pct
FROM sums
ORDER BY cpu, bucket
