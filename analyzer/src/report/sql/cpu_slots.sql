-- Samples per slot of $slot nanoseconds, thread and stack. A slot holds its last instant and not its first, as the window of
-- `profile` does.
SELECT
    (ts - $from - 1) / $slot AS slot,
    thread,
    ustack,
    kstack,
    count(*) AS value,
    0 AS queued
FROM sample
WHERE ts > $from AND ts <= $to
GROUP BY 1, 2, 3, 4
