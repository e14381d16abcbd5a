-- System calls counted by name or by process.
--
-- Calls that returned, the most frequent first; with -L or -m, those that took longest in all. Needs the sums of the
-- calls that have no rows, so that none is missing; those, and calls beneath a recorded minimum, belong to the window
-- in which their second began. Of sums the error numbers are not known: -e counts calls with rows only, and -x
-- with -L or -m divides the time of a sum evenly.
--
-- group: calls
-- needs: calls
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -t, --tid TID INT -- Only this thread.
-- flag: -c, --ppid PPID INT -- Only children of this process.
-- flag: -T, --top TOP INT -- How many rows (default 10)
-- flag: -x, --failures -- Only calls that failed.
-- flag: -e, --errno ERRNO TEXT -- Only calls that failed with this error, such as ENOENT or 2.
-- flag: -L, --latency -- Show the time they took in all.
-- flag: -m, --milliseconds -- Show that time in milliseconds.
-- flag: -P, --process -- Count by process.
-- flag: --syscall SYSCALL TEXT -- Only this call.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: syscall [not --process] -- The call.
-- column: pid [--process] -- Process id.
-- column: comm [--process] -- Name; that of its main thread where it is among them, or else of the first.
-- column: count -- How many calls.
-- column: time_us "TIME (us)" [--latency] -- How long they took in all.
-- column: time_ms "TIME (ms)" [--milliseconds] -- The same in milliseconds.
-- compare: sum count time_us time_ms by syscall comm with top
-- render: table
WITH error AS (
    SELECT
        coalesce(
            TRY_CAST($errno AS BIGINT),
            array_position(
                string_to_array(
                    'EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT '
                    || 'ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG '
                    || 'ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY '
                    || 'ELOOP - ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR '
                    || 'EXFULL ENOANO EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE '
                    || 'ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD '
                    || 'EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK '
                    || 'EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP '
                    || 'EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET '
                    || 'ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT '
                    || 'ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL '
                    || 'EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED '
                    || 'EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON',
                    ' '
                ),
                upper($errno)
            )
        ) AS number
),
counts AS (
    SELECT
        CASE WHEN NOT $process THEN name END AS syscall,
        CASE WHEN $process OR $ppid IS NOT NULL THEN thread END AS thread,
        sum(CASE WHEN $failures THEN failed ELSE count END) AS count,
        sum(CASE WHEN $failures THEN total_ns * failed / count ELSE total_ns END) AS total_ns
    FROM calls
    WHERE
        ts > $from AND ts <= $to
        AND ($pid IS NULL OR pid = $pid)
        AND ($tid IS NULL OR tid = $tid)
        AND ($syscall IS NULL OR name = $syscall)
        AND (NOT $failures OR failed > 0)
        AND ($errno IS NULL OR ret = -(SELECT number FROM error))
    GROUP BY 1, 2
),
named AS (
    SELECT
        syscall,
        CASE WHEN $process THEN coalesce(threads.pid, 0) END AS pid,
        thread,
        comm,
        threads.tid IS DISTINCT FROM threads.pid AS follows,
        count,
        total_ns
    FROM counts LEFT JOIN threads USING (thread)
    WHERE $ppid IS NULL OR threads.ppid = $ppid
),
sums AS (
    SELECT
        syscall,
        pid,
        coalesce(first_value(comm ORDER BY follows, thread), '') AS comm,
        sum(count) AS count,
        sum(total_ns) AS total_ns
    FROM named
    GROUP BY syscall, pid
)
SELECT
    syscall,
    pid,
    comm,
    count,
    total_ns / 1e3 AS time_us,
    total_ns / 1e6 AS time_ms
FROM sums
ORDER BY CASE WHEN $latency OR $milliseconds THEN total_ns ELSE count END DESC, count DESC, syscall, pid
LIMIT $top
