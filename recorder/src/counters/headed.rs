//! A line of names above a line of values, each behind its protocol: `snmp` and `netstat`.

use super::{Put, number};

/// `Tcp: ActiveOpens PassiveOpens`, then `Tcp: 40 30`.
pub fn parse(text: &str, put: &mut Put<'_>) {
    let mut lines = text.lines().filter_map(|line| line.split_once(':')).peekable();
    while let Some((protocol, names)) = lines.next() {
        let Some((_, values)) = lines.next_if(|(next, _)| *next == protocol) else { continue };
        let pairs = names.split_ascii_whitespace().zip(values.split_ascii_whitespace());
        for (name, value) in pairs {
            if let Some(value) = number(value) {
                put(format!("{protocol}.{name}"), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::parsed;

    #[test]
    fn names_above_values() {
        let text = "\
Ip: Forwarding DefaultTTL
Ip: 2 64
Tcp: MaxConn ActiveOpens
Tcp: -1 40
Alone: Name
TcpExt: TCPTimeouts
TcpExt: 4
";
        assert_eq!(
            parsed(super::parse, text),
            "Ip.Forwarding=2 Ip.DefaultTTL=64 Tcp.MaxConn=-1 Tcp.ActiveOpens=40 TcpExt.TCPTimeouts=4"
        );
    }
}
