//! `stat`: the time of each CPU in units of 10 ms, and counters of the whole machine.

use super::{Put, number};

const STATES: [&str; 10] =
    ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"];

/// Each line has a name, then its value, or a total and its parts.
pub fn parse(text: &str, put: &mut Put<'_>) {
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            // The sum of the others.
            None | Some("cpu") => {}
            Some(cpu) if cpu.starts_with("cpu") => {
                for (state, value) in STATES.iter().zip(words) {
                    if let Some(value) = number(value) {
                        put(format!("{cpu}.{state}"), value);
                    }
                }
            }
            Some(name) => {
                if let Some(value) = words.next().and_then(number) {
                    put(name.to_owned(), value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::parsed;

    #[test]
    fn cpus_and_totals() {
        let text = "\
cpu  10 2 3 40 5 0 6 7 0 0
cpu0 10 2 3 40 5 0 6 7 0 0
intr 900 9 0 4
ctxt 12345
btime 1767320000
softirq 77 1 2
";
        assert_eq!(
            parsed(super::parse, text),
            "cpu0.user=10 cpu0.nice=2 cpu0.system=3 cpu0.idle=40 cpu0.iowait=5 cpu0.irq=0 \
             cpu0.softirq=6 cpu0.steal=7 cpu0.guest=0 cpu0.guest_nice=0 \
             intr=900 ctxt=12345 btime=1767320000 softirq=77"
        );
    }
}
