-- What was sampled between $from and $to, by thread and stack, as text.
SELECT
    sums.thread AS thread,
    ustack,
    kstack,
    concat_ws(';', coalesce(threads.comm, '[unknown]'), nullif(stack_text(ustack, kstack, FALSE, FALSE), '')) AS folded
FROM (
    SELECT DISTINCT thread, ustack, kstack FROM sample WHERE ts > $from AND ts <= $to
) AS sums
LEFT JOIN threads ON sums.thread = threads.thread
-- Equal recordings give equal pages.
ORDER BY folded, 1, 2, 3
