-- Calls of connect to Internet addresses, with their latency and result.
--
-- LAT ends with the return of the call: of a socket that does not block that is before the connection stands, and the
-- result is "In progress". FAM is 2 for IPv4 and 10 for IPv6.
--
-- group: net
-- needs: sock
-- flag: -T, --time -- Show the time of day.
-- flag: -p, --pid PID INT -- Only this process.
-- column: time [--time] -- When it returned.
-- column: pid -- Process id.
-- column: process -- Name.
-- column: fam -- Address family.
-- column: address -- The address asked for.
-- column: port -- Its port.
-- column: lat_us -- How long the call took.
-- column: result -- What became of it.
-- chart: heatmap time lat_us
-- compare: rows, mean lat_us by process address port result
-- render: table
SELECT
    ts + duration_ns AS time,
    coalesce(pid, 0) AS pid,
    coalesce(comm, '') AS process,
    family AS fam,
    regexp_replace(endpoint, ':[0-9]*$', '') AS address,
    CAST(regexp_match(endpoint, ':([0-9]+)$')[1] AS BIGINT) AS port,
    duration_ns / 1000 AS lat_us,
    CASE ret
        WHEN 0 THEN 'Success'
        WHEN -4 THEN 'Interrupted'
        WHEN -13 THEN 'Permission denied'
        WHEN -98 THEN 'Address in use'
        WHEN -99 THEN 'Address not available'
        WHEN -101 THEN 'Network unreachable'
        WHEN -103 THEN 'Connection aborted'
        WHEN -104 THEN 'Connection reset'
        WHEN -106 THEN 'Already connected'
        WHEN -110 THEN 'Timed out'
        WHEN -111 THEN 'Connection refused'
        WHEN -113 THEN 'No route to host'
        WHEN -114 THEN 'Already in progress'
        WHEN -115 THEN 'In progress'
        ELSE concat('error ', -ret)
    END AS result
FROM sock
WHERE
    ts + duration_ns > $from AND ts + duration_ns <= $to
    AND family IN (2, 10)
    AND syscall IN (SELECT number FROM syscall WHERE name = 'connect')
    AND ($pid IS NULL OR pid = $pid)
ORDER BY ts + duration_ns, thread
