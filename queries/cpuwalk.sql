-- Which CPUs were busy, sampled.
--
-- Samples of each CPU. An idle CPU is not sampled, so one that slept throughout has 0.
--
-- group: cpu
-- needs: sample
-- column: unit -- What is counted: cpu.
-- column: bucket -- Which CPU.
-- column: count -- Samples that found it busy.
-- render: histogram linear
WITH counts AS (
    SELECT cpu, count(*) AS count
    FROM sample
    WHERE ts >= $from AND ts < $to
    GROUP BY cpu
),
places AS (
    -- No kernel has more than 8192 CPUs, whatever a damaged row says.
    SELECT unnest(range(0, least(greatest(max(cpu) + 1, (SELECT max(cpus) FROM recording)), 8192))) AS cpu
    FROM counts
    HAVING count(*) > 0
)
SELECT 'cpu' AS unit, cpu AS bucket, coalesce(count, 0) AS count
FROM places LEFT JOIN counts USING (cpu)
ORDER BY cpu
