-- Stacks of busy CPUs, sampled at a fixed rate.
--
-- Counts samples per stack. An idle CPU is not sampled, so samples divided by the frequency are CPU-seconds.
-- A kernel that runs with interrupts off is sampled where it turns them on again, unless the machine has counters.
--
-- group: cpu
-- needs: sample
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -L, --tid TID INT -- Only this thread.
-- flag: -U, --user-stacks-only -- Only the user part of stacks.
-- flag: -K, --kernel-stacks-only -- Only the kernel part of stacks.
-- flag: -d, --delimited -- Put a - between user and kernel frames.
-- flag: -a, --annotations -- Mark kernel frames with _[k].
-- flag: -C, --cpu CPU INT -- Only this CPU.
-- arg: DURATION -- Seconds of the recording, from its begin or --from on.
-- column: folded -- Name and stack, from root to leaf.
-- column: value -- Samples.
-- column: pid -- Process id.
-- render: stacks
-- unit: samples
-- palette: cpu
WITH counts AS (
    SELECT
        thread,
        CASE WHEN NOT $kernel_stacks_only THEN ustack END AS ustack,
        CASE WHEN NOT $user_stacks_only THEN kstack END AS kstack,
        count(*) AS samples
    FROM sample
    WHERE
        ts > $from AND ts <= $to
        AND ($pid IS NULL OR pid = $pid)
        AND ($tid IS NULL OR tid = $tid)
        AND ($cpu IS NULL OR cpu = $cpu)
    GROUP BY 1, 2, 3
),
named AS (
    SELECT
        concat_ws(
            ';',
            coalesce(threads.comm, '[unknown]'),
            nullif(stack_text(ustack, kstack, $delimited, $annotations), '')
        ) AS folded,
        coalesce(threads.pid, 0) AS pid,
        samples
    FROM counts LEFT JOIN threads USING (thread)
)
SELECT folded, sum(samples) AS value, pid
FROM named
GROUP BY folded, pid
ORDER BY value, folded, pid
