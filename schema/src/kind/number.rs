//! Numbers: instants, durations, references, counts.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int16Array, Int32Array, Int64Array};
use arrow::datatypes::DataType;

use super::{Content, Encoding, Kind, Reader};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident: $raw:ty as $c:literal => $array:ident / $arrow:ident ($cast:ty),
     $encoding:ident, $content:ident, $meaning:literal $(, null $null:expr)? $(, instant $instant:literal)?) => {
        $(#[$doc])*
        pub struct $name;

        impl Kind for $name {
            type Value = $raw;
            const C: &'static str = $c;
            const SIZE: usize = size_of::<$raw>();
            const ALIGN: usize = size_of::<$raw>();
            const NULLABLE: bool = false $(|| { let _: $raw = $null; true })?;
            const ENCODING: Encoding = Encoding::$encoding;
            const MEANING: &'static str = $meaning;
            const CONTENT: Content = Content::$content;

            fn read(from: &mut Reader<'_>) -> Option<$raw> {
                Some(<$raw>::from_ne_bytes(from.take(Self::SIZE)?.try_into().ok()?))
            }
            fn write(value: &$raw, to: &mut Vec<u8>) {
                to.extend_from_slice(&value.to_ne_bytes());
            }
            fn data_type() -> DataType {
                DataType::$arrow
            }
            fn array<'a>(values: impl Iterator<Item = &'a $raw>) -> ArrayRef {
                let is_null = |_value: $raw| false $(|| _value == $null)?;
                if Self::NULLABLE {
                    Arc::new(
                        values
                            .map(|value| (!is_null(*value)).then_some(*value as $cast))
                            .collect::<$array>(),
                    )
                } else {
                    Arc::new($array::from_iter_values(values.map(|value| *value as $cast)))
                }
            }
            $(fn instant(value: &$raw) -> Option<u64> {
                (*value != 0).then_some(value.saturating_add($instant))
            })?
        }
    };
}

