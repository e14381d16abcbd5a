-- Connections accepted from Internet addresses.
--
-- Calls of accept and accept4 that returned, with the address of the peer. FAM is 2 for IPv4 and 10 for IPv6.
--
-- group: net
-- needs: sock
-- flag: -T, --time -- Show the time of day.
-- flag: -p, --pid PID INT -- Only this process.
-- column: time [--time] -- When it returned.
-- column: pid -- Process id.
-- column: process -- Name.
-- column: fam -- Address family.
-- column: address -- The address of the peer.
-- column: port -- Its port.
-- column: result -- The new descriptor, or what went wrong.
-- compare: rows by process fam
-- render: table
SELECT
    ts + duration_ns AS time,
    coalesce(pid, 0) AS pid,
    coalesce(comm, '') AS process,
    family AS fam,
    regexp_replace(endpoint, ':[0-9]*$', '') AS address,
    CAST(regexp_match(endpoint, ':([0-9]+)$')[1] AS BIGINT) AS port,
    CASE
        WHEN ret >= 0 THEN concat('fd ', ret)
        WHEN ret = -11 THEN 'Nobody there'
        WHEN ret = -24 THEN 'Too many open files'
        WHEN ret = -103 THEN 'Connection aborted'
        ELSE concat('error ', -ret)
    END AS result
FROM sock
WHERE
    ts + duration_ns > $from AND ts + duration_ns <= $to
    AND family IN (2, 10)
    AND syscall IN (SELECT number FROM syscall WHERE name IN ('accept', 'accept4'))
    AND ($pid IS NULL OR pid = $pid)
ORDER BY ts + duration_ns, thread
