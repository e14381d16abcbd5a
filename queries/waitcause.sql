-- What each long wait was for: a disk request, a lock, a timer, another thread or an interrupt.
--
-- One row per wait of at least --min that a thread chose and that ended in the window, from the switch-out to the
-- wakeup. The cause is the first of these that holds.
--
-- Disk: a request was done between 100 us before and 50 us after the wakeup, of the thread itself where it was in
-- state D or waited for I/O, else of any thread where the completion of a request issued the wakeup; the nearest one
-- counts. Or a request of a thread in state D was under way for half of the wait or more, and the stack shows no lock
-- but that of a page or a buffer. Or a completion issued the wakeup, and its request has no row.
--
-- Lock: the kernel stack shows one. A futex may be a lock or a condition variable; a page or a buffer may be waited for
-- until its content is there. Who woke the thread released it. Timer: a timer woke it. Thread: another thread did.
-- Interrupt: an interrupt did. Unknown: nobody was seen to.
--
-- DETAIL ends with the system call the thread was in, with its file or address where that call has a row of its own,
-- or else with the kernel function. Threads that wait for work wait, too: --state 2 leaves out most of them.
--
-- group: sched
-- needs: wait
-- flag: -m, --min MIN DURATION -- Shortest wait to show (default 1ms)
-- flag: -p, --pid PID INT -- Only this process.
-- flag: -t, --tid TID INT -- Only this thread.
-- flag: --state MASK INT -- Only these task states, as a bit mask: 1 interruptible, 2 uninterruptible.
-- flag: --sum -- Totals per cause, of the waits of at least --min.
-- column: time_s [not --sum] -- When it was woken, in seconds since the start.
-- column: comm [not --sum] -- Name.
-- column: tid [not --sum] -- Thread id.
-- column: state [not --sum] -- Letter of its task state.
-- column: waits [--sum] -- How many waits.
-- column: blocked_us -- How long it was blocked.
-- column: cause -- disk, lock, timer, thread, interrupt or unknown.
-- column: detail [not --sum] -- Which.
-- compare: sum blocked_us, rows by comm cause [not --sum]
-- compare: sum blocked_us waits by cause [--sum]
-- render: table
-- chart: heatmap time_s blocked_us
WITH stacks AS (
    SELECT id, waker_text(id, NULL, FALSE, FALSE) AS frames
    FROM (SELECT DISTINCT id FROM stack WHERE pid = 0)
),
places AS (
    SELECT
        id,
        -- The innermost frames that are about a lock, and the one that called them.
        regexp_match(
            frames,
            '(?:^|;)((?:(?:(?:_*(?:ww_|rt_)?mutex_|rwsem_|rwbase_|_+down|down_|_*percpu_'
            || '|_*futex_|do_futex|_*(?:x64|arm64)_sys_futex'
            || '|_*folio_(?:wait|lock)|_*wait_on_(?:page|buffer|bit)|_*lock_buffer|out_of_line_wait_on_bit|bit_wait'
            || '|locks_lock_|flock_lock_|jbd2_log_wait_commit|wait_transaction_locked)[^;]*|down)(?:;|$))+)([^;]*)'
        ) AS lock,
        -- The innermost frame that is not about sleeping as such.
        regexp_match(
            frames,
            '^(?:(?:_*schedule|io_schedule|_*switch_to|context_switch|do_nanosleep|_*wait_for_co)[^;]*;)*([^;]+)'
        )[1] AS site,
        regexp_like(
            frames, '(^|;)(blk_(update_request|mq_end_|mq_complete_|complete_req|done_softirq)|bio_endio)'
        ) AS completes,
        regexp_like(frames, '(^|;)[^;]*(page_fault|do_mem_abort)') AS faults
    FROM stacks
),
chosen AS (
    SELECT
        thread,
        seq,
        tid,
        comm,
        state,
        iowait OR state & 1027 = 2 AS deep,
        iowait,
        off_ts,
        runnable_ts(off_ts, woken_ts, on_ts, TRUE) AS end_ts,
        coalesce(off_ts - woken_ts <= 1000000, FALSE) AS woken,
        kstack,
        waker,
        waker_context,
        waker_kstack,
        syscall
    FROM wait
    WHERE
        on_ts > $from AND on_ts <= $to AND on_ts - off_ts >= $min
        AND state <> 0 AND NOT preempted AND state & 128 = 0
        AND ($pid IS NULL OR pid = $pid)
        AND ($tid IS NULL OR tid = $tid)
        AND ($state IS NULL OR has_state(state, $state))
),
blocked AS (
    SELECT
        chosen.*,
        chosen.end_ts - chosen.off_ts AS blocked_ns,
        asleep.lock,
        asleep.site,
        coalesce(asleep.faults, FALSE) AS faults,
        woken AND coalesce(
            waking.completes OR (iowait AND chosen.waker IS NULL AND chosen.waker_context IN ('hardirq', 'softirq')),
            FALSE
        ) AS completed
    FROM chosen
    LEFT JOIN places AS asleep ON chosen.kstack = asleep.id
    LEFT JOIN places AS waking ON chosen.waker_kstack = waking.id
    WHERE chosen.end_ts - chosen.off_ts >= $min
),
requests AS (
    SELECT
        thread,
        tid,
        comm,
        disk,
        sector,
        bytes,
        op,
        coalesce(queue_ts, issue_ts, $start) AS begin_ts,
        done_ts
    FROM disk_io
    WHERE NOT summed AND done_ts <= $to + 50000
),
pairs AS (
    -- Done at the wakeup: the same quarter of a millisecond, or one of the two that the wait's end lies between.
    SELECT
        ends.thread,
        ends.seq,
        CASE WHEN requests.thread = ends.thread THEN 0 ELSE 1 END AS rank,
        abs(requests.done_ts - ends.end_ts) AS distance,
        requests.thread AS owner,
        requests.* EXCEPT (thread)
    FROM (
        SELECT *, unnest(range((end_ts - 100000) >> 18, ((end_ts + 50000) >> 18) + 1)) AS slot
        FROM blocked
        WHERE woken AND (deep OR completed)
    ) AS ends
    JOIN requests ON ends.slot = requests.done_ts >> 18
    WHERE
        requests.done_ts BETWEEN ends.end_ts - 100000 AND ends.end_ts + 50000
        AND requests.begin_ts < ends.end_ts
        AND (ends.completed OR requests.thread = ends.thread)
    UNION ALL
    -- Under way for long: both cut into pieces of 8 ms, so that a join by equality finds them.
    SELECT
        spans.thread,
        spans.seq,
        2 AS rank,
        -overlap_ns(requests.begin_ts, requests.done_ts, spans.off_ts, spans.end_ts) AS distance,
        requests.thread AS owner,
        requests.* EXCEPT (thread, slot)
    FROM (
        SELECT *, unnest(range(greatest(off_ts, $start) >> 23, (end_ts >> 23) + 1)) AS slot
        FROM blocked
        WHERE deep AND (lock IS NULL OR regexp_like(lock[1], 'folio|page|buffer|bit'))
    ) AS spans
    JOIN (
        SELECT *, unnest(range(greatest(begin_ts, $start) >> 23, (done_ts >> 23) + 1)) AS slot
        FROM requests
        WHERE 2 * (done_ts - begin_ts) >= $min
    ) AS requests
        ON spans.thread = requests.thread AND spans.slot = requests.slot
    WHERE 2 * overlap_ns(requests.begin_ts, requests.done_ts, spans.off_ts, spans.end_ts) >= spans.blocked_ns
),
disks AS (
    SELECT *
    FROM (
        SELECT
            *,
            row_number() OVER (PARTITION BY thread, seq ORDER BY rank, distance, disk, sector, begin_ts) AS place
        FROM pairs
    )
    WHERE place = 1
),
calls AS (
    SELECT thread, ts, duration_ns, syscall, path AS object FROM path
    UNION ALL
    SELECT thread, ts, duration_ns, syscall, file AS object FROM io
    UNION ALL
    SELECT thread, ts, duration_ns, syscall, endpoint AS object FROM sock
    UNION ALL
    SELECT thread, ts, duration_ns, syscall, '' AS object FROM misc
),
-- A thread is in one system call at a time: the last long one that began before the wait is the one around it.
begun AS (
    SELECT thread, seq, off_ts, end_ts, syscall, call_ts
    FROM (
        SELECT
            *,
            max(CASE WHEN seq IS NULL THEN off_ts END)
                OVER (PARTITION BY thread ORDER BY off_ts, seq IS NOT NULL ROWS UNBOUNDED PRECEDING) AS call_ts
        FROM (
            SELECT thread, seq, off_ts, end_ts, syscall FROM blocked
            UNION ALL
            SELECT thread, NULL AS seq, ts AS off_ts, NULL AS end_ts, NULL AS syscall
            FROM calls
            WHERE ts <= $to AND coalesce(duration_ns >= $min, TRUE)
        )
    )
    WHERE seq IS NOT NULL AND call_ts IS NOT NULL
),
objects AS (
    SELECT begun.thread, begun.seq, calls.syscall, min(nullif(calls.object, '')) AS object
    FROM begun JOIN calls ON begun.thread = calls.thread AND begun.call_ts = calls.ts
    WHERE
        coalesce(calls.ts + calls.duration_ns >= begun.end_ts, TRUE)
        AND coalesce(begun.syscall, calls.syscall) = calls.syscall
    GROUP BY 1, 2, 3
),
told AS (
    SELECT
        blocked.*,
        disks.rank,
        concat_ws(
            ' ',
            CASE WHEN disks.bytes = 0 AND disks.op = 'write' THEN 'flush' ELSE disks.op END,
            'of ' || nullif(disks.bytes, 0) || ' bytes',
            'on ' || disks.disk,
            CASE WHEN disks.bytes > 0 THEN 'at ' || disks.sector END,
            'in ' || round((disks.done_ts - disks.begin_ts) / 1e6, 3) || ' ms'
        ) AS request,
        CASE WHEN disks.owner IS DISTINCT FROM blocked.thread THEN disks.comm || ' (' || disks.tid || ')' END AS owner,
        disks.done_ts - blocked.end_ts AS late_ns,
        CASE WHEN disks.done_ts < blocked.end_ts THEN 'before' ELSE 'after' END AS side,
        coalesce(
            coalesce(syscall.name, 'system call ' || coalesce(blocked.syscall, objects.syscall))
            || coalesce(' ' || objects.object, ''),
            CASE WHEN blocked.faults THEN 'page fault' END,
            'in ' || blocked.site
        ) AS place,
        CASE WHEN woken THEN trim(BOTH '[]' FROM terminal(blocked.waker_context, blocked.waker_kstack)) END AS terminal,
        CASE WHEN woken THEN threads.comm || ' (' || threads.tid || ')' END AS waker_name
    FROM blocked
    LEFT JOIN disks ON blocked.thread = disks.thread AND blocked.seq = disks.seq
    LEFT JOIN objects ON blocked.thread = objects.thread AND blocked.seq = objects.seq
    LEFT JOIN syscall ON coalesce(blocked.syscall, objects.syscall) = syscall.number
    LEFT JOIN threads ON blocked.waker = threads.thread
),
judged AS (
    SELECT
        *,
        CASE
            WHEN rank IS NOT NULL OR completed THEN 'disk'
            WHEN lock IS NOT NULL THEN 'lock'
            WHEN NOT woken THEN 'unknown'
            WHEN waker IS NOT NULL THEN 'thread'
            WHEN terminal LIKE '%timer' THEN 'timer'
            WHEN terminal <> 'unrecorded' THEN 'interrupt'
            ELSE 'unknown'
        END AS cause
    FROM told
),
answers AS (
    SELECT
        *,
        CASE cause
            WHEN 'disk' THEN concat_ws(
                ', ',
                CASE WHEN rank IS NULL THEN 'a request without a row' ELSE request END,
                'queued by ' || owner,
                CASE WHEN rank = 2 THEN concat('done ', abs(late_ns) / 1000, ' us ', side, ' the wakeup') END,
                place
            )
            WHEN 'lock' THEN concat_ws(
                ', ',
                CASE
                    WHEN lock[1] LIKE '%futex%' THEN 'futex'
                    WHEN lock[1] LIKE '%rt_mutex%' THEN 'rt_mutex'
                    WHEN lock[1] LIKE '%mutex%' THEN 'mutex'
                    WHEN regexp_like(lock[1], 'rwsem|rwbase|percpu|down_(read|write)') THEN 'rwsem'
                    WHEN regexp_like(lock[1], 'folio|page') THEN 'page'
                    WHEN lock[1] LIKE '%buffer%' THEN 'buffer'
                    WHEN regexp_like(lock[1], 'jbd2|transaction') THEN 'journal'
                    WHEN lock[1] LIKE '%lock_%' THEN 'file lock'
                    WHEN lock[1] LIKE '%down%' THEN 'semaphore'
                    ELSE 'bit'
                END
                || CASE WHEN lock[1] LIKE '%futex%' THEN '' ELSE coalesce(' in ' || nullif(lock[2], ''), '') END,
                CASE
                    WHEN waker_name IS NOT NULL THEN 'released by ' || waker_name
                    WHEN terminal LIKE '%timer' THEN 'timed out'
                    ELSE terminal
                END,
                CASE WHEN lock[1] NOT LIKE '%futex%' THEN place END
            )
            WHEN 'thread' THEN concat_ws(', ', coalesce(waker_name, 'unrecorded'), place)
            WHEN 'unknown' THEN coalesce(place, '')
            ELSE concat_ws(', ', terminal, place)
        END AS detail
    FROM judged
)
SELECT
    CASE WHEN NOT $sum THEN (end_ts - $start) / 1e9 END AS time_s,
    CASE WHEN NOT $sum THEN comm END AS comm,
    CASE WHEN NOT $sum THEN tid END AS tid,
    CASE WHEN NOT $sum THEN task_state(state, FALSE) END AS state,
    count(*) AS waits,
    sum(blocked_ns) / 1000 AS blocked_us,
    cause,
    CASE WHEN NOT $sum THEN detail END AS detail
FROM answers
GROUP BY 1, 2, 3, 4, cause, 8, CASE WHEN NOT $sum THEN thread END, CASE WHEN NOT $sum THEN seq END
ORDER BY time_s, tid, CASE WHEN $sum THEN blocked_us END DESC, cause, detail
