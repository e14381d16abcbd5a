//! Text: of a fixed size from the kernel, of any length from the recorder.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::DataType;

use super::{Encoding, Kind, Reader};

/// A fixed, NUL-padded text of `N` bytes.
pub struct Fixed<const N: usize>;

/// A thread name, `TASK_COMM_LEN` bytes.
pub type Comm = Fixed<16>;
/// A name that the kernel keeps, such as that of a file system or of an interrupt.
pub type Name = Fixed<32>;
/// The last part of a path, cut after 63 bytes.
pub type FileName = Fixed<64>;
/// A path, cut after 255 bytes.
pub type Path = Fixed<256>;

const fn suffix(size: usize) -> &'static str {
    match size {
        16 => "[16]",
        32 => "[32]",
        64 => "[64]",
        256 => "[256]",
        _ => panic!("declare the C suffix of this size"),
    }
}

impl<const N: usize> Kind for Fixed<N> {
    type Value = String;
    const C: &'static str = "char";
    const C_SUFFIX: &'static str = suffix(N);
    const SIZE: usize = N;
    const ALIGN: usize = 1;
    const ENCODING: Encoding = Encoding::Dictionary;

    fn read(from: &mut Reader<'_>) -> Option<String> {
        let bytes = from.take(N)?;
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(N);
        Some(String::from_utf8_lossy(&bytes[..end]).into_owned())
    }
    fn write(value: &String, to: &mut Vec<u8>) {
        let mut bytes = value.as_bytes().to_vec();
        bytes.resize(N, 0);
        to.extend_from_slice(&bytes);
    }
    fn data_type() -> DataType {
        DataType::Utf8
    }
    fn array<'a>(values: impl Iterator<Item = &'a String>) -> ArrayRef {
        Arc::new(StringArray::from_iter_values(values))
    }
}

/// Text of any length, only in streams that the recorder itself writes.
pub struct Text;

impl Kind for Text {
    type Value = String;
    const C: &'static str = "char";
    const C_SUFFIX: &'static str = "[]";
    const SIZE: usize = 0;
    const ALIGN: usize = 1;
    const ENCODING: Encoding = Encoding::Dictionary;

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
        Arc::new(StringArray::from_iter_values(values))
    }
}

/// Text that may be unknown; empty is NULL. Only in streams that the recorder itself writes.
pub struct MaybeText;

impl Kind for MaybeText {
    type Value = String;
    const C: &'static str = "char";
    const C_SUFFIX: &'static str = "[]";
    const SIZE: usize = 0;
    const ALIGN: usize = 1;
    const NULLABLE: bool = true;
    const ENCODING: Encoding = Encoding::Dictionary;

    fn read(from: &mut Reader<'_>) -> Option<String> {
        Text::read(from)
    }
    fn write(value: &String, to: &mut Vec<u8>) {
        Text::write(value, to);
    }
    fn data_type() -> DataType {
        DataType::Utf8
    }
    fn array<'a>(values: impl Iterator<Item = &'a String>) -> ArrayRef {
        Arc::new(values.map(|text| (!text.is_empty()).then_some(text)).collect::<StringArray>())
    }
}
