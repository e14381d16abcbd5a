-- Files that were read and written most, by thread.
--
-- Reads and writes at the system call: a substitute for the kernel functions that the original counts. What mmap,
-- io_uring, sendfile and the kernel itself read and write is missing. Bytes are those asked for, as in the original; of
-- vectors, those moved. Calls beneath a recorded minimum are a row per thread and file system, with the bytes moved;
-- they belong to the window in which their second began.
--
-- group: fs
-- needs: io
-- flag: -a, --all-files -- Sockets (S), pipes and devices (O) too.
-- flag: -r, --maxrows MAXROWS INT -- How many rows (default 20)
-- flag: -s, --sort SORT TEXT -- Sort by all, reads, writes, rbytes or wbytes (default all)
-- flag: -p, --pid PID INT -- Only this process.
-- flag: --read-only -- Only reads.
-- flag: --write-only -- Only writes.
-- flag: --moved -- Bytes that were moved instead of those asked for.
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
-- column: tid -- Thread id.
-- column: comm -- Name.
-- column: reads -- How many reads.
-- column: writes -- How many writes.
-- column: r_kb "R_Kb" -- Read, in KiB.
-- column: w_kb "W_Kb" -- Written, in KiB.
-- column: t -- R regular file, S socket, O other.
-- column: file -- Last part of the path; `[ext4]` for all that was beneath the minimum on ext4.
-- compare: sum reads writes r_kb w_kb by comm t file with maxrows
-- render: table
WITH files AS (
    SELECT
        tid,
        comm,
        dev,
        inode,
        CASE WHEN summed THEN '[' || fs || ']' ELSE file END AS file,
        CASE
            WHEN file_type = 'file' THEN 'R'
            WHEN file_type = 'socket' OR fs = 'sockfs' THEN 'S'
            WHEN file_type IS NOT NULL OR fs IN ('', 'pipefs', 'devtmpfs', 'devpts', 'anon_inodefs', 'bdev') THEN 'O'
            ELSE 'R'
        END AS t,
        op,
        count,
        CASE WHEN $moved THEN moved ELSE requested END AS bytes
    FROM file_ops
    WHERE
        op IN ('read', 'write')
        AND ts > $from AND ts <= $to
        AND NOT ($read_only AND op = 'write')
        AND NOT ($write_only AND op = 'read')
        AND ($pid IS NULL OR pid = $pid)
),
sums AS (
    SELECT
        tid,
        comm,
        t,
        file,
        coalesce(sum(count) FILTER (WHERE op = 'read'), 0) AS reads,
        coalesce(sum(count) FILTER (WHERE op = 'write'), 0) AS writes,
        coalesce(sum(bytes) FILTER (WHERE op = 'read'), 0) AS rbytes,
        coalesce(sum(bytes) FILTER (WHERE op = 'write'), 0) AS wbytes
    FROM files
    WHERE $all_files OR t = 'R'
    GROUP BY tid, comm, t, file, dev, inode
)
SELECT tid, comm, reads, writes, rbytes / 1024 AS r_kb, wbytes / 1024 AS w_kb, t, file
FROM sums
ORDER BY
    CASE $sort
        WHEN 'reads' THEN reads
        WHEN 'writes' THEN writes
        WHEN 'rbytes' THEN rbytes
        WHEN 'wbytes' THEN wbytes
        ELSE reads + writes + rbytes + wbytes
    END DESC,
    reads + writes DESC,
    tid,
    comm,
    file,
    rbytes,
    wbytes
LIMIT $maxrows
