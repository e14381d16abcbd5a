//! What the threads of a machine do beside waiting: system calls, disk requests, signals, interrupts,
//! and what the recorder reads of the host. Random, but the same for the same seed.

use afterwake_schema::streams::*;

use super::contract::Rows;
use super::{MICROSECOND, MILLISECOND, Machine, START};
use crate::random::Random;

/// The numbers of x86-64.
const CALLS: [(i16, &str, Option<&str>); 20] = [
    (0, "read", Some("io")),
    (1, "write", Some("io")),
    (17, "pread64", Some("io")),
    (18, "pwrite64", Some("io")),
    (35, "nanosleep", Some("misc")),
    (39, "getpid", None),
    (41, "socket", Some("sock")),
    (42, "connect", Some("sock")),
    (59, "execve", Some("path")),
    (62, "kill", Some("misc")),
    (74, "fsync", Some("io")),
    (82, "rename", Some("path")),
    (87, "unlink", Some("path")),
    (105, "setuid", Some("misc")),
    (162, "sync", Some("misc")),
    (202, "futex", None),
    (230, "clock_nanosleep", Some("misc")),
    (257, "openat", Some("path")),
    (262, "newfstatat", Some("path")),
    (288, "accept4", Some("sock")),
];
const FILES: [&str; 5] = ["data.db", "journal.log", "config.toml", "index.html", "tmp.1"];
const FILE_SYSTEMS: [(&str, u32); 4] =
    [("ext4", 0x0fe0_0001), ("xfs", 0x0fe0_0010), ("btrfs", 0x32), ("tmpfs", 0x18)];
/// `vda`, `vda1` and `vdb`.
const DISKS: [(&str, u32, u64); 3] =
    [("vda", 0x0fe0_0000, 4 << 21), ("vda1", 0x0fe0_0001, 2 << 21), ("vdb", 0x0fe0_0010, 8 << 21)];
const O_CREAT: u32 = 0o100;
const REGULAR: u8 = 1;
const SOCKET: u8 = 5;

#[derive(Clone, Debug, Default)]
pub struct Everyday {
    pub execs: Vec<Exec>,
    pub paths: Vec<PathCall>,
    pub ios: Vec<IoCall>,
    pub socks: Vec<SockCall>,
    pub miscs: Vec<MiscCall>,
    pub requests: Vec<BlockIo>,
    pub signals: Vec<Signal>,
    pub writebacks: Vec<Writeback>,
    pub softirqs: Vec<SoftirqRow>,
    pub hardirqs: Vec<HardirqRow>,
    pub rest: Vec<Rest>,
    pub counters: Vec<Counter>,
    pub log: Vec<KernelLog>,
    pub disks: Vec<Disk>,
    pub syscalls: Vec<SyscallName>,
}

/// `events` of each common kind, spread over the machine's time.
pub fn rows(machine: &Machine, rows: &Rows, events: u64) -> Everyday {
    let mut day = Day {
        random: Random::new(7),
        stop: machine.stop,
        threads: rows.threads.clone(),
        cpus: machine.cpus,
        done: Everyday::default(),
    };
    if events > 0 && !day.threads.is_empty() {
        (0..events).for_each(|_| day.everything());
        day.host();
    }
    let mut done = day.done;
    done.requests.sort_by_key(|row| row.done_ts);
    done
}

struct Day {
    random: Random,
    stop: u64,
    threads: Vec<ThreadRow>,
    cpus: u16,
    done: Everyday,
}

impl Day {
    fn everything(&mut self) {
        self.path();
        self.io();
        self.disk_request();
        self.interrupts();
        self.sums();
        if self.random.chance(20) {
            self.sock();
            self.misc();
            self.signal();
            self.exec();
        }
        if self.random.chance(5) {
            self.writeback();
        }
    }

    fn thread(&mut self) -> u32 {
        self.random.below(self.threads.len() as u64) as u32 + 1
    }

    fn ts(&mut self) -> u64 {
        START + self.random.below(self.stop.max(1))
    }

    /// Mostly short, sometimes long.
    fn duration(&mut self) -> u64 {
        let scale = 1 << self.random.below(14);
        self.random.between(1, 3000) * scale
    }

    fn name(&mut self, names: &[&str]) -> String {
        self.random.pick(names).unwrap_or_default().to_owned()
    }

