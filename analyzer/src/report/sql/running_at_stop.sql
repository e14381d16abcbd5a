-- The runs that the stop ended: on which CPU they were is told by the row before.
SELECT
    last.thread AS thread,
    coalesce(before.on_cpu, -1) AS cpu,
    last.off_ts - last.ran_ns AS ran_ts,
    last.off_ts AS off_ts
FROM (SELECT * FROM wait WHERE open AND state = 0 AND off_cpu IS NULL AND ran_ns IS NOT NULL) AS last
INNER JOIN wait AS before ON last.thread = before.thread AND last.seq = before.seq + 1
