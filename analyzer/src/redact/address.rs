//! Addresses: of the same family, and never those of a real host.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::policy::{AddressFate, PortFate};
use super::pseudonym::Pseudonyms;

/// The block that nobody has, 240.0.0.0/4, and the one for documentation, 2001:db8::/32.
const NOWHERE_V4: u32 = 0xf000_0000;
const NOWHERE_V6: u128 = 0x2001_0db8 << 96;
/// 255.255.255.255 means everybody.
const BROADCAST: u32 = u32::MAX;

/// The address of a socket as the recording has it; `None` where it stays.
pub fn endpoint(names: &Pseudonyms, text: &str) -> Option<String> {
    let number = |digits: &str| !digits.is_empty() && digits.parse::<u32>().is_ok();
    let replaced = if let Some(name) = text.strip_prefix("unix:@") {
        names.path(name).map_or_else(|| text.to_owned(), |name| format!("unix:@{name}"))
    } else if let Some(path) = text.strip_prefix("unix:") {
        names.path(path).map_or_else(|| text.to_owned(), |path| format!("unix:{path}"))
    } else if ["netlink:", "family:"].iter().any(|kind| text.strip_prefix(kind).is_some_and(number))
    {
        return None;
    } else if let Ok(socket) = text.parse::<SocketAddr>() {
        let port = match names.policy.ports {
            PortFate::Keep => socket.port(),
            PortFate::Drop => 0,
        };
        let ip = match names.policy.addresses {
            AddressFate::Keep => socket.ip(),
            _ => self::ip(names, socket.ip()),
        };
        SocketAddr::new(ip, port).to_string()
    } else {
        return names.word("address", text);
    };
    (replaced != text).then_some(replaced)
}

fn ip(names: &Pseudonyms, ip: IpAddr) -> IpAddr {
    if ip.is_loopback() || ip.is_unspecified() || names.policy.words.contains(&ip.to_string()) {
        return ip;
    }
    match ip {
        IpAddr::V4(ip) => IpAddr::V4(v4(names, ip)),
        IpAddr::V6(ip) => IpAddr::V6(match ip.to_ipv4_mapped() {
            Some(inner) if inner.is_loopback() => ip,
            Some(inner) => v4(names, inner).to_ipv6_mapped(),
            None => v6(names, ip),
        }),
    }
}

fn v4(names: &Pseudonyms, ip: Ipv4Addr) -> Ipv4Addr {
    if names.policy.addresses == AddressFate::Prefix {
        let bits = prefix_preserved(names, u128::from(ip.to_bits()) << 96, 32) >> 96;
        return Ipv4Addr::from_bits(bits as u32);
    }
    let code = names.key.number("address", i64::from(ip.to_bits())) as u32;
    let bits = NOWHERE_V4 | code >> 4;
    Ipv4Addr::from_bits(if bits == BROADCAST { bits - 1 } else { bits })
}

fn v6(names: &Pseudonyms, ip: Ipv6Addr) -> Ipv6Addr {
    if names.policy.addresses == AddressFate::Prefix {
        return Ipv6Addr::from_bits(prefix_preserved(names, ip.to_bits(), 128));
    }
    let code = names.key.code("address", &ip.octets());
    let bits = u128::from_be_bytes(code[..16].try_into().expect("the code is longer"));
    Ipv6Addr::from_bits(NOWHERE_V6 | bits >> 32)
}

/// Each bit is turned or not by what stands before it: addresses that begin alike still do, as far as they did.
fn prefix_preserved(names: &Pseudonyms, bits: u128, count: u32) -> u128 {
    let mut turned = bits;
    for place in 0..count {
        let before = if place == 0 { 0 } else { bits >> (128 - place) };
        let mut value = [0; 18];
        value[0] = count as u8;
        value[1] = place as u8;
        value[2..].copy_from_slice(&before.to_be_bytes());
        let turn = names.key.code("prefix", &value)[0] & 1;
        turned ^= u128::from(turn) << (127 - place);
    }
    turned
}
