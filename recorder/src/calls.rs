//! The system calls: their names, the stream that each belongs to, and what its arguments mean.

use afterwake_schema::kind::SummedStream;
use syscalls::Sysno;

/// `CALL_COUNT` of `bpf/call.h`.
pub const CALL_COUNT: usize = 512;

/// The mirror of `struct call_shape` in `bpf/call.h`, which explains it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    source: u8,
    path: u8,
    other_path: u8,
    dirfd: u8,
    mode: u8,
    flags: u8,
    fd: u8,
    size: u8,
    offset: u8,
    address: u8,
    how: u16,
    wide: u8,
    count: u8,
}

/// `enum how` of `bpf/call.h`.
mod how {
    pub const NEW_FD: u16 = 1;
    pub const FD_PAIR: u16 = 2;
    pub const OPEN_HOW: u16 = 4;
    pub const POSITION: u16 = 8;
    pub const OFFSET_POINTER: u16 = 16;
    pub const BYTES: u16 = 32;
    pub const TIME: u16 = 64;
    pub const REPLACES: u16 = 128;
    pub const NO_ERROR: u16 = 256;
}

const NOTHING: Shape = Shape {
    source: 0,
    path: 0,
    other_path: 0,
    dirfd: 0,
    mode: 0,
    flags: 0,
    fd: 0,
    size: 0,
    offset: 0,
    address: 0,
    how: 0,
    wide: 0,
    count: 0,
};

/// Declares which argument is what, counted from 1, and in brackets how the call works.
macro_rules! calls {
    ($($stream:ident { $($($name:ident)|+: $($field:ident $place:literal),* $([$($how:ident),+])?;)* })*) => {
        /// By stream and name; `source` is not filled in yet.
        const GROUPS: &[(&str, &[&str], Shape)] = &[$($((
            stringify!($stream),
            &[$(stringify!($name)),+],
            Shape { $($field: $place,)* how: 0 $($(| how::$how)+)?, ..NOTHING },
        )),*),*];
    };
}

calls! {
    path {
        open: path 1, flags 2, mode 3 [NEW_FD];
        openat: dirfd 1, path 2, flags 3, mode 4 [NEW_FD];
        openat2: dirfd 1, path 2, flags 3 [NEW_FD, OPEN_HOW];
        creat: path 1, mode 2 [NEW_FD];
        open_tree | open_tree_attr | fspick: dirfd 1, path 2 [NEW_FD];
        stat | lstat | statfs | readlink: path 1;
        newfstatat | statx | readlinkat | name_to_handle_at: dirfd 1, path 2;
        access: path 1, mode 2;
        faccessat | faccessat2: dirfd 1, path 2, mode 3;
        unlink | rmdir: path 1;
        unlinkat: dirfd 1, path 2, flags 3;
        rename | link | symlink | pivot_root: path 1, other_path 2;
        renameat | move_mount: dirfd 1, path 2, other_path 4;
        renameat2: dirfd 1, path 2, other_path 4, flags 5;
        linkat: dirfd 1, path 2, other_path 4;
        symlinkat: path 1, other_path 3;
        mkdir | mknod: path 1, mode 2;
        mkdirat | mknodat: dirfd 1, path 2, mode 3;
        chdir | chroot | acct | swapoff | uselib: path 1;
        swapon: path 1, flags 2;
        chmod: path 1, mode 2;
        fchmodat | fchmodat2: dirfd 1, path 2, mode 3;
        chown | lchown | truncate | utime | utimes: path 1;
        fchownat | futimesat | utimensat: dirfd 1, path 2;
        mount: path 1, other_path 2, flags 4;
        umount2: path 1, flags 2;
        mount_setattr: dirfd 1, path 2;
        setxattr | lsetxattr | getxattr | lgetxattr: path 1;
        listxattr | llistxattr | removexattr | lremovexattr: path 1;
        setxattrat | getxattrat | listxattrat | removexattrat: dirfd 1, path 2;
        file_getattr | file_setattr: dirfd 1, path 2;
        inotify_add_watch: path 2;
        fanotify_mark: dirfd 4, path 5;
        quotactl: path 2;
        execve: path 1 [REPLACES];
        execveat: dirfd 1, path 2 [REPLACES];
    }
    io {
        read | write: fd 1, size 3 [POSITION, BYTES];
        readv | writev: fd 1 [POSITION, BYTES];
        pread64 | pwrite64: fd 1, size 3, offset 4 [BYTES];
        preadv | pwritev: fd 1, offset 4 [BYTES];
        preadv2 | pwritev2: fd 1, offset 4 [POSITION, BYTES];
        sendto | recvfrom: fd 1, size 3 [BYTES];
        sendmsg | recvmsg: fd 1 [BYTES];
        sendmmsg | recvmmsg: fd 1;
        // Of two files, the one that is read.
        sendfile: fd 2, offset 3, size 4 [POSITION, OFFSET_POINTER, BYTES];
        copy_file_range | splice: fd 1, offset 2, size 5 [POSITION, OFFSET_POINTER, BYTES];
        tee: fd 1, size 3 [BYTES];
        vmsplice: fd 1 [BYTES];
        getdents | getdents64: fd 1, size 3 [BYTES];
        fsync | fdatasync: fd 1;
        sync_file_range: fd 1, offset 2, size 3;
        msync: size 2;
        readahead: fd 1, offset 2, size 3;
        fallocate: fd 1, offset 3, size 4;
        ftruncate: fd 1, offset 2;
    }
    sock {
        socket: [NEW_FD];
        socketpair: [FD_PAIR];
        bind | connect: fd 1, address 2;
        listen | shutdown: fd 1, flags 2;
        accept: fd 1, address 2 [NEW_FD];
        accept4: fd 1, address 2, flags 4 [NEW_FD];
    }
    misc {
        kill | tkill: count 2;
        tgkill: count 3;
        rt_sigqueueinfo | pidfd_send_signal: count 3, wide 0b1000;
        rt_tgsigqueueinfo: count 3;
        setuid | setgid | setfsuid | setfsgid: count 1;
        setreuid | setregid | setpgid: count 2;
        setresuid | setresgid: count 3;
        setsid | sync | pause: count 0;
        setgroups: count 2, wide 0b100;
        capset: count 2, wide 0b110;
        nanosleep: count 2, wide 0b100, address 1 [TIME];
        clock_nanosleep: count 3, wide 0b1000, address 3 [TIME];
        syncfs: count 1;
        ptrace: count 3, wide 0b1110;
        prctl: count 3, wide 0b1100;
        shmget: count 3, wide 0b100;
        shmat: count 3, wide 0b100;
        shmdt: count 1, wide 0b10;
        shmctl: count 3, wide 0b1000;
        setns: count 2;
        unshare: count 1, wide 0b10;
        sethostname | setdomainname: count 2, wide 0b10;
        settimeofday: count 2, wide 0b110;
        clock_settime | clock_adjtime: count 2, wide 0b100;
        adjtimex: count 1, wide 0b10;
        init_module: count 3, wide 0b1110;
        finit_module: count 3, wide 0b100;
        delete_module: count 2, wide 0b10;
        kexec_load: count 3, wide 0b1110;
        kexec_file_load: count 3, wide 0b1000;
        reboot: count 3;
    }
}

