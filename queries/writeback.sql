-- Write-back of dirty pages: when, to which device, how many pages and why.
--
-- One row per piece of work that the kernel's flusher threads finished, in the order of their ends.
--
-- group: fs
-- needs: writeback
-- column: time -- When it was done.
-- column: device -- The backing device, as major:minor.
-- column: pages -- Pages that were written.
-- column: reason -- Why, such as background, periodic or sync.
-- column: ms "ms" -- How long it took, in milliseconds.
-- compare: rows, sum pages, mean ms by device reason
-- render: table
-- chart: heatmap time ms
SELECT
    ts + duration_ns AS time,
    name AS device,
    written AS pages,
    reason,
    duration_ns / 1e6 AS ms
FROM writeback
WHERE ts + duration_ns > $from AND ts + duration_ns <= $to
ORDER BY ts + duration_ns, ts, name, tid
