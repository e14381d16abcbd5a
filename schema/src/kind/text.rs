//! Text: of a fixed size from the kernel, of any length from the recorder. Each kind says what stands in it.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::DataType;

use super::{Content, Encoding, Kind, Reader};
use crate::streams::is_stream;

/// A fixed, NUL-padded text.
macro_rules! fixed {
    ($(#[$doc:meta])* $name:ident: $size:literal, $content:expr) => {
        $(#[$doc])*
        pub struct $name;

        impl Kind for $name {
            type Value = String;
            const C: &'static str = "char";
            const C_SUFFIX: &'static str = concat!("[", $size, "]");
            const SIZE: usize = $size;
            const ALIGN: usize = 1;
            const ENCODING: Encoding = Encoding::Dictionary;
            const CONTENT: Content = $content;

            fn read(from: &mut Reader<'_>) -> Option<String> {
                let bytes = from.take($size)?;
                let end = bytes.iter().position(|byte| *byte == 0).unwrap_or($size);
                Some(String::from_utf8_lossy(&bytes[..end]).into_owned())
            }
            fn write(value: &String, to: &mut Vec<u8>) {
                let mut bytes = value.as_bytes().to_vec();
                bytes.resize($size, 0);
                to.extend_from_slice(&bytes);
            }
            fn data_type() -> DataType {
                DataType::Utf8
            }
            fn array<'a>(values: impl Iterator<Item = &'a String>) -> ArrayRef {
                Arc::new(StringArray::from_iter_values(values))
            }
        }
    };
}

fixed! {
    /// A thread name, `TASK_COMM_LEN` bytes.
    Comm: 16, Content::Command
}
fixed! {
    /// A name that the kernel keeps, such as that of a file system or of an interrupt.
    Name: 32, Content::Device
}
fixed! {
    /// The last part of a path, cut after 63 bytes.
    FileName: 64, Content::Path
}
fixed! {
    /// A path, cut after 255 bytes.
    Path: 256, Content::Path
}

/// Text of any length, only in streams that the recorder itself writes; one that may be unknown is NULL where
/// empty.
macro_rules! tail {
    ($(#[$doc:meta])* $name:ident: $nullable:literal, $content:expr) => {
        $(#[$doc])*
        pub struct $name;

        impl Kind for $name {
            type Value = String;
            const C: &'static str = "char";
            const C_SUFFIX: &'static str = "[]";
            const SIZE: usize = 0;
            const ALIGN: usize = 1;
            const NULLABLE: bool = $nullable;
            const ENCODING: Encoding = Encoding::Dictionary;
            const CONTENT: Content = $content;

            fn read(from: &mut Reader<'_>) -> Option<String> {
                Some(String::from_utf8_lossy(from.rest()).into_owned())
            }
            fn write(value: &String, to: &mut Vec<u8>) {
                to.extend_from_slice(value.as_bytes());
            }
            fn data_type() -> DataType {
                DataType::Utf8
            }
            fn array<'a>(values: impl Iterator<Item = &'a String>) -> ArrayRef {
                if Self::NULLABLE {
                    let known = |text: &'a String| (!text.is_empty()).then_some(text);
                    Arc::new(values.map(known).collect::<StringArray>())
                } else {
                    Arc::new(StringArray::from_iter_values(values))
                }
            }
        }
    };
}

tail! {
    /// A file of /proc that counters are read from.
    CounterFile: false, Content::Word(|word| COUNTER_FILES.contains(&word))
}
tail! {
    /// The name of a counter in its file.
    CounterKey: false, Content::Counter
}
tail! {
    /// A line of the kernel's log.
    LogLine: false, Content::FreeText
}
tail! {
    /// The name of a disk.
    DeviceName: false, Content::Device
}
tail! {
    /// The name of an I/O scheduler, where there is one.
    MaybeScheduler: true, Content::Device
}
tail! {
    /// The name of a system call.
    SystemCallName: false, Content::SystemCall
}
tail! {
    /// The name of a stream.
    StreamName: false, Content::Word(is_stream)
}
tail! {
    /// The name of a stream, where there is one.
    MaybeStream: true, Content::Word(is_stream)
}
tail! {
    /// The name of a function, where one is known.
    SymbolName: true, Content::Symbol
}
tail! {
    /// The path of a mapped file, or the name of a kernel module in brackets.
    MappedFile: false, Content::MappedFile
}
tail! {
    /// A build id in hexadecimal, where there is one.
    BuildId: true, Content::BuildId
}
tail! {
    /// A sentence of the recorder, where there is something to remark.
    Remark: true, Content::Remark
}
tail! {
    /// Who has cost something: the recorder, a probe, or a part of one.
    Account: false, Content::Word(is_account)
}

/// What `counter.source` says.
const COUNTER_FILES: [&str; 11] = [
    "stat",
    "loadavg",
    "uptime",
    "meminfo",
    "vmstat",
    "diskstats",
    "net/dev",
    "snmp",
    "netstat",
    "sockstat",
    "pressure",
];

/// Every probe is called `on_` and what it sees.
fn is_account(name: &str) -> bool {
    let is_probe =
        |event: &str| event.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    name == "recorder"
        || name
            .strip_prefix("kernel stacks ")
            .is_some_and(|how| ["walked", "recognised"].contains(&how))
        || name.strip_prefix("on_").is_some_and(is_probe)
}
