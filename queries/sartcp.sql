-- TCP: connections, segments and their failures, each second.
--
-- What `sar -n TCP,ETCP 1` prints, in one line, from /proc/net/snmp. The first line is the average since the boot, where
-- the window holds the first reading.
--
-- group: system
-- needs: counter
-- flag: -y, --no-first -- Leave out the line since the boot.
-- arg: SECONDS FLOAT -- So many seconds for each line (default 1)
-- arg: COUNT INT -- So many lines at most.
-- column: time -- When it was read.
-- column: active/s "active/s" -- Connections opened from here.
-- column: passive/s "passive/s" -- Connections accepted.
-- column: iseg/s "iseg/s" -- Segments received.
-- column: oseg/s "oseg/s" -- Segments sent.
-- column: atmptf/s "atmptf/s" -- Attempts that failed.
-- column: estres/s "estres/s" -- Connections that were reset.
-- column: retrans/s "retrans/s" -- Segments sent again.
-- column: isegerr/s "isegerr/s" -- Segments received with errors.
-- column: orsts/s "orsts/s" -- Resets sent.
-- chart: time time active/s passive/s, iseg/s oseg/s, atmptf/s estres/s retrans/s isegerr/s orsts/s
-- compare: mean active/s passive/s iseg/s oseg/s atmptf/s estres/s retrans/s isegerr/s orsts/s with no-first
-- render: table
SELECT
    time,
    active / s AS "active/s",
    passive / s AS "passive/s",
    received / s AS "iseg/s",
    sent / s AS "oseg/s",
    failed / s AS "atmptf/s",
    reset / s AS "estres/s",
    again / s AS "retrans/s",
    errors / s AS "isegerr/s",
    resets / s AS "orsts/s"
FROM (
    SELECT
        CASE WHEN since_boot THEN -1 ELSE ceil((ts - $from) / 1e9 / $seconds - 0.1) END AS line,
        max(ts) AS time,
        max(ts) / 1e9 - min(ts / 1e9 - seconds) AS s,
        sum(delta) FILTER (WHERE item = 'ActiveOpens') AS active,
        sum(delta) FILTER (WHERE item = 'PassiveOpens') AS passive,
        sum(delta) FILTER (WHERE item = 'InSegs') AS received,
        sum(delta) FILTER (WHERE item = 'OutSegs') AS sent,
        sum(delta) FILTER (WHERE item = 'AttemptFails') AS failed,
        sum(delta) FILTER (WHERE item = 'EstabResets') AS reset,
        sum(delta) FILTER (WHERE item = 'RetransSegs') AS again,
        sum(delta) FILTER (WHERE item = 'InErrs') AS errors,
        sum(delta) FILTER (WHERE item = 'OutRsts') AS resets
    FROM counters
    WHERE
        source = 'snmp' AND owner = 'Tcp'
        AND ts >= $from AND ts <= $to AND NOT (since_boot AND ($no_first OR $drawn))
    GROUP BY 1
)
ORDER BY line
LIMIT $count
