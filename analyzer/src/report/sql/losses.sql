-- What is known to be missing, by stream and reason.
SELECT stream, coalesce(reason, '') AS reason, sum("rows") AS missing
FROM lost
GROUP BY 1, 2
HAVING sum("rows") > 0
ORDER BY missing DESC, 1, 2
