//! Numbers: instants, durations, references, counts.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int16Array, Int32Array, Int64Array};
use arrow::datatypes::DataType;

use super::{Encoding, Kind, Reader};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident: $raw:ty as $c:literal => $array:ident / $arrow:ident ($cast:ty),
     $encoding:ident, $meaning:literal $(, null $null:expr)? $(, instant $instant:literal)?) => {
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
                let _ = $instant;
                (*value != 0).then_some(*value)
            })?
        }
    };
}

number! {
    /// An instant: nanoseconds of `CLOCK_MONOTONIC`.
    Ts: u64 as "__u64" => Int64Array / Int64 (i64), Delta, "ns, CLOCK_MONOTONIC", instant true
}
number! {
    /// An instant that may be unknown or still to come.
    MaybeTs: u64 as "__u64" => Int64Array / Int64 (i64), Delta, "ns, CLOCK_MONOTONIC", null 0, instant true
}
number! {
    /// A duration in nanoseconds.
    Ns: u64 as "__u64" => Int64Array / Int64 (i64), Split, "ns"
}
number! {
    /// A duration that may be unknown.
    MaybeNs: u64 as "__u64" => Int64Array / Int64 (i64), Split, "ns", null u64::MAX
}
number! {
    /// A thread, numbered from 1 in the order of first sight within one recording.
    Thread: u32 as "__u32" => Int64Array / Int64 (i64), Dictionary, "thread.thread"
}
number! {
    /// A thread, where there may be none.
    MaybeThread: u32 as "__u32" => Int64Array / Int64 (i64), Dictionary, "thread.thread", null 0
}
number! {
    /// A place in a thread's own sequence of waits.
    Seq: u32 as "__u32" => Int64Array / Int64 (i64), Delta, "wait.seq"
}
number! {
    /// A place in another thread's sequence of waits, where there may be none.
    MaybeSeq: u32 as "__u32" => Int64Array / Int64 (i64), Delta, "wait.seq", null u32::MAX
}
number! {
    /// An interned stack.
    MaybeStack: u64 as "__u64" => Int64Array / Int64 (i64), Dictionary, "stack.id", null 0
}
number! {
    /// The key of a row, a hash of its content.
    Id: u64 as "__u64" => Int64Array / Int64 (i64), Plain, "key"
}
number! {
    /// The key of a row, counted from 1.
    Key: u64 as "__u64" => Int64Array / Int64 (i64), Delta, "key"
}
number! {
    /// A reference to a module.
    MaybeModule: u64 as "__u64" => Int64Array / Int64 (i64), Dictionary, "module.id", null 0
}
number! {
    /// A processor number.
    Cpu: u16 as "__u16" => Int32Array / Int32 (i32), Dictionary, "cpu"
}
number! {
    /// A processor number that may be unknown.
    MaybeCpu: u16 as "__u16" => Int32Array / Int32 (i32), Dictionary, "cpu", null u16::MAX
}
number! {
    /// A system call number of the recorded architecture, if any.
    MaybeSyscall: i16 as "__s16" => Int16Array / Int16 (i16), Dictionary, "system call number", null -1
}
number! {
    /// A small number of the kernel's, such as a process id or a set of flags.
    Number: u32 as "__u32" => Int64Array / Int64 (i64), Dictionary, ""
}
number! {
    /// A process or thread id of the initial PID namespace.
    Pid: u32 as "__u32" => Int32Array / Int32 (i32), Dictionary, "pid"
}
number! {
    /// A count of things.
    Count: u64 as "__u64" => Int64Array / Int64 (i64), Plain, "count"
}
number! {
    /// A count that the machine may not provide.
    MaybeCount: u64 as "__u64" => Int64Array / Int64 (i64), Plain, "count", null u64::MAX
}
number! {
    /// An address or an offset in a file.
    Address: u64 as "__u64" => Int64Array / Int64 (i64), Plain, "address"
}
