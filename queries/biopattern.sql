-- Share of random and sequential disk requests.
--
-- A request is sequential where it begins at the sector where the one done before it on the same disk ended, as
-- the original has it; with --issued, in the order in which they were issued, which the disk did not yet
-- reorder. The first request of a disk is neither, and only its bytes count; requests that move no data are not
-- in it. Where a threshold kept requests out of the recording, only those that it has are judged and counted.
--
-- group: disk
-- needs: block_io
-- flag: -d, --disk DISK TEXT -- Only this disk.
-- flag: --issued -- In the order in which they were issued.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: time -- End of the interval.
-- column: disk -- Name of the disk.
-- column: rnd_pct "%RND" -- Random, in percent.
-- column: seq_pct "%SEQ" -- Sequential, in percent.
-- column: count -- Requests that were judged.
-- column: kbytes -- How much they moved.
-- compare: sum count kbytes, mean rnd_pct seq_pct over count by disk
-- render: table
WITH requests AS (
    SELECT
        dev,
        disk,
        sector,
        bytes,
        lag(sector + sectors) OVER (PARTITION BY dev ORDER BY ts, issue_ts, sector) AS previous_end
    FROM (SELECT *, CASE WHEN $issued THEN issue_ts ELSE done_ts END AS ts FROM disk_io)
    WHERE NOT summed AND sectors > 0 AND ts > $from AND ts <= $to AND ($disk IS NULL OR disk = $disk)
),
sums AS (
    SELECT
        dev,
        disk,
        count(previous_end) AS count,
        count(*) FILTER (WHERE sector = previous_end) AS sequential,
        sum(bytes) AS bytes
    FROM requests
    GROUP BY dev, disk
)
SELECT
    $to AS time,
    disk,
    100 * (count - sequential) / count AS rnd_pct,
    100 * sequential / count AS seq_pct,
    count,
    bytes / 1024 AS kbytes
FROM sums
WHERE count > 0
ORDER BY dev
