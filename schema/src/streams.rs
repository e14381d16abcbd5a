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
        uid: Number,
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
        cgroup: Count,
        /// Thread id, in the initial PID namespace.
        tid: Pid,
        /// Process id.
        pid: Pid,
        /// Parent process id.
        ppid: Pid,
        /// User id.
        uid: Number,
        /// PID namespace (inode number).
        pid_ns: Number,
        /// Mount namespace (inode number).
        mnt_ns: Number,
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

    /// One frame of the recorded stacks, with its symbol where one was found.
    frame: Frame = 0, Recorder, order(id) {
        /// Identifier that `stack.frames` refers to.
        id: Key,
        /// Address in the process or the kernel.
        address: Address,
        /// Module it lies in.
        module: MaybeModule,
        /// Offset in the module's file; 0 where there is no module.
        offset: Address,
        /// Offset from the begin of the symbol.
        symbol_offset: Address,
        /// Kernel or user.
        space: Space,
        /// Demangled name of the function; NULL where none is known.
        name: MaybeText,
    }

    /// A file that frames lie in: the kernel, a kernel module, a program, a library, the vdso, a JIT.
    module: Module = 0, Recorder, order(id) {
        /// Identifier that `frame.module` refers to.
        id: Key,
        /// Path as it was mapped.
        path: Text,
        /// GNU build id in hexadecimal; NULL where the file has none.
        build_id: MaybeText,
        /// Why it has no symbols; NULL where it has.
        problem: MaybeText,
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
        stream: Text,
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
        what: Text,
    }
}

impl Wait {
    /// Task states that the kernel sets on a thread's last switch-out.
    pub const DEAD: u32 = 0x80;
}

/// The stream of that name, if there is one.
pub fn by_name(name: &str) -> Option<&'static Stream> {
    ALL.iter().find(|stream| stream.name == name).copied()
}
