//! Numbers that name somebody or something of the host.

use super::key::Key;

/// Where programs, their stacks and their libraries lie in memory begins far above any number that is meant as one:
/// as nanoseconds it is five hours.
pub const LEAST_POINTER: i64 = 1 << 44;

/// A user or group id; root, nobody and "leave it as it is" stay. Those of the table and those in arguments agree.
pub fn user(key: &Key, id: i64) -> i64 {
    const NOBODY: i64 = 65_534;
    match id {
        0 | -1 | NOBODY => id,
        id if id == i64::from(u32::MAX) => id,
        id => (1 << 30 | key.number("user", i64::from(id as u32)) >> 34) as i64,
    }
}

/// A control group or a namespace; the first ones of every host stay.
pub fn container(key: &Key, id: i64) -> i64 {
    const FIRST_NAMESPACES: std::ops::RangeInclusive<i64> = 0xefff_fff0..=0xf000_0000;
    match id {
        0 | 1 => id,
        id if FIRST_NAMESPACES.contains(&id) => id,
        id => (1 << 33 | key.number("container", id) >> 31) as i64,
    }
}

/// A file or a socket.
pub fn inode(key: &Key, id: i64) -> i64 {
    if id == 0 { 0 } else { (key.number("inode", id) >> 16 | 1) as i64 }
}

/// An address of code: its place in the page stays, and which half of the memory it lies in, the kernel's or not.
pub fn code_address(key: &Key, address: i64) -> i64 {
    const PAGE: i64 = 0xfff;
    const HALF: i64 = i64::MIN;
    if address == 0 {
        return 0;
    }
    let page = key.number("page", address & !PAGE) as i64;
    address & (HALF | PAGE) | page & !(HALF | PAGE)
}
