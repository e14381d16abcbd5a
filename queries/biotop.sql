-- Processes by the disk I/O they did.
--
-- Requests that were done in the window, summed per process, disk and direction; AVG runs from queued to done. The
-- process is that of the thread that queued the request: of buffered writes that is the one that writes back. A flush
-- counts where a thread asked for it, not again where the kernel issued it. Requests that a threshold kept out of the
-- recording are in it with their time on the device. The largest first; the interval of the original is one second.
--
-- group: disk
-- needs: block_io
-- flag: -C, --noclear -- Do not clear the screen; it never is.
-- flag: -r, --maxrows MAXROWS INT -- So many rows at most (default 20)
-- flag: -p, --pid PID INT -- Only this process.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: pid -- Process id.
-- column: comm -- Name; ? where it is not known.
-- column: d -- W for writes, else R.
-- column: maj -- Major number of the disk.
-- column: min -- Minor number of the disk.
-- column: disk -- Name of the disk.
-- column: io "I/O" -- How many requests.
-- column: kbytes "Kbytes" -- How much they moved.
-- column: avg_ms "AVGms" -- Mean latency.
-- compare: sum io kbytes, mean avg_ms over io by comm d disk with maxrows
-- render: table
SELECT
    pid,
    coalesce(nullif(comm, ''), '?') AS comm,
    d,
    dev >> 20 AS maj,
    dev & 1048575 AS min,
    disk,
    io,
    bytes / 1024 AS kbytes,
    ns / 1e6 / timed AS avg_ms
FROM (
    SELECT
        pid,
        comm,
        CASE WHEN op = 'write' THEN 'W' ELSE 'R' END AS d,
        dev,
        disk,
        sum(count) AS io,
        sum(bytes) AS bytes,
        sum(CASE WHEN summed THEN total_ns ELSE coalesce(whole_ns, service_ns) END) AS ns,
        sum(count) FILTER (WHERE coalesce(whole_ns, service_ns) IS NOT NULL) AS timed
    FROM disk_io
    WHERE
        done_ts <= $to AND (done_ts > $from OR (summed AND $from = $start))
        AND ($pid IS NULL OR pid = $pid)
        AND NOT (op = 'flush' AND queue_ts IS NULL)
    GROUP BY 1, 2, 3, 4, 5
)
ORDER BY bytes DESC, io DESC, pid, comm, d, dev
LIMIT $maxrows