    fn path(&mut self) {
        let (syscall, flags) = match self.random.below(10) {
            0..5 => (257, 0o2),
            5 => (257, O_CREAT | 0o1),
            6 | 7 => (262, 0),
            8 => (87, 0),
            _ => (82, 0),
        };
        let failed = self.random.chance(25);
        let opened = syscall == 257 && !failed;
        let (fs, dev) = self.random.pick(&FILE_SYSTEMS).unwrap_or(("ext4", 0));
        let inode = self.random.between(10, 500);
        let row = PathCall {
            thread: self.thread(),
            ts: self.ts(),
            duration_ns: self.duration(),
            ret: if failed { -2 } else { i64::from(opened) * self.random.between(3, 40) as i64 },
            inode: if opened { inode } else { 0 },
            dev: if opened { dev } else { 0 },
            flags,
            mode: if flags & O_CREAT != 0 { 0o644 } else { 0 },
            dirfd: if syscall == 257 || syscall == 262 { -100 } else { -1 },
            syscall,
            file_type: if opened { REGULAR } else { 0 },
            fs: if opened { fs.to_owned() } else { String::new() },
            path: format!("/srv/{}", self.name(&FILES)),
            other_path: if syscall == 82 {
                format!("/srv/{}", self.name(&FILES))
            } else {
                String::new()
            },
        };
        self.done.paths.push(row);
    }

    fn io(&mut self) {
        let (syscall, requested) = match self.random.below(10) {
            0..4 => (0, 4096),
            4 | 5 => (17, 16 << 10),
            6 | 7 => (1, 512),
            8 => (18, 8192),
            _ => (74, 0),
        };
        let socket = self.random.chance(20) && syscall < 2;
        let (fs, dev) = self.random.pick(&FILE_SYSTEMS).unwrap_or(("ext4", 0));
        let row = IoCall {
            thread: self.thread(),
            ts: self.ts(),
            duration_ns: if self.random.chance(1) { u64::MAX } else { self.duration() },
            ret: if self.random.chance(5) { -11 } else { requested as i64 },
            requested,
            offset: if socket { u64::MAX } else { self.random.below(1000) * 4096 },
            inode: self.random.between(10, 500),
            dev: if socket { 9 } else { dev },
            file_flags: if self.random.chance(10) { 0o40002 } else { 0o2 },
            fd: self.random.between(3, 40) as i32,
            syscall,
            file_type: if socket { SOCKET } else { REGULAR },
            fs: if socket { "sockfs".into() } else { fs.to_owned() },
            file: if socket { "TCP".into() } else { self.name(&FILES) },
        };
        let running = row.duration_ns == u64::MAX;
        self.done.ios.push(IoCall { ret: if running { i64::MIN } else { row.ret }, ..row });
    }

    fn sock(&mut self) {
        let syscall = self.random.pick(&[41, 42, 288]).unwrap_or(41);
        let row = SockCall {
            thread: self.thread(),
            ts: self.ts(),
            duration_ns: self.duration(),
            ret: if self.random.chance(10) { -111 } else { i64::from(syscall != 42) * 7 },
            inode: self.random.between(10_000, 10_100),
            fd: 7,
            family: 2,
            socket_type: 1,
            protocol: 6,
            argument: 0,
            syscall,
            endpoint: if syscall == 41 { String::new() } else { "10.1.2.3:443".into() },
        };
        self.done.socks.push(row);
    }

    fn misc(&mut self) {
        let (syscall, first, second) = match self.random.below(5) {
            0 => (35, 5 * MILLISECOND as i64, 0),
            1 => (230, 2 * MILLISECOND as i64, 0),
            2 => (62, 100 + i64::from(self.thread()), 9),
            3 => (105, 1000, 0),
            _ => (162, 0, 0),
        };
        let row = MiscCall {
            thread: self.thread(),
            ts: self.ts(),
            duration_ns: self.duration(),
            ret: if self.random.chance(10) { -3 } else { 0 },
            first,
            second,
            third: 0,
            syscall,
        };
        self.done.miscs.push(row);
    }

    fn disk_request(&mut self) {
        const READ: u32 = 0;
        const WRITE: u32 = 1;
        const FLUSH: u32 = 2;
        const SYNC: u32 = 1 << 11;
        let flags = self.random.pick(&[READ, READ, WRITE, WRITE | SYNC, FLUSH]).unwrap_or(READ);
        let (_, dev, sectors) = DISKS[if self.random.chance(70) { 0 } else { 2 }];
        let queue_ts = self.ts();
        let issue_ts = queue_ts + self.random.between(1, 200) * MICROSECOND;
        let done_ts = issue_ts + self.duration() / 2 + 20 * MICROSECOND;
        let row = BlockIo {
            thread: self.thread(),
            sector: self.random.below(sectors / 8) * 8,
            queue_ts: if self.random.chance(2) { 0 } else { queue_ts },
            issue_ts,
            done_ts: if done_ts > START + self.stop { 0 } else { done_ts },
            kstack: 0,
            bytes: if flags == FLUSH { 0 } else { 4096 << self.random.below(5) },
            flags,
            dev,
            error: if self.random.chance(2) { -5 } else { 0 },
            merges: self.random.below(3) as u16,
            requeues: 0,
        };
        self.done.requests.push(row);
    }

