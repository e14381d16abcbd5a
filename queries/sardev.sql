-- Network interfaces: packets and bytes, each second.
--
-- What `sar -n DEV 1` prints, from /proc/net/dev. %ifutil is left out: the speed of the interfaces is not recorded.
-- The first report is the average since the boot, where the window holds the first reading.
--
-- group: system
-- needs: counter
-- flag: -y, --no-first -- Leave out the report since the boot.
-- flag: -i, --iface IFACE TEXT -- Only this interface.
-- arg: SECONDS FLOAT -- So many seconds for each report (default 1)
-- arg: COUNT INT -- So many reports at most.
-- column: time -- When it was read.
-- column: iface -- Which interface.
-- column: rxpck/s "rxpck/s" -- Packets received.
-- column: txpck/s "txpck/s" -- Packets sent.
-- column: rxkB/s "rxkB/s" -- KiB received.
-- column: txkB/s "txkB/s" -- KiB sent.
-- column: rxcmp/s "rxcmp/s" -- Compressed packets received.
-- column: txcmp/s "txcmp/s" -- Compressed packets sent.
-- column: rxmcst/s "rxmcst/s" -- Multicast packets received.
-- chart: time time rxpck/s, txpck/s, rxkB/s, txkB/s by iface
-- compare: mean rxpck/s txpck/s rxkB/s txkB/s rxcmp/s txcmp/s rxmcst/s by iface with no-first
-- render: table
WITH reports AS (
    SELECT
        CASE WHEN since_boot THEN -1 ELSE ceil((ts - $from) / 1e9 / $seconds - 0.1) END AS line,
        max(ts) AS time,
        owner AS iface,
        max(ts) / 1e9 - min(ts / 1e9 - seconds) AS s,
        coalesce(sum(delta) FILTER (WHERE item = 'rx_packets'), 0) AS rx_packets,
        coalesce(sum(delta) FILTER (WHERE item = 'tx_packets'), 0) AS tx_packets,
        coalesce(sum(delta) FILTER (WHERE item = 'rx_bytes'), 0) / 1024.0 AS rx_kb,
        coalesce(sum(delta) FILTER (WHERE item = 'tx_bytes'), 0) / 1024.0 AS tx_kb,
        coalesce(sum(delta) FILTER (WHERE item = 'rx_compressed'), 0) AS rx_compressed,
        coalesce(sum(delta) FILTER (WHERE item = 'tx_compressed'), 0) AS tx_compressed,
        coalesce(sum(delta) FILTER (WHERE item = 'rx_multicast'), 0) AS multicast
    FROM counters
    WHERE
        source = 'net/dev' AND ts >= $from AND ts <= $to AND NOT (since_boot AND ($no_first OR $drawn))
        AND ($iface IS NULL OR owner = $iface)
    GROUP BY line, owner
),
chosen AS (
    SELECT *, dense_rank() OVER (ORDER BY line) AS number FROM reports
)
SELECT
    time,
    iface,
    rx_packets / s AS "rxpck/s",
    tx_packets / s AS "txpck/s",
    rx_kb / s AS "rxkB/s",
    tx_kb / s AS "txkB/s",
    rx_compressed / s AS "rxcmp/s",
    tx_compressed / s AS "txcmp/s",
    multicast / s AS "rxmcst/s"
FROM chosen
WHERE $count IS NULL OR number <= $count
ORDER BY line, iface
