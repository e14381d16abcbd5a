-- What every thread did, wait by wait: it ran from `ran_ts` to `off_ts` on `cpu`, slept until `runnable_ts`, waited for a
-- CPU until `end_ts`. The same pieces as those that `threadstates` adds up.
WITH seen AS (
    SELECT
        * EXCEPT (off_ts),
        CASE WHEN open AND state <> 0 AND woken_ts IS NULL THEN coalesce(off_ts, $start) ELSE off_ts END AS off_ts
    FROM wait
)
SELECT
    thread,
    coalesce(off_cpu, -1) AS cpu,
    off_ts - ran_ns AS ran_ts,
    off_ts,
    CASE
        WHEN off_ts IS NULL THEN coalesce(woken_ts, on_ts)
        ELSE runnable_ts(off_ts, woken_ts, CASE WHEN open THEN $stop ELSE on_ts END, state <> 0 AND NOT preempted)
    END AS runnable_ts,
    CASE WHEN state & 128 <> 0 THEN NULL WHEN open THEN $stop ELSE on_ts END AS end_ts
FROM seen
WHERE coalesce(off_ts - ran_ns, off_ts, woken_ts, on_ts, $start) < $to
