-- Nanoseconds blocked, and then spent on a run queue, of the waits that ended in a slot of $slot nanoseconds.
SELECT
    (on_ts - $from - 1) / $slot AS slot,
    thread,
    ustack,
    kstack,
    sum(off_ns - queued_ns) AS value,
    sum(queued_ns) AS queued
FROM waits
WHERE voluntary AND on_ts > $from AND on_ts <= $to
GROUP BY 1, 2, 3, 4