    fn interrupts(&mut self) {
        let row = SoftirqRow {
            thread: if self.random.chance(30) { 0 } else { self.thread() },
            ts: self.ts(),
            duration_ns: self.duration() / 8,
            cpu: self.random.below(u64::from(self.cpus)) as u16,
            vector: self.random.pick(&[1, 3, 4, 7, 9]).unwrap_or(1),
        };
        self.done.softirqs.push(row);
        let (irq, name) =
            self.random.pick(&[(24, "virtio0-input.0"), (26, "virtio1-req.0")]).unwrap_or((1, ""));
        let row = HardirqRow {
            thread: self.thread(),
            ts: self.ts(),
            duration_ns: self.duration() / 16,
            irq,
            cpu: self.random.below(u64::from(self.cpus)) as u16,
            name: name.into(),
        };
        self.done.hardirqs.push(row);
    }

    /// What the thresholds of a recorder kept out.
    fn sums(&mut self) {
        let (source, key, dev, name) = match self.random.below(7) {
            0 => (5, 202, 0, ""),
            1 => (5, 39, 0, ""),
            2 => (2, 0, 0x0fe0_0001, "ext4"),
            3 => (6, 1, 0x0fe0_0000, ""),
            4 => (7, 1, 0, ""),
            5 => (8, 24, 0, "virtio0-input.0"),
            _ => {
                let name = self.random.pick(&["accessed", "added", "dirtied"]).unwrap_or("added");
                (9, 0, 0, name)
            }
        };
        let count = self.random.between(1, 9);
        let least_ns = if source == 9 { 0 } else { MICROSECOND << self.random.below(6) };
        let moves = matches!(source, 2 | 6 | 9);
        let row = Rest {
            thread: if matches!(source, 6..=8) { 0 } else { self.thread() },
            ts: START + self.random.below(self.stop.max(1)) / 1_000_000_000 * 1_000_000_000,
            least_ns,
            count,
            total_ns: (least_ns + least_ns / 4) * count,
            bytes: if moves { count * if source == 9 { 1 } else { 4096 } } else { 0 },
            errors: u64::from(self.random.chance(10)),
            number: key,
            dev,
            name: name.into(),
            source,
        };
        self.done.rest.push(row);
    }

    fn signal(&mut self) {
        let target = self.thread();
        let whom = &self.threads[target as usize - 1];
        let (tid, pid) = (whom.tid, whom.pid);
        let row = Signal {
            thread: self.thread(),
            ts: self.ts(),
            target,
            target_tid: tid,
            target_pid: pid,
            signal: self.random.pick(&[9, 15, 17, 14]).unwrap_or(9),
            si_code: 0,
            outcome: self.random.below(3) as u8,
            whole_process: self.random.chance(80),
        };
        self.done.signals.push(row);
    }

    fn exec(&mut self) {
        let thread = self.thread();
        let tid = self.threads[thread as usize - 1].tid;
        let row = Exec {
            thread,
            ts: self.ts(),
            old_tid: tid,
            ppid: 1,
            uid: self.random.pick(&[0, 1000]).unwrap_or(0),
            cut: 0,
            filename: "/usr/bin/tar".into(),
            argv: vec!["tar".into(), "-cf".into(), self.name(&FILES)],
        };
        self.done.execs.push(row);
        let failed = PathCall {
            thread,
            ts: self.ts(),
            duration_ns: 10 * MICROSECOND,
            ret: -2,
            dirfd: -1,
            syscall: 59,
            path: "/usr/local/bin/tar".into(),
            ..PathCall::default()
        };
        self.done.paths.push(failed);
    }

    fn writeback(&mut self) {
        let asked = self.random.between(100, 5000) as i64;
        let row = Writeback {
            thread: self.thread(),
            ts: self.ts(),
            duration_ns: self.duration() * 10,
            asked,
            written: asked * 3 / 4,
            name: "254:0".into(),
            reason: self.random.pick(&[1, 3, 4]).unwrap_or(1),
        };
        self.done.writebacks.push(row);
    }

    /// What there is to say of the host, whatever the threads do.
    fn host(&mut self) {
        let scheduler = |name: &str| if name.ends_with('1') { "" } else { "mq-deadline" };
        self.done.disks = DISKS
            .iter()
            .map(|(name, dev, sectors)| Disk {
                dev: *dev,
                sectors: *sectors,
                rotational: false,
                name: (*name).into(),
                scheduler: scheduler(name).into(),
            })
            .collect();
        self.done.syscalls = CALLS
            .iter()
            .map(|(number, name, source)| SyscallName {
                number: *number as u32,
                name: (*name).into(),
                source: source.unwrap_or_default().into(),
            })
            .collect();
        self.done.log = vec![
            KernelLog { ts: START / 2, level: 6, text: "Linux version 6.18.0".into() },
            KernelLog { ts: START + self.stop / 2, level: 3, text: "vda: I/O error".into() },
        ];
        let reading = super::counters::reading(self.cpus);
        for second in 0..=self.stop / 1_000_000_000 {
            let ts = START + second * 1_000_000_000;
            for (source, key, base, step) in &reading {
                self.done.counters.push(Counter {
                    ts,
                    value: base + step * second as i64,
                    source: (*source).into(),
                    key: key.clone(),
                });
            }
        }
    }
}
