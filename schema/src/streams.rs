//! The streams. A new one is its declaration here and its probe in `bpf/`.
//!
//! The order of fields is the order of the C record after its leading `__u32 stream`, and of the
//! columns. It must leave no padding: the generated header asserts that.

use arrow::array::RecordBatch;

use crate::kind::*;
use crate::stream::{Identify, Identity, Member, Row, Source, Stream, streams};

streams! {
    /// One scheduling round trip of a thread: it ran, left the CPU, was woken, waited for a CPU, and runs again.
    ///
    /// A missing instant is NULL: `off_ts` where the thread was first seen after it left, `on_ts` where
    /// it was still off the CPU when the recording stopped or never came back, all three where it slept
    /// through the whole recording. The run before the wait is `[off_ts - ran_ns, off_ts)` on `off_cpu`.
    /// A thread still running at the stop has a last row with `off_ts` at the stop, `state` 0 and `open`.
    /// A gap in a thread's `seq` is a loss.
    wait: Wait = 1, Kernel, order(thread, seq) {
        /// The thread that waited.
        thread: Thread,
        /// Number of this wait within the thread; a gap means that rows were lost in between.
        seq: Seq,
        /// The kernel's task state at the switch-out, as bits: 0 runnable, 1 S, 2 D, 4 T, 8 t, 0x80 dead, 0x402 idle kernel thread.
        state: Number,
        /// How long it had run before; NULL where the begin of that run was not seen.
        ran_ns: MaybeNs,
        /// When it left the CPU.
        off_ts: MaybeTs,
        /// When it was last woken; NULL for a thread that stayed runnable or was not woken.
        woken_ts: MaybeTs,
        /// When it got a CPU again.
        on_ts: MaybeTs,
        /// Kernel stack at the switch-out.
        kstack: MaybeStack,
        /// User stack at the switch-out; NULL where the CPU was taken away.
        ustack: MaybeStack,
        /// The thread that woke it; NULL where an interrupt or nobody did. For a new thread, its creator.
        waker: MaybeThread,
        /// The waker's own last voluntary wait (`seq` of thread `waker`) before this wakeup: the next link of a chain.
        waker_seq: MaybeSeq,
        /// Kernel stack of the wakeup, cut at the interrupt where an interrupt issued it.
        waker_kstack: MaybeStack,
        /// User stack of the waking thread.
        waker_ustack: MaybeStack,
        /// CPU it left.
        off_cpu: MaybeCpu,
        /// CPU it came back on.
        on_cpu: MaybeCpu,
        /// CPU the wakeup was issued on.
        waker_cpu: MaybeCpu,
        /// System call it was in when it left, if any.
        syscall: MaybeSyscall,
        /// What issued the wakeup.
        waker_context: Context,
        /// The kernel took the CPU away (`preempt` of the tracepoint).
        preempted: Flag,
        /// It waited for a disk (`in_iowait`).
        iowait: Flag,
        /// The thread's first row: it was created at `woken_ts` by `waker`.
        born: Flag,
        /// Cut by the end of the recording.
        open: Flag,
    }

    /// One sample of a busy CPU; idle is not sampled.
    sample: Sample = 2, Kernel, order(ts) {
        /// The thread on the CPU.
        thread: Thread,
        /// When.
        ts: Ts,
        /// Kernel stack; NULL in user mode.
        kstack: MaybeStack,
        /// User stack.
        ustack: MaybeStack,
        /// CPU cycles of this CPU since its previous sample; NULL without counters.
        cycles: MaybeCount,
        /// Instructions of this CPU since its previous sample; NULL without counters.
        instructions: MaybeCount,
        /// Which CPU.
        cpu: Cpu,
        /// Threads in the run queue of that CPU, beside the one that ran.
        queued: MaybeLength,
    }

    /// A thread or process was created.
    fork: Fork = 3, Kernel, order(ts) {
        /// The creator.
        thread: Thread,
        /// When.
        ts: Ts,
        /// The new thread.
        child: Thread,
        /// Its thread id.
        child_tid: Pid,
        /// Its process id; equal to `child_tid` for a new process.
        child_pid: Pid,
    }

    /// A process started a program.
    exec: Exec = 4, Kernel, order(ts) {
        /// The thread, from now on the only one of its process.
        thread: Thread,
        /// When.
        ts: Ts,
        /// Thread id before the exec, where another thread than the leader called it.
        old_tid: Pid,
        /// Parent process id.
        ppid: Pid,
        /// User id.
        uid: User,
        /// Bytes of arguments that were cut off.
        cut: Number,
        /// The program file as it was named.
        filename: Path,
        /// Its arguments, the first 1,024 bytes.
        argv: Strings,
    }

    /// A thread ended.
    exit: Exit = 5, Kernel, order(ts) {
        /// The thread.
        thread: Thread,
        /// When.
        ts: Ts,
        /// When it was created.
        start_ts: Ts,
        /// Exit status of the process, 0 to 255.
        code: Number,
        /// Signal that ended it, 0 if none.
        signal: Number,
        /// Parent process id.
        ppid: Pid,
        /// True where the process ended with it.
        last: Flag,
        /// True where a core was dumped.
        core: Flag,
    }

    /// A thread changed its name.
    rename: Rename = 6, Kernel, order(ts) {
        /// The thread.
        thread: Thread,
        /// When.
        ts: Ts,
        /// The name before.
        old_comm: Comm,
        /// The name after.
        new_comm: Comm,
    }

    /// Who a thread is: sent when it is first seen, and again at an exec or a rename.
    thread: ThreadRow = 7, Kernel, order(thread, ts) {
        /// Its number in this recording.
        thread: Thread,
        /// From when on this holds.
        ts: Ts,
        /// When it was created.
        start_ts: Ts,
        /// Control group id (inode number in the unified hierarchy).
        cgroup: Cgroup,
        /// Thread id, in the initial PID namespace.
        tid: Pid,
        /// Process id.
        pid: Pid,
        /// Parent process id.
        ppid: Pid,
        /// User id.
        uid: User,
        /// PID namespace (inode number).
        pid_ns: Namespace,
        /// Mount namespace (inode number).
        mnt_ns: Namespace,
        /// Name.
        comm: Comm,
        /// A kernel thread.
        kernel: Flag,
        /// An io_uring or vhost worker: belongs to a process but has no user stack.
        worker: Flag,
    }

    /// One interned stack.
    stack: Stack = 8, Kernel, order(id) {
        /// Process in which it was first seen; 0 for a kernel stack.
        pid: Pid,
        /// Identifier that other tables refer to.
        id: Id,
        /// When it was first seen.
        ts: Ts,
        /// Address space it was seen in: changes at exec and when code is mapped; 0 for a kernel stack.
        image: Address,
        /// Its frames, innermost first.
        frames: Frames,
    }

    /// A system call that names a file: open, stat, unlink, rename, mkdir, mount, execve and their families.
    path: PathCall = 9, Kernel, order(thread, ts) {
        /// The caller.
        thread: Thread,
        /// When it was called.
        ts: Ts,
        /// How long it took; NULL where it had not returned when the recording stopped.
        duration_ns: MaybeNs,
        /// What it returned; NULL where it had not.
        ret: MaybeReturn,
        /// Inode of the file that an open returned; 0 otherwise.
        inode: Inode,
        /// Device of the file system that holds it; 0 otherwise.
        dev: Device,
        /// Flags as given to open, unlink, rename or mount; 0 for other calls.
        flags: Number,
        /// Mode as given, where one was.
        mode: Number,
        /// Directory that the path starts from, as given.
        dirfd: MaybeFd,
        /// Which call.
        syscall: Syscall,
        /// Type of the file that an open returned.
        file_type: FileType,
        /// Type of the file system that holds the file that an open returned, such as ext4; empty otherwise.
        fs: Name,
        /// The path as given, its first 255 bytes.
        path: Path,
        /// The second path of a rename, link, symlink or mount; empty otherwise.
        other_path: Path,
    }

    /// A system call on an open file: read, write, sendfile, fsync and their families.
    io: IoCall = 10, Kernel, order(thread, ts) {
        /// The caller.
        thread: Thread,
        /// When it was called.
        ts: Ts,
        /// How long it took; NULL where it had not returned when the recording stopped.
        duration_ns: MaybeNs,
        /// Bytes moved, or a negative errno; NULL where it had not returned.
        ret: MaybeReturn,
        /// Bytes asked for; of vectors only where they are given by one number.
        requested: Bytes,
        /// Where in the file it began; NULL where the file has no places, or the call failed.
        offset: MaybeOffset,
        /// Inode of the file; 0 where the descriptor was not open.
        inode: Inode,
        /// Device of its file system.
        dev: Device,
        /// Flags of the open file, such as O_DIRECT and O_SYNC.
        file_flags: Number,
        /// The descriptor.
        fd: MaybeFd,
        /// Which call.
        syscall: Syscall,
        /// What the descriptor refers to.
        file_type: FileType,
        /// Type of its file system, such as ext4, pipefs or sockfs.
        fs: Name,
        /// Last part of its path.
        file: FileName,
    }

    /// A system call on a socket: socket, bind, listen, connect, accept, shutdown and their families.
    sock: SockCall = 11, Kernel, order(thread, ts) {
        /// The caller.
        thread: Thread,
        /// When it was called.
        ts: Ts,
        /// How long it took; NULL where it had not returned when the recording stopped.
        duration_ns: MaybeNs,
        /// What it returned; NULL where it had not.
        ret: MaybeReturn,
        /// Inode of the socket, which names it while it is open; 0 where it is not known.
        inode: Inode,
        /// The descriptor; that of the new socket for socket, accept and their like.
        fd: MaybeFd,
        /// Address family: 1 unix, 2 IPv4, 10 IPv6.
        family: Number,
        /// Socket type: 1 stream, 2 datagram, 3 raw, 5 sequenced packets.
        socket_type: Number,
        /// Protocol: 6 TCP, 17 UDP.
        protocol: Number,
        /// The backlog given to listen; the flags of accept4; how, of shutdown; 0 otherwise.
        argument: Number,
        /// Which call.
        syscall: Syscall,
        /// The address given to it, or returned by accept.
        endpoint: SocketAddress,
    }

    /// A system call of another kind that changes the system or waits: kill, setuid, nanosleep, sync, prctl and their families.
    misc: MiscCall = 12, Kernel, order(thread, ts) {
        /// The caller.
        thread: Thread,
        /// When it was called.
        ts: Ts,
        /// How long it took; NULL where it had not returned when the recording stopped.
        duration_ns: MaybeNs,
        /// What it returned; NULL where it had not.
        ret: MaybeResult,
        /// Its first argument; of nanosleep and clock_nanosleep the time asked for, in nanoseconds.
        first: Argument,
        /// Its second argument.
        second: Argument,
        /// Its third argument.
        third: Argument,
        /// Which call.
        syscall: Syscall,
    }

    /// One request to a disk.
    ///
    /// A missing instant is NULL: `queue_ts` where it lies before the recording or nobody queued it, `issue_ts`
    /// where it was never issued, `done_ts` where it was still under way when the recording stopped. A flush that a
    /// thread asks for is queued and done; the flush that the kernel makes of it is a row of its own, issued and done.
    block_io: BlockIo = 13, Kernel, order(done_ts) {
        /// The thread that queued it; NULL where that was not seen. Of buffered writes that is the thread that writes back.
        thread: MaybeThread,
        /// Where on the disk it began.
        sector: Sector,
        /// When it was queued.
        queue_ts: MaybeTs,
        /// When it was last issued to the device.
        issue_ts: MaybeTs,
        /// When it was done.
        done_ts: MaybeTs,
        /// Kernel stack that queued it.
        kstack: MaybeStack,
        /// Its size when it was issued, merges included.
        bytes: Number,
        /// The kernel's operation (low 8 bits: 0 read, 1 write, 2 flush, 3 discard) and flags.
        flags: Number,
        /// Which disk.
        dev: Device,
        /// 0, or a negative errno.
        error: Signed,
        /// Requests and pages that were merged into it after it was queued.
        merges: Length,
        /// Times it was given back and issued again.
        requeues: Length,
    }

    /// A signal was sent.
    signal: Signal = 14, Kernel, order(ts) {
        /// The thread on whose behalf it was sent: the sender, or who was interrupted.
        thread: MaybeThread,
        /// When.
        ts: Ts,
        /// The thread it was sent to.
        target: MaybeThread,
        /// Its thread id.
        target_tid: Pid,
        /// Its process id.
        target_pid: Pid,
        /// Which signal.
        signal: Number,
        /// Where it came from: 0 a user's kill, 0x80 the kernel, -6 tkill, or what else the kernel says.
        si_code: Signed,
        /// What became of it.
        outcome: Outcome,
        /// Sent to the process as a whole.
        whole_process: Flag,
    }

    /// One piece of write-back work of the kernel.
    writeback: Writeback = 15, Kernel, order(ts) {
        /// The thread that did it.
        thread: Thread,
        /// When it began.
        ts: Ts,
        /// How long it took; NULL where its end was not seen.
        duration_ns: MaybeNs,
        /// Pages it was asked to write.
        asked: Value,
        /// Pages it wrote.
        written: Value,
        /// The backing device, such as 254:0.
        name: Name,
        /// Why.
        reason: WritebackReason,
    }

    /// A software interrupt that was served; see `rest` for those beneath the threshold.
    softirq: SoftirqRow = 16, Kernel, order(ts) {
        /// The thread it borrowed the CPU from, or ksoftirqd; NULL where the CPU was idle.
        thread: MaybeThread,
        /// When it began.
        ts: Ts,
        /// How long it took.
        duration_ns: Ns,
        /// Which CPU.
        cpu: Cpu,
        /// Which kind.
        vector: Softirq,
    }

    /// A hardware interrupt that was served; see `rest` for those beneath the threshold.
    hardirq: HardirqRow = 17, Kernel, order(ts) {
        /// The thread it borrowed the CPU from; NULL where the CPU was idle.
        thread: MaybeThread,
        /// When it began.
        ts: Ts,
        /// How long it took.
        duration_ns: Ns,
        /// Its number.
        irq: Number,
        /// Which CPU.
        cpu: Cpu,
        /// Name of the device that raised it.
        name: Name,
    }

    /// What the thresholds kept out of the other streams, exactly summed: per second, thread, kind and duration.
    ///
    /// Every duration in a row lies in the same power-of-two bucket as `least_ns`, be it counted in ns, us or ms. So a
    /// histogram, or a count, or a sum over a stream and its rows here is exact.
    rest: Rest = 18, Kernel, order(ts) {
        /// Whose; NULL where that has no meaning.
        thread: MaybeThread,
        /// A second, by its begin on the recording's clock.
        ts: Second,
        /// Least duration of the bucket.
        least_ns: Ns,
        /// How many.
        count: Count,
        /// Their durations added up.
        total_ns: Ns,
        /// Bytes they moved; for `page_cache`, pages.
        bytes: Bytes,
        /// How many of them failed.
        errors: Count,
        /// What kind: the system call's number, the disk request's flags, the number of the interrupt.
        number: Number,
        /// Which disk, or device of a file system; 0 otherwise.
        dev: Device,
        /// Name of the file system or the interrupt; of `page_cache`, what was done to the pages.
        name: Name,
        /// The stream they were kept out of.
        source: SummedStream,
    }

    /// A counter or gauge of the kernel's as /proc showed it, once a second; one of vmstat, diskstats or netstat that has always been 0 has no rows.
    counter: Counter = 0, Recorder, order(ts) {
        /// When it was read.
        ts: Ts,
        /// The value, in the unit of the file; averages of loadavg and pressure in hundredths.
        value: Value,
        /// The file: stat, loadavg, meminfo, vmstat, diskstats, net/dev, snmp, netstat, sockstat or pressure.
        source: CounterFile,
        /// Its name in that file, such as `cpu0.user`, `MemFree`, `vda.reads` or `Tcp.ActiveOpens`.
        key: CounterKey,
    }

    /// A line of the kernel's log.
    kernel_log: KernelLog = 0, Recorder, order(ts) {
        /// When it was logged; lines from before the recording are kept too.
        ts: Ts,
        /// How grave: 0 emergency to 7 debug.
        level: Number,
        /// The line.
        text: LogLine,
    }

    /// A disk or a partition of the recorded host.
    disk: Disk = 0, Recorder, order(dev) {
        /// Its number.
        dev: Device,
        /// Its size in units of 512 bytes.
        sectors: Count,
        /// It turns, by its own account.
        rotational: Flag,
        /// Its name, such as nvme0n1.
        name: DeviceName,
        /// Its I/O scheduler; NULL for a partition.
        scheduler: MaybeScheduler,
    }

    /// A system call of the recorded architecture.
    syscall: SyscallName = 0, Recorder, order(number) {
        /// Its number.
        number: Number,
        /// Its name, such as openat.
        name: SystemCallName,
        /// The stream that its rows go to: path, io, sock or misc; NULL where it is only counted.
        source: MaybeStream,
    }

    /// One frame of the recorded stacks, with its symbol where one was found.
    frame: Frame = 0, Recorder, order(id) {
        /// Identifier that `stack.frames` refers to.
        id: Key,
        /// Address in the kernel, or in the process where it was first seen.
        address: Address,
        /// Module it lies in.
        module: MaybeModule,
        /// Offset in the module's file; 0 where there is no module.
        offset: Offset,
        /// Offset from the begin of the symbol.
        symbol_offset: Offset,
        /// Kernel or user.
        space: Space,
        /// Demangled name of the function; NULL where none is known.
        name: SymbolName,
    }

    /// A file that frames lie in: the kernel, a kernel module, a program, a library, the vdso, a JIT.
    module: Module = 0, Recorder, order(id) {
        /// Identifier that `frame.module` refers to.
        id: Key,
        /// Path as it was mapped.
        path: MappedFile,
        /// GNU build id in hexadecimal; NULL where the file has none.
        build_id: BuildId,
        /// Why it has no symbols; NULL where it has.
        problem: Remark,
    }

    /// What was missed, as it happened.
    lost: Lost = 0, Recorder, order(ts) {
        /// When it was noticed.
        ts: Ts,
        /// CPU on which it happened; NULL where it was not on one.
        cpu: MaybeCpu,
        /// Why: the ring was full, the queue to the writer was full, the probe was busy on that CPU, a switch was not seen, or a kernel stack was taken for another (rows that may name a wrong stack, estimated from those checked).
        reason: Reason,
        /// How many rows, or events, since the previous notice.
        rows: Count,
        /// Stream they belonged to.
        stream: StreamName,
    }

    /// What the recording itself cost, as it ran.
    cost: Cost = 0, Recorder, order(ts) {
        /// When it was measured.
        ts: Ts,
        /// How long the measurement lasted.
        window_ns: Ns,
        /// Times the probe ran within the window; NULL for the recorder.
        runs: MaybeCount,
        /// Nanoseconds of CPU within the window.
        cpu_ns: Ns,
        /// Resident memory in bytes; NULL for a probe.
        memory: MaybeCount,
        /// Bytes written to the recording so far; NULL for a probe.
        written: MaybeCount,
        /// `recorder`, the name of a probe, or `kernel stacks walked` and `kernel stacks recognised`, which are counted in `runs`, their time being part of the probes'.
        what: Account,
    }
}

/// What can be recorded and has no table of its own: it is summed in `rest`.
pub const SUMMED: &[(&str, &str)] = &[
    ("calls", "System calls that no recorded stream has rows of, summed per second in `rest`."),
    ("page_cache", "Pages looked up, added, dirtied and removed, summed per second in `rest`."),
];

impl Wait {
    /// Task states that the kernel sets on a thread's last switch-out.
    pub const DEAD: u32 = 0x80;
}

/// True for a stream, be it a table or a sum.
pub fn is_stream(name: &str) -> bool {
    by_name(name).is_some() || SUMMED.iter().any(|(summed, _)| *summed == name)
}

/// The stream of that name, if there is one.
pub fn by_name(name: &str) -> Option<&'static Stream> {
    ALL.iter().find(|stream| stream.name == name).copied()
}
