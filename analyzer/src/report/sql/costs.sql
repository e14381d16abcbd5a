-- What the recording cost. A probe is measured only within its windows, which are a part of the time: a share of a CPU is
-- that of the windows.
SELECT what, runs, cpu_ns, window_ns, memory
FROM (
    SELECT
        what,
        coalesce(sum(runs), 0) AS runs,
        sum(cpu_ns) AS cpu_ns,
        sum(window_ns) AS window_ns,
        coalesce(max(memory), 0) AS memory
    FROM cost
    WHERE what NOT LIKE 'kernel stacks %'
    GROUP BY what
)
ORDER BY what = 'recorder' DESC, CAST(cpu_ns AS DOUBLE) / greatest(window_ns, 1) DESC, what
