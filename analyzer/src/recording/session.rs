//! The DataFusion session that queries run in.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use afterwake_schema::streams;
use anyhow::Result;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::{Recording, about};
use crate::functions;

/// Rows of one batch. Larger ones gain nothing, and from 16 k on an array of numbers is so large that the
/// allocator maps and unmaps its pages for every batch, which costs more than the work on it.
const BATCH_ROWS: usize = 8 * 1024;

/// What sorts, aggregates and joins may hold before they spill to disk. What is not counted, above all the pages that
/// are being read, comes on top: together it stays below 300 MB.
const MEMORY_BYTES: usize = 160 << 20;

/// What a sort keeps back of it for the merge of what it spilled, which cannot spill.
const MERGE_BYTES: usize = 32 << 20;

/// A session with one table per declared stream, the table of recordings, and every function, but no derived tables yet.
pub fn session(recording: &Arc<Recording>) -> Result<SessionContext> {
    let cores = available_parallelism().map_or(1, NonZero::get);
    let mut config = SessionConfig::new()
        .with_target_partitions(cores)
        .with_batch_size(BATCH_ROWS)
        .with_information_schema(true);
    let options = config.options_mut();
    options.execution.parquet.enable_page_index = false;
    // Segments have none, and what a file says of its own would be read before it is checked.
    options.execution.parquet.bloom_filter_on_read = false;
    options.execution.sort_spill_reservation_bytes = MERGE_BYTES;
    // Two sorts side by side take the memory from each other's merges, and then a long list fails.
    options.optimizer.repartition_sorts = false;
    let pool = FairSpillPool::new(MEMORY_BYTES);
    let largest = NonZero::new(3).expect("3 is not 0");
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(TrackConsumersPool::new(pool, largest)))
        .build_arc()?;
    let session = SessionContext::new_with_config_rt(config, runtime);
    for stream in streams::ALL {
        session.register_table(stream.name, recording.table(stream)?)?;
    }
    session.register_table(about::NAME, about::table(recording.members())?)?;
    functions::register(&session, recording)?;
    Ok(session)
}
