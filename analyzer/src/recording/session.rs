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
    let var =
        |n: &str, d: usize| std::env::var(n).ok().map_or(d, |v| v.parse::<usize>().unwrap()) << 20;
    config.options_mut().execution.sort_spill_reservation_bytes = var("AW_RES", 10);
    config.options_mut().execution.sort_in_place_threshold_bytes = var("AW_INPLACE", 1);
    let pool: Arc<dyn datafusion::execution::memory_pool::MemoryPool> =
        if std::env::var("AW_FAIR").is_ok() {
            Arc::new(TrackConsumersPool::new(
                datafusion::execution::memory_pool::FairSpillPool::new(var("AW_POOL", 256)),
                NonZero::new(3).unwrap(),
            ))
        } else {
            Arc::new(TrackConsumersPool::new(
                GreedyMemoryPool::new(var("AW_POOL", 256)),
                NonZero::new(3).unwrap(),
            ))
        };
    let runtime = RuntimeEnvBuilder::new().with_memory_pool(pool).build_arc()?;
    let session = SessionContext::new_with_config_rt(config, runtime);
    for stream in streams::ALL {
        session.register_table(stream.name, recording.table(stream)?)?;
    }
    session.register_table(about::NAME, about::table(recording.members())?)?;
    functions::register(&session, recording)?;
    Ok(session)
}
