//! Lists, which end their records.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Builder, ListBuilder, StringBuilder};
use arrow::datatypes::{DataType, Field};

use super::{Content, Encoding, Kind, Reader};

/// A tail of NUL-terminated strings, such as `argv`.
pub struct Strings;

impl Kind for Strings {
    type Value = Vec<String>;
    const C: &'static str = "char";
    const C_SUFFIX: &'static str = "[]";
    const SIZE: usize = 0;
    const ALIGN: usize = 1;
    const ENCODING: Encoding = Encoding::Dictionary;
    const CONTENT: Content = Content::Arguments;

    fn read(from: &mut Reader<'_>) -> Option<Vec<String>> {
        let bytes = from.rest();
        let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
        if bytes.is_empty() {
            return Some(Vec::new());
        }
        let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
        Some(bytes.split(|byte| *byte == 0).map(text).collect())
    }
    fn write(value: &Vec<String>, to: &mut Vec<u8>) {
        for part in value {
            to.extend_from_slice(part.as_bytes());
            to.push(0);
        }
    }
    fn data_type() -> DataType {
        DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)))
    }
    fn array<'a>(values: impl Iterator<Item = &'a Vec<String>>) -> ArrayRef {
        let mut list = ListBuilder::new(StringBuilder::new());
        for value in values {
            value.iter().for_each(|part| list.values().append_value(part));
            list.append(true);
        }
        Arc::new(list.finish())
    }
}

/// A tail of frames, innermost first: addresses on the ring, `frame.id` in the recording.
pub struct Frames;

impl Kind for Frames {
    type Value = Vec<u64>;
    const C: &'static str = "__u64";
    const C_SUFFIX: &'static str = "[]";
    const SIZE: usize = 0;
    const ALIGN: usize = 8;
    const ENCODING: Encoding = Encoding::Dictionary;
    const MEANING: &'static str = "frame.id, innermost first";
    const CONTENT: Content = Content::Number;

    fn read(from: &mut Reader<'_>) -> Option<Vec<u64>> {
        let number = |bytes: &[u8]| u64::from_ne_bytes(bytes.try_into().unwrap_or_default());
        Some(from.rest().chunks_exact(8).map(number).collect())
    }
    fn write(value: &Vec<u64>, to: &mut Vec<u8>) {
        value.iter().for_each(|frame| to.extend_from_slice(&frame.to_ne_bytes()));
    }
    fn data_type() -> DataType {
        DataType::List(Arc::new(Field::new("item", DataType::Int64, true)))
    }
    fn array<'a>(values: impl Iterator<Item = &'a Vec<u64>>) -> ArrayRef {
        let mut list = ListBuilder::new(Int64Builder::new());
        for value in values {
            value.iter().for_each(|frame| list.values().append_value(*frame as i64));
            list.append(true);
        }
        Arc::new(list.finish())
    }
}
