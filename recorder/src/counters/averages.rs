//! `loadavg`, `uptime` and `pressure`: numbers with two decimals, kept in hundredths.

use super::{Put, hundredths, number};

/// `0.25 0.50 1.00 2/345 6789`: three averages, then threads that run, of all.
pub fn load(text: &str, put: &mut Put<'_>) {
    let mut words = text.split_ascii_whitespace();
    for key in ["load1", "load5", "load15"] {
        if let Some(value) = words.next().and_then(hundredths) {
            put(key.to_owned(), value);
        }
    }
    if let Some((running, threads)) = words.next().and_then(|word| word.split_once('/')) {
        for (key, text) in [("running", running), ("threads", threads)] {
            if let Some(value) = number(text) {
                put(key.to_owned(), value);
            }
        }
    }
}

/// Seconds since the boot, then the idle seconds of all CPUs, which `stat` has too.
pub fn uptime(text: &str, put: &mut Put<'_>) {
    if let Some(value) = text.split_ascii_whitespace().next().and_then(hundredths) {
        put("uptime".to_owned(), value);
    }
}

/// `some avg10=0.25 avg60=0.50 avg300=1.00 total=12345`: shares of time, and microseconds.
pub fn pressure(what: &str, text: &str, put: &mut Put<'_>) {
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let Some(kind) = words.next() else { continue };
        for (key, value) in words.filter_map(|word| word.split_once('=')) {
            let value = if key == "total" { number(value) } else { hundredths(value) };
            if let Some(value) = value {
                put(format!("{what}.{kind}.{key}"), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::parsed;

    #[test]
    fn averages() {
        assert_eq!(
            parsed(super::load, "0.06 0.77 11.08 1/94 19190\n"),
            "load1=6 load5=77 load15=1108 running=1 threads=94"
        );
        assert_eq!(parsed(super::uptime, "1927.87 1350.21\n"), "uptime=192787");
        let text = "\
some avg10=2.30 avg60=0.05 avg300=0.81 total=45181793
full avg10=0.00 avg60=0.00 avg300=0.00 total=7
";
        assert_eq!(
            parsed(|text, put| super::pressure("cpu", text, put), text),
            "cpu.some.avg10=230 cpu.some.avg60=5 cpu.some.avg300=81 cpu.some.total=45181793 \
             cpu.full.avg10=0 cpu.full.avg60=0 cpu.full.avg300=0 cpu.full.total=7"
        );
    }
}