number! {
    /// An instant: nanoseconds of `CLOCK_MONOTONIC`.
    Ts: u64 as "__u64" => Int64Array / Int64 (i64), Delta, Number, "ns, CLOCK_MONOTONIC", instant 0
}
number! {
    /// A second, by its begin; who a thread was is asked for its end.
    Second: u64 as "__u64" => Int64Array / Int64 (i64), Delta, Number, "ns, CLOCK_MONOTONIC", instant 999_999_999
}
number! {
    /// An instant that may be unknown or still to come.
    MaybeTs: u64 as "__u64" => Int64Array / Int64 (i64), Delta, Number, "ns, CLOCK_MONOTONIC", null 0, instant 0
}
number! {
    /// A duration in nanoseconds.
    Ns: u64 as "__u64" => Int64Array / Int64 (i64), Split, Number, "ns"
}
number! {
    /// A duration that may be unknown.
    MaybeNs: u64 as "__u64" => Int64Array / Int64 (i64), Split, Number, "ns", null u64::MAX
}
number! {
    /// A thread, numbered from 1 in the order of first sight within one recording.
    Thread: u32 as "__u32" => Int64Array / Int64 (i64), Dictionary, Number, "thread.thread"
}
number! {
    /// A thread, where there may be none.
    MaybeThread: u32 as "__u32" => Int64Array / Int64 (i64), Dictionary, Number, "thread.thread", null 0
}
number! {
    /// A place in a thread's own sequence of waits.
    Seq: u32 as "__u32" => Int64Array / Int64 (i64), Delta, Number, "wait.seq"
}
number! {
    /// A place in another thread's sequence of waits, where there may be none.
    MaybeSeq: u32 as "__u32" => Int64Array / Int64 (i64), Delta, Number, "wait.seq", null u32::MAX
}
number! {
    /// An interned stack.
    MaybeStack: u64 as "__u64" => Int64Array / Int64 (i64), Dictionary, Number, "stack.id", null 0
}
number! {
    /// The key of a row, a hash of its content.
    Id: u64 as "__u64" => Int64Array / Int64 (i64), Plain, Number, "key"
}
number! {
    /// The key of a row, counted from 1.
    Key: u64 as "__u64" => Int64Array / Int64 (i64), Delta, Number, "key"
}
number! {
    /// A reference to a module.
    MaybeModule: u64 as "__u64" => Int64Array / Int64 (i64), Dictionary, Number, "module.id", null 0
}
number! {
    /// A processor number.
    Cpu: u16 as "__u16" => Int32Array / Int32 (i32), Dictionary, Number, "cpu"
}
number! {
    /// A processor number that may be unknown.
    MaybeCpu: u16 as "__u16" => Int32Array / Int32 (i32), Dictionary, Number, "cpu", null u16::MAX
}
number! {
    /// A system call number of the recorded architecture, if any.
    MaybeSyscall: i16 as "__s16" => Int16Array / Int16 (i16), Dictionary, Number, "system call number", null -1
}
number! {
    /// A small number of the kernel's, such as a process id or a set of flags.
    Number: u32 as "__u32" => Int64Array / Int64 (i64), Dictionary, Number, ""
}
number! {
    /// A process or thread id of the initial PID namespace.
    Pid: u32 as "__u32" => Int32Array / Int32 (i32), Dictionary, Number, "pid"
}
number! {
    /// A system call number of the recorded architecture.
    Syscall: i16 as "__s16" => Int16Array / Int16 (i16), Dictionary, Number, "syscall.number"
}
number! {
    /// What a call returned: a count, a descriptor, 0, or a negative error number.
    MaybeReturn: i64 as "__s64" => Int64Array / Int64 (i64), Dictionary, Number, "value, or a negative errno", null i64::MIN
}
number! {
    /// The same of calls that may return a user id.
    MaybeResult: i64 as "__s64" => Int64Array / Int64 (i64), Dictionary, CallResult, "value, or a negative errno", null i64::MIN
}
number! {
    /// An argument of a call, as a number.
    Argument: i64 as "__s64" => Int64Array / Int64 (i64), Dictionary, CallArgument, ""
}
number! {
    /// A file descriptor, where there is one; -100 is the working directory.
    MaybeFd: i32 as "__s32" => Int32Array / Int32 (i32), Dictionary, Number, "file descriptor", null -1
}
number! {
    /// A small number that may be negative.
    Signed: i32 as "__s32" => Int32Array / Int32 (i32), Dictionary, Number, ""
}
number! {
    /// A device: its major number shifted left by 20, and its minor number.
    Device: u32 as "__u32" => Int64Array / Int64 (i64), Dictionary, Number, "disk.dev"
}
number! {
    /// A size; few of them are distinct.
    Bytes: u64 as "__u64" => Int64Array / Int64 (i64), Dictionary, Number, "bytes"
}
number! {
    /// A place in a file, where there is one.
    MaybeOffset: u64 as "__u64" => Int64Array / Int64 (i64), Delta, Number, "bytes", null u64::MAX
}
number! {
    /// A place on a disk, in units of 512 bytes.
    Sector: u64 as "__u64" => Int64Array / Int64 (i64), Delta, Number, "512 bytes"
}
number! {
    /// A short count that may be unknown.
    MaybeLength: u16 as "__u16" => Int32Array / Int32 (i32), Dictionary, Number, "count", null u16::MAX
}
number! {
    /// A short count.
    Length: u16 as "__u16" => Int32Array / Int32 (i32), Dictionary, Number, "count"
}
number! {
    /// A value that may fall as well as rise.
    Value: i64 as "__s64" => Int64Array / Int64 (i64), Delta, Number, ""
}
number! {
    /// A count of things.
    Count: u64 as "__u64" => Int64Array / Int64 (i64), Plain, Number, "count"
}
number! {
    /// A count that the machine may not provide.
    MaybeCount: u64 as "__u64" => Int64Array / Int64 (i64), Plain, Number, "count", null u64::MAX
}
number! {
    /// An address in memory.
    Address: u64 as "__u64" => Int64Array / Int64 (i64), Plain, CodeAddress, "address"
}
number! {
    /// An offset in a file or in a function; of code that lies in no file, its address.
    Offset: u64 as "__u64" => Int64Array / Int64 (i64), Plain, Offset, "address"
}
number! {
    /// A user id.
    User: u32 as "__u32" => Int64Array / Int64 (i64), Dictionary, User, ""
}
number! {
    /// A control group, by its inode number.
    Cgroup: u64 as "__u64" => Int64Array / Int64 (i64), Plain, Container, "count"
}
number! {
    /// A namespace, by its inode number.
    Namespace: u32 as "__u32" => Int64Array / Int64 (i64), Dictionary, Container, ""
}
number! {
    /// An inode number; 0 where there is none.
    Inode: u64 as "__u64" => Int64Array / Int64 (i64), Plain, Inode, "count"
}
