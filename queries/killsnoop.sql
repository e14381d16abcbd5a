-- Signals sent by the system calls kill, tkill and tgkill.
--
-- TPID is what the call was given: a process, 0 or less for a group of them, or of tkill and tgkill a thread. Signals
-- that the kernel sends are not among them; see signals.
--
-- group: process
-- needs: misc
-- flag: -x, --failed -- Only failed calls.
-- flag: -p, --pid PID INT -- Only calls of this process.
-- flag: -T, --tpid TPID INT -- Only signals to this target.
-- flag: -s, --signal SIGNAL INT -- Only this signal.
-- column: time -- When the call returned.
-- column: pid -- Process id of the sender.
-- column: comm -- Name of the sender.
-- column: sig -- Number of the signal.
-- column: tpid -- Target.
-- column: result -- 0, or a negative errno.
-- compare: rows by comm sig result
-- render: table
WITH kills AS (
    SELECT
        ts + duration_ns AS end_ts,
        tid,
        pid,
        comm,
        CASE WHEN name = 'tgkill' THEN third ELSE second END AS sig,
        CASE WHEN name = 'tgkill' THEN second ELSE first END AS tpid,
        ret
    FROM misc
    JOIN (SELECT DISTINCT number, name FROM syscall WHERE name IN ('kill', 'tkill', 'tgkill')) ON syscall = number
    WHERE
        ts + duration_ns > $from AND ts + duration_ns <= $to
        AND ($pid IS NULL OR pid = $pid)
        AND (NOT $failed OR ret < 0)
)
SELECT end_ts AS time, pid, comm, sig, tpid, ret AS result
FROM kills
WHERE ($tpid IS NULL OR tpid = $tpid) AND ($signal IS NULL OR sig = $signal)
ORDER BY end_ts, tid
