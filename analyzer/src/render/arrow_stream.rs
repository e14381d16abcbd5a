//! The Arrow IPC stream format, for other programs.

use std::io::Write;

use anyhow::Result;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::StreamWriter;
use arrow::record_batch::RecordBatch;

use super::Sink;

pub struct ArrowSink<'a> {
    writer: StreamWriter<&'a mut dyn Write>,
}

impl<'a> ArrowSink<'a> {
    pub fn new(out: &'a mut dyn Write, schema: &SchemaRef) -> Result<Self> {
        Ok(Self { writer: StreamWriter::try_new(out, schema)? })
    }
}

impl Sink for ArrowSink<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        Ok(self.writer.write(batch)?)
    }

    fn finish(&mut self) -> Result<()> {
        self.writer.finish()?;
        Ok(self.writer.get_mut().flush()?)
    }
}
