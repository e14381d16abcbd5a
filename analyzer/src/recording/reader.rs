//! Reads segments for DataFusion: footers come from memory, pages by `pread`.
//!
//! The pages are in the page cache as a rule, and a thread hop per read would cost more than the read.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use super::Segment;
use super::extent::OpenExtent;
use super::segment::quietly;

/// Makes a reader for the [`Segment`] that a [`PartitionedFile`] carries.
#[derive(Debug)]
pub struct SegmentReaders;

impl ParquetFileReaderFactory for SegmentReaders {
    fn create_reader(
        &self,
        _partition: usize,
        file: PartitionedFile,
        _metadata_size_hint: Option<usize>,
        _metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let segment = file.extension::<Arc<Segment>>().cloned().ok_or_else(|| {
            DataFusionError::Internal(format!("{} is not a segment", file.path()))
        })?;
        Ok(Box::new(SegmentReader { segment, open: None }))
    }
}

struct SegmentReader {
    segment: Arc<Segment>,
    open: Option<OpenExtent>,
}

impl SegmentReader {
    fn read(&mut self, range: Range<u64>) -> parquet::errors::Result<Bytes> {
        let open = match &self.open {
            Some(open) => open,
            None => self.open.insert(self.segment.extent().open()?),
        };
        let read = || self.segment.read(open, range.start, range.end.saturating_sub(range.start));
        quietly(read).map_err(ParquetError::General)
    }
}

impl AsyncFileReader for SegmentReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        ready(self.read(range)).boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        let missing = || ParquetError::General("the segment is damaged".into());
        ready(self.segment.footer().cloned().ok_or_else(missing)).boxed()
    }
}
