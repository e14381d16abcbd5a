-- The kernel's log.
--
-- Lines from before the recording come first, where the window begins with it: the recorder keeps the last of them.
--
-- group: system
-- needs: kernel_log
-- flag: -T, --ctime -- Show the time of day.
-- flag: -x, --decode -- Show how grave a line is.
-- flag: -l, --level LEVEL TEXT -- Only lines of these levels, such as err,warn.
-- column: time [--ctime] -- When it was logged.
-- column: stamp [not --ctime] -- When, in seconds since the boot.
-- column: level [--decode] -- How grave it is.
-- column: message -- The line.
-- render: table
WITH lines AS (
    SELECT
        ts,
        text,
        CASE level
            WHEN 0 THEN 'emerg'
            WHEN 1 THEN 'alert'
            WHEN 2 THEN 'crit'
            WHEN 3 THEN 'err'
            WHEN 4 THEN 'warn'
            WHEN 5 THEN 'notice'
            WHEN 6 THEN 'info'
            ELSE 'debug'
        END AS level
    FROM kernel_log
    WHERE ts <= $to AND (ts >= $from OR $from = $start)
)
SELECT
    ts AS time,
    concat(
        '[',
        lpad(CAST(ts / 1000000000 AS VARCHAR), greatest(5, length(CAST(ts / 1000000000 AS VARCHAR))), ' '),
        '.',
        lpad(CAST(ts / 1000 % 1000000 AS VARCHAR), 6, '0'),
        ']'
    ) AS stamp,
    level,
    text AS message
FROM lines
WHERE $level IS NULL OR array_has(string_to_array($level, ','), level)
ORDER BY ts, text
