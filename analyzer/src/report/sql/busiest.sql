-- The threads that ran longest between $from and $to.
SELECT thread
FROM wait
GROUP BY thread
HAVING sum(overlap_ns(off_ts - ran_ns, off_ts, $from, $to)) > 0
ORDER BY sum(overlap_ns(off_ts - ran_ns, off_ts, $from, $to)) DESC, thread
LIMIT $most
