//! A device per line, its values in columns that the kernel's documentation names: `diskstats` and `net/dev`.

use super::{Put, number};

/// In the order of the file. Discards came with Linux 4.18, flushes with 5.5.
const DISK: [&str; 17] = [
    "reads",
    "reads_merged",
    "sectors_read",
    "read_ms",
    "writes",
    "writes_merged",
    "sectors_written",
    "write_ms",
    "in_flight",
    "busy_ms",
    "weighted_ms",
    "discards",
    "discards_merged",
    "sectors_discarded",
    "discard_ms",
    "flushes",
    "flush_ms",
];
const INTERFACE: [&str; 16] = [
    "rx_bytes",
    "rx_packets",
    "rx_errors",
    "rx_dropped",
    "rx_fifo",
    "rx_frame",
    "rx_compressed",
    "rx_multicast",
    "tx_bytes",
    "tx_packets",
    "tx_errors",
    "tx_dropped",
    "tx_fifo",
    "tx_collisions",
    "tx_carrier",
    "tx_compressed",
];

fn columns<'a>(
    device: &str,
    names: &[&str],
    values: impl Iterator<Item = &'a str>,
    put: &mut Put<'_>,
) {
    for (name, value) in names.iter().zip(values) {
        if let Some(value) = number(value) {
            put(format!("{device}.{name}"), value);
        }
    }
}

/// `254 0 vda 1000 10 …`.
pub fn disks(text: &str, put: &mut Put<'_>) {
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace().skip(2);
        if let Some(disk) = words.next() {
            columns(disk, &DISK, words, put);
        }
    }
}

/// `eth0: 1000 10 …`, after two lines of headings.
pub fn interfaces(text: &str, put: &mut Put<'_>) {
    for line in text.lines() {
        if let Some((interface, values)) = line.split_once(':') {
            columns(interface.trim(), &INTERFACE, values.split_ascii_whitespace(), put);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::parsed;

    #[test]
    fn a_disk_of_an_old_kernel_and_one_of_a_new() {
        let text = " 254       0 vda 1 2 3 4 5 6 7 8 9 10 11\n 254 1 vda1 1 0 0 0 0 0 0 0 0 0 0 12 13 14 15 16 17\n";
        let parsed = parsed(super::disks, text);
        assert!(
            parsed.starts_with(
                "vda.reads=1 vda.reads_merged=2 vda.sectors_read=3 vda.read_ms=4 vda.writes=5 \
                 vda.writes_merged=6 vda.sectors_written=7 vda.write_ms=8 vda.in_flight=9 \
                 vda.busy_ms=10 vda.weighted_ms=11 vda1.reads=1 "
            ),
            "{parsed}"
        );
        assert!(
            parsed.ends_with(
                "vda1.discards=12 vda1.discards_merged=13 vda1.sectors_discarded=14 \
                 vda1.discard_ms=15 vda1.flushes=16 vda1.flush_ms=17"
            ),
            "{parsed}"
        );
    }

    #[test]
    fn interfaces() {
        let text = "\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
  eth0: 101 102 103 104 105 106 107 108 201 202 203 204 205 206 207 208
veth1:1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
";
        let parsed = parsed(super::interfaces, text);
        assert!(
            parsed.starts_with(
                "eth0.rx_bytes=101 eth0.rx_packets=102 eth0.rx_errors=103 eth0.rx_dropped=104 \
                 eth0.rx_fifo=105 eth0.rx_frame=106 eth0.rx_compressed=107 eth0.rx_multicast=108 \
                 eth0.tx_bytes=201 eth0.tx_packets=202 eth0.tx_errors=203 eth0.tx_dropped=204 \
                 eth0.tx_fifo=205 eth0.tx_collisions=206 eth0.tx_carrier=207 \
                 eth0.tx_compressed=208 veth1.rx_bytes=1 "
            ),
            "{parsed}"
        );
    }
}
