//! Addresses of sockets: as the kernel takes them on the ring, as people write them in the column.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::DataType;

use super::{Content, Encoding, Kind, Reader};

const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
const AF_NETLINK: u16 = 16;

/// The first 128 bytes of a `struct sockaddr`: `10.0.0.1:80`, `[::1]:80`, `unix:/path`, `unix:@abstract`,
/// `netlink:1`, `family:17`; NULL where there was none.
pub struct SocketAddress;

impl Kind for SocketAddress {
    type Value = String;
    const C: &'static str = "char";
    const C_SUFFIX: &'static str = "[128]";
    const SIZE: usize = 128;
    const ALIGN: usize = 1;
    const NULLABLE: bool = true;
    const ENCODING: Encoding = Encoding::Dictionary;
    const MEANING: &'static str = "address:port";
    const CONTENT: Content = Content::Address;

    fn read(from: &mut Reader<'_>) -> Option<String> {
        from.take(Self::SIZE).map(text)
    }
    fn write(value: &String, to: &mut Vec<u8>) {
        to.extend_from_slice(&bytes(value));
    }
    fn data_type() -> DataType {
        DataType::Utf8
    }
    fn array<'a>(values: impl Iterator<Item = &'a String>) -> ArrayRef {
        Arc::new(values.map(|text| (!text.is_empty()).then_some(text)).collect::<StringArray>())
    }
}

fn text(raw: &[u8]) -> String {
    let family = u16::from_ne_bytes([raw[0], raw[1]]);
    let port = u16::from_be_bytes([raw[2], raw[3]]);
    match family {
        0 => String::new(),
        AF_UNIX => unix(&raw[2..]),
        AF_INET => format!("{}:{port}", Ipv4Addr::new(raw[4], raw[5], raw[6], raw[7])),
        AF_INET6 => {
            let mut octets = [0; 16];
            octets.copy_from_slice(&raw[8..24]);
            format!("[{}]:{port}", Ipv6Addr::from(octets))
        }
        AF_NETLINK => {
            format!("netlink:{}", u32::from_ne_bytes([raw[4], raw[5], raw[6], raw[7]]))
        }
        other => format!("family:{other}"),
    }
}

/// A path, or a name after a NUL, which is written as `@`.
fn unix(path: &[u8]) -> String {
    let (mark, name) = match path {
        [0, name @ ..] if name.first().is_some_and(|byte| *byte != 0) => ("@", name),
        name => ("", name),
    };
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    format!("unix:{mark}{}", String::from_utf8_lossy(&name[..end]))
}

/// The inverse of [`text`], as far as it goes.
fn bytes(text: &str) -> [u8; SocketAddress::SIZE] {
    let mut raw = [0; SocketAddress::SIZE];
    let mut put = |at: usize, bytes: &[u8]| {
        let length = bytes.len().min(SocketAddress::SIZE - at);
        raw[at..at + length].copy_from_slice(&bytes[..length]);
    };
    if let Ok(address) = text.parse::<std::net::SocketAddrV4>() {
        put(0, &AF_INET.to_ne_bytes());
        put(2, &address.port().to_be_bytes());
        put(4, &address.ip().octets());
    } else if let Ok(address) = text.parse::<std::net::SocketAddrV6>() {
        put(0, &AF_INET6.to_ne_bytes());
        put(2, &address.port().to_be_bytes());
        put(8, &address.ip().octets());
    } else if let Some(name) = text.strip_prefix("unix:@") {
        put(0, &AF_UNIX.to_ne_bytes());
        put(3, name.as_bytes());
    } else if let Some(path) = text.strip_prefix("unix:") {
        put(0, &AF_UNIX.to_ne_bytes());
        put(2, path.as_bytes());
    } else if let Some(port) = text.strip_prefix("netlink:") {
        put(0, &AF_NETLINK.to_ne_bytes());
        put(4, &port.parse::<u32>().unwrap_or(0).to_ne_bytes());
    } else if let Some(family) = text.strip_prefix("family:") {
        put(0, &family.parse::<u16>().unwrap_or(0).to_ne_bytes());
    }
    raw
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_people_do() {
        for address in [
            "",
            "10.0.0.1:80",
            "[::1]:443",
            "unix:/run/x.sock",
            "unix:@abstract",
            "unix:",
            "netlink:7",
            "family:17",
        ] {
            assert_eq!(text(&bytes(address)), address);
        }
    }
}
