-- CPU cycles by stack, coloured by how much work they did.
--
-- Widths are cycles. Blue frames took many cycles per instruction and probably waited for memory; red
-- frames retired many instructions. Needs hardware counters beside the samples.
--
-- group: cpu
-- needs: sample
-- requires: sample.cycles -- This machine has no hardware counters of cycles and instructions (most virtual machines do not), so there is no CPI; `afterwake profile` shows where the CPU time went.
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -L, --tid TID INT -- Only this thread.
-- flag: -U, --user-stacks-only -- Only the user part of stacks.
-- flag: -K, --kernel-stacks-only -- Only the kernel part of stacks.
-- flag: -d, --delimited -- Put a - between user and kernel frames.
-- flag: -C, --cpu CPU INT -- Only this CPU.
-- arg: DURATION -- Seconds of the recording, from its begin or --from on.
-- column: folded -- Name and stack, from root to leaf.
-- column: value -- Cycles.
-- column: instructions -- Instructions.
-- column: cpi -- Cycles per instruction.
-- column: pid -- Process id.
-- render: stacks
-- unit: samples
-- palette: cpi
WITH counts AS (
    SELECT
        thread,
        CASE WHEN NOT $kernel_stacks_only THEN ustack END AS ustack,
        CASE WHEN NOT $user_stacks_only THEN kstack END AS kstack,
        sum(cycles) AS cycles,
        sum(instructions) AS instructions
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
            nullif(stack_text(ustack, kstack, $delimited, FALSE), '')
        ) AS folded,
        coalesce(threads.pid, 0) AS pid,
        cycles,
        instructions
    FROM counts LEFT JOIN threads USING (thread)
    WHERE cycles IS NOT NULL
)
SELECT
    folded,
    sum(cycles) AS value,
    sum(instructions) AS instructions,
    CAST(sum(cycles) AS DOUBLE) / nullif(sum(instructions), 0) AS cpi,
    pid
FROM named
GROUP BY folded, pid
ORDER BY value, folded, pid
