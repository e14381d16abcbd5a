-- Who waited, and where, in the waits that `offcputime` sums.
SELECT
    sums.thread AS thread,
    ustack,
    kstack,
    concat_ws(';', coalesce(threads.comm, '[unknown]'), nullif(stack_text(ustack, kstack, FALSE, FALSE), '')) AS folded
FROM (
    SELECT DISTINCT thread, ustack, kstack FROM waits WHERE voluntary AND on_ts > $from AND on_ts <= $to
) AS sums
LEFT JOIN threads ON sums.thread = threads.thread
-- Equal recordings give equal pages.
ORDER BY folded, 1, 2, 3
