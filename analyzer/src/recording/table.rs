//! One stream of one recording as a DataFusion table.

use std::sync::Arc;

use afterwake_schema::Stream;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use super::Segment;
use super::reader::SegmentReaders;

/// The closed segments of one table.
#[derive(Debug)]
pub struct SegmentTable {
    schema: SchemaRef,
    segments: Vec<Arc<Segment>>,
}

impl SegmentTable {
    pub fn new(stream: &'static Stream, segments: Vec<Arc<Segment>>) -> Self {
        Self { schema: schema(stream), segments }
    }

    /// The intact segments, dealt out so that every group has about the same number of bytes.
    fn groups(&self, count: usize) -> Vec<FileGroup> {
        let mut groups = vec![(0, Vec::new()); count.max(1)];
        for segment in self.segments.iter().filter(|segment| segment.footer().is_some()) {
            let file = PartitionedFile::new(segment.path().to_string_lossy(), segment.size())
                .with_extension(Arc::clone(segment));
            if let Some(smallest) = groups.iter_mut().min_by_key(|group| group.0) {
                smallest.0 += segment.size();
                smallest.1.push(file);
            }
        }
        let files = groups.into_iter().map(|(_, files)| files);
        files.filter(|files| !files.is_empty()).map(FileGroup::new).collect()
    }

    fn statistics(&self) -> Statistics {
        let rows: u64 = self.segments.iter().map(|segment| segment.rows()).sum();
        let mut statistics = Statistics::new_unknown(&self.schema);
        statistics.num_rows = Precision::Exact(rows as usize);
        statistics
    }
}

/// The columns of a stream as queries see them: everything may be NULL, text is in views.
pub fn schema(stream: &Stream) -> SchemaRef {
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 => Field::new(field.name(), DataType::Utf8View, true),
        other => Field::new(field.name(), other.clone(), true),
    };
    Arc::new(Schema::new(stream.arrow().fields().iter().map(field).collect::<Vec<_>>()))
}

#[async_trait]
impl TableProvider for SegmentTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        // Row groups are skipped by their statistics; the rows are filtered above the scan.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let groups = self.groups(state.config().target_partitions());
        if groups.is_empty() {
            let schema = match projection {
                Some(indices) => Arc::new(self.schema.project(indices)?),
                None => self.schema(),
            };
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let mut source = ParquetSource::new(self.schema())
            .with_table_parquet_options(state.table_options().parquet.clone())
            .with_parquet_file_reader_factory(Arc::new(SegmentReaders))
            .with_enable_page_index(false);
        if let Some(filter) = conjunction(filters.to_vec()) {
            let schema = datafusion::common::DFSchema::try_from(self.schema())?;
            source = source.with_predicate(state.create_physical_expr(filter, &schema)?);
        }
        let scan = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(self.statistics())
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }
}
