//! Lines that name their values: `meminfo`, `vmstat` and `sockstat`.

use super::{Put, number};

/// `MemFree:  1234 kB` or `pgpgin 1234`.
pub fn values(text: &str, put: &mut Put<'_>) {
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let name = words.next().unwrap_or_default().trim_end_matches(':');
        if let (false, Some(value)) = (name.is_empty(), words.next().and_then(number)) {
            put(name.to_owned(), value);
        }
    }
}

/// `TCP: inuse 12 orphan 0`.
pub fn groups(text: &str, put: &mut Put<'_>) {
    for line in text.lines() {
        let Some((group, rest)) = line.split_once(':') else { continue };
        let mut words = rest.split_ascii_whitespace();
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            if let Some(value) = number(value) {
                put(format!("{group}.{name}"), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::parsed;

    #[test]
    fn names_and_values() {
        let text =
            "MemTotal:        8388608 kB\nActive(anon):      12 kB\nHugePages_Total:       0\n";
        assert_eq!(
            parsed(super::values, text),
            "MemTotal=8388608 Active(anon)=12 HugePages_Total=0"
        );
        assert_eq!(parsed(super::values, "pgpgin 10\nnr_unstable 0\n"), "pgpgin=10 nr_unstable=0");
        let text = "sockets: used 16\nTCP: inuse 1 orphan 0 tw 2\nUDPLITE: inuse 0\n";
        assert_eq!(
            parsed(super::groups, text),
            "sockets.used=16 TCP.inuse=1 TCP.orphan=0 TCP.tw=2 UDPLITE.inuse=0"
        );
    }
}
