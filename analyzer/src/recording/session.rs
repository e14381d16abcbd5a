//! The DataFusion session that queries run in.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use afterwake_schema::streams;
use anyhow::Result;
use datafusion::execution::memory_pool::{GreedyMemoryPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::{Recording, about};
use crate::functions;

/// Rows of one batch. Larger ones gain nothing, and from 16 k on an array of numbers is so large that the
/// allocator maps and unmaps its pages for every batch, which costs more than the work on it.
const BATCH_ROWS: usize = 8 * 1024;

/// What sorts and aggregates may hold before they spill to disk.
const MEMORY_BYTES: usize = 256 << 20;

/// A session with one table per declared stream, the table of recordings, and every function, but no derived tables yet.
pub fn session(recording: &Arc<Recording>) -> Result<SessionContext> {
    let cores = available_parallelism().map_or(1, NonZero::get);
    let mut config = SessionConfig::new()
        .with_target_partitions(cores)
        .with_batch_size(BATCH_ROWS)
        .with_information_schema(true);
    config.options_mut().execution.parquet.enable_page_index = false;
    let greedy = GreedyMemoryPool::new(MEMORY_BYTES);
    let largest = NonZero::new(3).expect("3 is not 0");
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(TrackConsumersPool::new(greedy, largest)))
        .build_arc()?;
    let session = SessionContext::new_with_config_rt(config, runtime);
    for stream in streams::ALL {
        session.register_table(stream.name, recording.table(stream)?)?;
    }
    session.register_table(about::NAME, about::table(recording.members())?)?;
    functions::register(&session, recording)?;
    Ok(session)
}
