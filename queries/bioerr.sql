-- Disk requests that failed.
--
-- Requests that were done in the window with an error, in the order in which they were done. A row without
-- SECTOR and ERROR stands for failed requests that a threshold kept out of the recording: COUNT of them, in
-- the second that begins at TIME.
--
-- group: disk
-- needs: block_io
-- flag: -d, --disk DISK TEXT -- Only this disk.
-- flag: -x, --extended -- Add the disk's name, the process that queued it, and its latency.
-- column: time -- When it was done.
-- column: device -- Major and minor number of the disk.
-- column: disk [--extended] -- Name of the disk.
-- column: sector -- Where on the disk it began.
-- column: bytes -- Its size.
-- column: flags -- Kind of request, in the letters of the kernel's tracepoint.
-- column: error -- Negative errno.
-- column: count -- How many requests.
-- column: pid [--extended] -- Process id.
-- column: comm [--extended] -- Name.
-- column: lat_ms [--extended] -- From issued to done.
-- compare: sum count by device disk flags error comm
-- render: table
SELECT
    greatest(CASE WHEN summed THEN done_ts - 1 ELSE done_ts END, $start) AS time,
    concat(dev >> 20, ',', dev & 1048575) AS device,
    disk,
    sector,
    CASE WHEN NOT summed THEN bytes END AS bytes,
    rwbs AS flags,
    error,
    errors AS count,
    pid,
    comm,
    CASE WHEN NOT summed THEN service_ns / 1e6 END AS lat_ms
FROM disk_io
WHERE
    errors > 0
    AND done_ts <= $to AND (done_ts > $from OR (summed AND $from = $start))
    AND ($disk IS NULL OR disk = $disk)
ORDER BY done_ts, dev, sector, flags, service_ns, pid, comm, errors
