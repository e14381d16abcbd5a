//! The kinds of field a stream may have.
//!
//! A kind fixes five things at once: the C type in a probe's record, the bytes on the ring, the
//! Arrow type of the column, how Parquet encodes it, and what it tells about the recorded system. The
//! same word has the same kind everywhere: `ts` is nanoseconds of `CLOCK_MONOTONIC`, `*_ns` a duration,
//! `cpu` a processor.

mod content;
mod list;
mod number;
mod socket;
mod text;
mod word;

use std::fmt::Debug;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field};

pub use content::Content;
pub use list::{Frames, Strings};
pub use number::*;
pub use socket::SocketAddress;
pub use text::{
    Account, BuildId, Comm, CounterFile, CounterKey, DeviceName, FileName, LogLine, MappedFile,
    MaybeScheduler, MaybeStream, Name, Path, Remark, StreamName, SymbolName, SystemCallName,
};
pub use word::{
    Context, FileType, Flag, Outcome, Reason, Softirq, Space, SummedStream, WritebackReason,
};

/// How Parquet stores a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Few distinct values: a dictionary and run lengths.
    Dictionary,
    /// Values near their predecessor: bit-packed differences; their bytes apart where those are wide.
    Delta,
    /// Numbers of like magnitude: first bytes together, second bytes together, and so on.
    Split,
    /// None of these: as they are, and zstd.
    Plain,
}

/// One Arrow column of a stream.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: &'static str,
    pub doc: &'static str,
    pub data_type: DataType,
    pub nullable: bool,
    pub encoding: Encoding,
    /// The unit or the table referred to, for the reference page.
    pub meaning: &'static str,
    /// What its values tell about the recorded system.
    pub content: Content,
}

impl Column {
    pub fn field(&self) -> Field {
        Field::new(self.name, self.data_type.clone(), self.nullable)
    }
}

/// Reads a ring record front to back; `None` once the bytes run out.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}

/// One kind of field.
pub trait Kind {
    /// The value as the record carries it; sentinels are not yet NULL.
    type Value: Clone + Debug + Default + PartialEq;
    /// The C type.
    const C: &'static str;
    /// An array suffix of the C declaration, such as `[16]`.
    const C_SUFFIX: &'static str = "";
    /// Bytes in the record; 0 for a tail, which takes whatever follows.
    const SIZE: usize;
    /// C alignment.
    const ALIGN: usize;
    const NULLABLE: bool = false;
    const ENCODING: Encoding;
    const MEANING: &'static str = "";
    /// What the values tell about the recorded system. There is no default: a new kind must say it.
    const CONTENT: Content;

    fn read(from: &mut Reader<'_>) -> Option<Self::Value>;
    fn write(value: &Self::Value, to: &mut Vec<u8>);
    fn data_type() -> DataType;
    fn array<'a>(values: impl Iterator<Item = &'a Self::Value>) -> ArrayRef
    where
        Self::Value: 'a;
    /// The time this value states, if it states one.
    fn instant(_value: &Self::Value) -> Option<u64> {
        None
    }

    fn column(name: &'static str, doc: &'static str) -> Column {
        Column {
            name,
            doc,
            data_type: Self::data_type(),
            nullable: Self::NULLABLE,
            encoding: Self::ENCODING,
            meaning: Self::MEANING,
            content: Self::CONTENT,
        }
    }
}
