-- Requests to disks, with the name of the disk and the operation and flags in words.
--
-- One row per request, and one per sum of requests that a threshold kept out (`summed`): `count` of them, each at
-- least `service_ns` long, together `total_ns` and `bytes`. Of those nobody knows the sectors, nor when they were
-- queued or issued; their `done_ts` lies just after the begin of their second.
--
-- A flush that a thread asks for is a request without data that is queued and done, but never issued; the one that the
-- kernel issues for all who wait is another row, which nobody queued.
--
-- group: disk
-- column: thread -- The thread that queued it.
-- column: tid -- Its thread id.
-- column: pid -- Its process id; 0 where the thread is not known.
-- column: comm -- Its name.
-- column: dev -- Number of the disk.
-- column: disk -- Its name; `major:minor` of a disk that the host did not list.
-- column: sector -- Where it began.
-- column: sectors -- How long it was.
-- column: bytes -- How many bytes; of a sum, of all of it.
-- column: flags -- Operation and flags as the kernel has them.
-- column: op -- read, write, flush, discard, secure_erase, write_zeroes, zone, driver or other.
-- column: rwbs -- Operation and flags in the letters of the kernel's tracepoints, such as WS.
-- column: flag_text -- Operation and flags in the words of BCC, such as Sync-Write.
-- column: queue_ts -- When it was queued.
-- column: issue_ts -- When it was issued to the device.
-- column: done_ts -- When it was done.
-- column: queued_ns -- From queued to issued.
-- column: service_ns -- From issued to done.
-- column: whole_ns -- From queued to done.
-- column: kstack -- Kernel stack that queued it.
-- column: error -- 0, or a negative errno.
-- column: errors -- How many of them failed.
-- column: merges -- What was merged into it.
-- column: requeues -- Times it was issued again.
-- column: summed -- A sum of requests, not one.
-- column: count -- How many requests.
-- column: total_ns -- Their service times added up.
WITH requests AS (
    SELECT
        thread,
        tid,
        pid,
        comm,
        dev,
        sector,
        bytes / 512 AS sectors,
        bytes,
        flags,
        queue_ts,
        issue_ts,
        done_ts,
        issue_ts - queue_ts AS queued_ns,
        done_ts - issue_ts AS service_ns,
        done_ts - queue_ts AS whole_ns,
        kstack,
        error,
        CASE WHEN error <> 0 THEN 1 ELSE 0 END AS errors,
        merges,
        requeues,
        FALSE AS summed,
        1 AS count,
        done_ts - issue_ts AS total_ns
    FROM block_io
    UNION ALL
    SELECT
        thread,
        tid,
        pid,
        comm,
        dev,
        NULL AS sector,
        NULL AS sectors,
        bytes,
        number AS flags,
        NULL AS queue_ts,
        NULL AS issue_ts,
        ts + 1 AS done_ts,
        NULL AS queued_ns,
        least_ns AS service_ns,
        least_ns AS whole_ns,
        NULL AS kstack,
        NULL AS error,
        errors,
        NULL AS merges,
        NULL AS requeues,
        TRUE AS summed,
        count,
        total_ns
    FROM rest
    WHERE source = 'block_io'
)
SELECT
    requests.thread,
    requests.tid,
    requests.pid,
    requests.comm,
    requests.dev,
    coalesce(disk.name, concat(requests.dev >> 20, ':', requests.dev & 1048575)) AS disk,
    requests.sector,
    requests.sectors,
    requests.bytes,
    requests.flags,
    CASE requests.flags & 255
        WHEN 0 THEN 'read'
        WHEN 1 THEN 'write'
        WHEN 2 THEN 'flush'
        WHEN 3 THEN 'discard'
        WHEN 5 THEN 'secure_erase'
        WHEN 9 THEN 'write_zeroes'
        WHEN 34 THEN 'driver'
        WHEN 35 THEN 'driver'
        ELSE CASE WHEN requests.flags & 255 BETWEEN 7 AND 19 THEN 'zone' ELSE 'other' END
    END AS op,
    concat(
        CASE WHEN requests.flags & (1 << 18) <> 0 THEN 'F' END,
        CASE requests.flags & 255
            WHEN 0 THEN 'R'
            WHEN 1 THEN 'W'
            WHEN 2 THEN 'F'
            WHEN 3 THEN 'D'
            WHEN 5 THEN 'DE'
            ELSE 'N'
        END,
        CASE WHEN requests.flags & (1 << 17) <> 0 THEN 'F' END,
        CASE WHEN requests.flags & (1 << 19) <> 0 THEN 'A' END,
        CASE WHEN requests.flags & (1 << 11) <> 0 THEN 'S' END,
        CASE WHEN requests.flags & (1 << 12) <> 0 THEN 'M' END
    ) AS rwbs,
    concat(
        CASE WHEN requests.flags & (1 << 21) <> 0 THEN 'NoWait-' END,
        CASE WHEN requests.flags & (1 << 20) <> 0 THEN 'Background-' END,
        CASE WHEN requests.flags & (1 << 19) <> 0 THEN 'ReadAhead-' END,
        CASE WHEN requests.flags & (1 << 15) <> 0 THEN 'Idle-' END,
        CASE WHEN requests.flags & (1 << 14) <> 0 THEN 'NoMerge-' END,
        CASE WHEN requests.flags & (1 << 13) <> 0 THEN 'Priority-' END,
        CASE WHEN requests.flags & (1 << 17) <> 0 THEN 'ForcedUnitAccess-' END,
        CASE WHEN requests.flags & (1 << 12) <> 0 THEN 'Metadata-' END,
        CASE WHEN requests.flags & (1 << 11) <> 0 THEN 'Sync-' END,
        CASE requests.flags & 255
            WHEN 0 THEN 'Read'
            WHEN 1 THEN 'Write'
            WHEN 2 THEN 'Flush'
            WHEN 3 THEN 'Discard'
            WHEN 5 THEN 'SecureErase'
            WHEN 9 THEN 'WriteZeros'
            ELSE 'Unknown'
        END
    ) AS flag_text,
    requests.queue_ts,
    requests.issue_ts,
    requests.done_ts,
    requests.queued_ns,
    requests.service_ns,
    requests.whole_ns,
    requests.kstack,
    requests.error,
    requests.errors,
    requests.merges,
    requests.requeues,
    requests.summed,
    requests.count,
    requests.total_ns
FROM requests LEFT JOIN disk ON requests.dev = disk.dev