/// What returns from a signal's handler returns what was interrupted.
const RETURNS_ANYTHING: &str = "rt_sigreturn";

/// The calls of the running architecture, by number.
fn numbered() -> impl Iterator<Item = (usize, &'static str)> {
    (0..CALL_COUNT).filter_map(|number| Some((number, name(Sysno::new(number)?.name()))))
}

/// The kernel's name of a call, which is the same on all architectures.
fn name(name: &'static str) -> &'static str {
    if name == "fstatat" { "newfstatat" } else { name }
}

fn group(name: &str) -> Option<(&'static str, Shape)> {
    let (stream, _, shape) = GROUPS.iter().find(|(_, names, _)| names.contains(&name))?;
    Some((*stream, *shape))
}

/// The number of a stream in `rest`, if it is among those chosen; 0 otherwise.
fn source(stream: &str, chosen: &[&str]) -> u8 {
    let number = SummedStream::WORDS.iter().find(|(word, _)| *word == stream);
    number.map_or(0, |(_, number)| if chosen.contains(&stream) { *number } else { 0 })
}

/// What the probes need to know of each call when these streams are recorded, by its number.
pub fn shapes(chosen: &[&str]) -> [Shape; CALL_COUNT] {
    let summed = source("calls", chosen);
    // A call that is too new to have a name here is counted all the same.
    let mut shapes = [Shape { source: summed, ..NOTHING }; CALL_COUNT];
    for (number, name) in numbered() {
        let Some((stream, shape)) = group(name) else { continue };
        let source = source(stream, chosen);
        if source != 0 {
            shapes[number] = Shape { source, ..shape };
        }
    }
    for (number, name) in numbered() {
        if name == RETURNS_ANYTHING {
            shapes[number].how = how::NO_ERROR;
        }
    }
    shapes
}

/// Number, name and stream of every call of this architecture.
pub fn names() -> Vec<(u32, &'static str, Option<&'static str>)> {
    numbered()
        .map(|(number, name)| (number as u32, name, group(name).map(|(stream, _)| stream)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_of_the_groups_exists_once() {
        let known: Vec<_> = names().into_iter().map(|(_, name, _)| name).collect();
        let mut grouped: Vec<_> = GROUPS.iter().flat_map(|(_, names, _)| *names).collect();
        if cfg!(target_arch = "x86_64") {
            grouped.iter().for_each(|name| assert!(known.contains(name), "{name}"));
        }
        let count = grouped.len();
        grouped.sort_unstable();
        grouped.dedup();
        assert_eq!(grouped.len(), count);
    }

    #[test]
    fn a_call_goes_to_its_stream_or_to_the_sums() {
        let number =
            |wanted: &str| names().iter().find(|call| call.1 == wanted).unwrap().0 as usize;
        let sources = |chosen: &[&str]| {
            let shapes = shapes(chosen);
            ["openat", "read", "getpid"].map(|name| shapes[number(name)].source)
        };
        assert_eq!(sources(&["wait"]), [0, 0, 0]);
        assert_eq!(sources(&["path"]), [1, 0, 0]);
        assert_eq!(sources(&["path", "calls"]), [1, 5, 5]);
        assert_eq!(sources(&["path", "io", "calls"]), [1, 2, 5]);
    }
}
