//! System calls by the prime, on files of a directory that the caller gives.

use std::ffi::CString;
use std::io::Error;

use crate::json::Object;

const OPENS: u64 = 157;
const MISSING: u64 = 19;
const STATS: u64 = 23;
const READS: u64 = 131;
const READ_BYTES: usize = 4096;
const WRITES: u64 = 113;
const WRITE_BYTES: usize = 512;
const SYNCS: u64 = 7;
const RENAMES: u64 = 11;
const UNLINKS: u64 = 5;
const KILLS: u64 = 17;
const NAPS: u64 = 29;
const NAP_NS: i64 = 300_000;
const PARENTS: u64 = 1009;
const SOCKETS: u64 = 13;

/// DIRECTORY: each call as often as its constant says, and the counts.
pub fn run(arguments: &[String]) -> Object {
    let directory = arguments.first().map_or(".", String::as_str);
    // A process of its own: the loader, the language and the truth make calls too.
    // SAFETY: this process has one thread. Every pointer is to a buffer or a C string that outlives its call.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: see `all`; then this process ends, and nothing else.
        unsafe {
            all(directory);
            libc::_exit(0);
        }
    }
    let mut status = 0;
    // SAFETY: `status` is a valid place for the answer.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "every call went as it should");
    Object::new()
        .number("pid", child as u64)
        .number("opens", OPENS)
        .number("missing", MISSING)
        .number("stats", STATS)
        .number("reads", READS)
        .number("read_bytes", READS * READ_BYTES as u64)
        .number("writes", WRITES)
        .number("write_bytes", WRITES * WRITE_BYTES as u64)
        .number("syncs", SYNCS)
        .number("renames", RENAMES)
        .number("unlinks", UNLINKS)
        .number("kills", KILLS)
        .number("naps", NAPS)
        .number("nap_ns", NAP_NS as u64)
        .number("parents", PARENTS)
        .number("sockets", SOCKETS)
}

/// # Safety
/// Ends the process where a call goes wrong: nobody else may be in it.
unsafe fn all(directory: &str) {
    let path = |name: &str| CString::new(format!("{directory}/{name}")).expect("no NUL");
    let good = |result: libc::c_long| assert!(result >= 0, "{}", Error::last_os_error());
    let (data, other) = (path("data"), path("other"));
    // SAFETY: every pointer is to a buffer or a C string that outlives its call.
    unsafe {
        let file = libc::open(data.as_ptr(), libc::O_RDWR | libc::O_CREAT, 0o644);
        good(file.into());
        let written = vec![7_u8; WRITE_BYTES];
        for _ in 0..WRITES {
            good(libc::write(file, written.as_ptr().cast(), WRITE_BYTES) as _);
        }
        good(libc::ftruncate(file, (READS as usize * READ_BYTES) as libc::off_t).into());
        for _ in 0..SYNCS {
            good(libc::fsync(file).into());
        }
        let mut read = vec![0_u8; READ_BYTES];
        for number in 0..READS {
            let offset = (number as usize * READ_BYTES) as libc::off_t;
            good(libc::pread(file, read.as_mut_ptr().cast(), READ_BYTES, offset) as _);
        }
        // The first one was above.
        for _ in 1..OPENS {
            let again = libc::open(data.as_ptr(), libc::O_RDONLY);
            good(again.into());
            libc::close(again);
        }
        let nowhere = path("missing");
        for _ in 0..MISSING {
            assert_eq!(libc::open(nowhere.as_ptr(), libc::O_RDONLY), -1);
        }
        let mut status: libc::stat = std::mem::zeroed();
        for _ in 0..STATS {
            good(libc::stat(data.as_ptr(), &raw mut status).into());
        }
        for _ in 0..RENAMES {
            good(libc::rename(data.as_ptr(), other.as_ptr()).into());
            libc::syscall(
                libc::SYS_renameat,
                libc::AT_FDCWD,
                other.as_ptr(),
                libc::AT_FDCWD,
                data.as_ptr(),
            );
        }
        for number in 0..UNLINKS {
            let short = path(&format!("short-{number}"));
            let made = libc::open(short.as_ptr(), libc::O_CREAT | libc::O_WRONLY, 0o600);
            good(made.into());
            libc::close(made);
            good(libc::unlink(short.as_ptr()).into());
        }
        for _ in 0..KILLS {
            good(libc::kill(libc::getpid(), 0).into());
        }
        for _ in 0..NAPS {
            let time = libc::timespec { tv_sec: 0, tv_nsec: NAP_NS };
            good(
                libc::clock_nanosleep(
                    libc::CLOCK_MONOTONIC,
                    0,
                    &raw const time,
                    std::ptr::null_mut(),
                )
                .into(),
            );
        }
        for _ in 0..PARENTS {
            libc::syscall(libc::SYS_getppid);
        }
        for _ in 0..SOCKETS {
            let socket = libc::socket(libc::AF_INET, libc::SOCK_STREAM, 0);
            good(socket.into());
            refused(socket);
            libc::close(socket);
        }
    }
}

/// Connects to a port of this host where nobody listens.
///
/// # Safety
/// The descriptor is an open socket.
unsafe fn refused(socket: libc::c_int) {
    let address = libc::sockaddr_in {
        sin_family: libc::AF_INET as u16,
        sin_port: 1_u16.to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes([127, 0, 0, 1]) },
        sin_zero: [0; 8],
    };
    let size = size_of_val(&address) as libc::socklen_t;
    // SAFETY: `address` is live, and `size` is its size.
    let result = unsafe { libc::connect(socket, (&raw const address).cast(), size) };
    assert_eq!(result, -1, "nobody listens on port 1");
}
