//! One JSON array of objects.

use std::io::{self, Write};

use anyhow::Result;
use arrow::json::writer::{JsonArray, Writer, WriterBuilder};
use arrow::record_batch::RecordBatch;

use super::Sink;
use super::escape::is_hostile;

pub struct JsonSink<'a> {
    writer: Writer<Plain<'a>, JsonArray>,
}

impl<'a> JsonSink<'a> {
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self { writer: WriterBuilder::new().with_explicit_nulls(true).build(Plain { out }) }
    }
}

impl Sink for JsonSink<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        Ok(self.writer.write(batch)?)
    }

    fn finish(&mut self) -> Result<()> {
        self.writer.finish()?;
        let out = self.writer.get_mut();
        out.out.write_all(b"\n")?;
        Ok(out.flush()?)
    }
}

/// Escapes what JSON allows in strings and a terminal would obey. Outside of strings there is none of it.
struct Plain<'a> {
    out: &'a mut dyn Write,
}

impl Write for Plain<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.contains(is_hostile) => {
                for letter in text.chars() {
                    if is_hostile(letter) && letter != '\n' {
                        write!(self.out, "\\u{:04x}", u32::from(letter))?;
                    } else {
                        write!(self.out, "{letter}")?;
                    }
                }
            }
            _ => self.out.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringArray};

    use super::*;

    #[test]
    fn nulls_stay_and_controls_are_escaped() {
        let names: ArrayRef = Arc::new(StringArray::from(vec![Some("a\u{9b}\x1b\"\n"), None]));
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
        let batch =
            RecordBatch::try_from_iter_with_nullable([("n", names, true), ("v", numbers, true)])
                .unwrap();
        let mut text = Vec::new();
        let mut sink = JsonSink::new(&mut text);
        sink.write(&batch).unwrap();
        sink.finish().unwrap();
        drop(sink);
        let text = String::from_utf8(text).unwrap();
        assert!(!text.trim_end().contains(is_hostile), "{text:?}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value[0]["n"], "a\u{9b}\x1b\"\n");
        assert!(value[1].as_object().unwrap()["n"].is_null());
    }

    #[test]
    fn no_rows_are_an_empty_array() {
        let mut text = Vec::new();
        JsonSink::new(&mut text).finish().unwrap();
        assert_eq!(text, b"[]\n");
    }
}
