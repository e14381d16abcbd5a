//! One piece of SQL from text to batches.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use anyhow::Result;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionContext;
use futures::{FutureExt, StreamExt};

use super::engine::Engine;
use super::interrupt::remove_files;
use super::levels;
use super::progress::Progress;
use super::trouble::{explain, internal, may_be_damage};
use crate::recording::{self, Recording};
use crate::view::Library;

/// Batches are held back until they are this many bytes. Before that, a query that stumbles over a damaged
/// segment can start again without it, and nobody has seen anything yet.
const HELD_BYTES: usize = 32 << 20;

/// A recording and what to ask it with.
pub struct Session {
    pub context: SessionContext,
    pub recording: Arc<Recording>,
    pub library: Arc<Library>,
    engine: Engine,
}

/// Takes a result: once the schema, then the batches.
pub trait Take {
    fn schema(&mut self, schema: &SchemaRef) -> Result<()>;
    fn batch(&mut self, batch: RecordBatch) -> Result<()>;
}

/// All batches in memory.
impl Take for Vec<RecordBatch> {
    fn schema(&mut self, _schema: &SchemaRef) -> Result<()> {
        Ok(())
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<()> {
        self.push(batch);
        Ok(())
    }
}

/// Why a run ended early, and whether anything had been handed on.
struct Interrupted {
    error: anyhow::Error,
    can_retry: bool,
}

impl Session {
    pub fn open(recording: Arc<Recording>, library: Arc<Library>) -> Result<Self> {
        let context = recording::session(&recording)?;
        Ok(Self { context, recording, library, engine: Engine::start()? })
    }

    /// From now on rows arrive in the order of the segments, since one reader reads them all.
    pub fn keep_order(&self) {
        let state = self.context.state_ref();
        state.write().config_mut().options_mut().execution.target_partitions = 1;
    }

    /// Ends the query that runs, and those that follow, until [`Self::go_on`].
    pub fn stop(&self) {
        self.engine.stop();
    }

    /// Takes a stop back.
    pub fn go_on(&self) {
        self.engine.go_on();
    }

    /// Registers every derived table; one that does not work is named on stderr and left out.
    pub fn register_all(&self) -> Result<()> {
        self.engine.wait(Box::pin(async {
            self.library.register_all(&self.context).await;
            Ok(())
        }))
    }

    /// Every table that has been registered, with the names of its columns.
    pub fn tables(&self) -> Result<Vec<(String, Vec<String>)>> {
        let catalog = self.context.catalog("datafusion");
        let schema = catalog.and_then(|catalog| catalog.schema("public"));
        let mut tables = Vec::new();
        self.engine.wait(Box::pin(async {
            for table in schema.map_or_else(Vec::new, |schema| schema.table_names()) {
                let frame = self.context.table(table.as_str()).await?;
                let columns = frame.schema().fields().iter().map(|field| field.name().clone());
                tables.push((table, columns.collect()));
            }
            Ok(())
        }))?;
        Ok(tables)
    }

    /// The tables that a statement names; none where it is no SQL.
    pub fn tables_of(&self, sql: &str) -> BTreeSet<String> {
        let state = self.context.state();
        let dialect = state.config_options().sql_parser.dialect;
        let tables = state
            .sql_to_statement(sql, &dialect)
            .and_then(|statement| state.resolve_table_references(&statement));
        tables.into_iter().flatten().map(|table| table.table().to_owned()).collect()
    }

    /// Runs SQL that cannot change anything and gives the result to `take`.
    pub fn query(&self, sql: &str, take: &mut dyn Take) -> Result<()> {
        let read_only = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        self.execute(sql, read_only, take)
    }

    /// The result of [`Self::query`] in memory.
    pub fn rows(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        let mut batches = Vec::new();
        self.query(sql, &mut batches)?;
        Ok(batches)
    }

    /// Runs any SQL; again, without the segments that turn out to be damaged.
    pub fn execute(&self, sql: &str, options: SQLOptions, take: &mut dyn Take) -> Result<()> {
        self.engine.wait(Box::pin(self.attempts(sql, options, take)))
    }

    async fn attempts(&self, sql: &str, options: SQLOptions, take: &mut dyn Take) -> Result<()> {
        self.library.register(&self.context, sql).await?;
        loop {
            let mut held = Held::default();
            let attempt = self.attempt(sql, options, take, &mut held);
            let Err(interrupted) =
                AssertUnwindSafe(attempt).catch_unwind().await.unwrap_or_else(|_| {
                    // A decoder met bytes that nobody thought of.
                    let can_retry = !held.released;
                    Err(Interrupted { error: internal(None).into(), can_retry })
                })
            else {
                return Ok(());
            };
            if !interrupted.can_retry || !self.recording.verify() {
                return Err(interrupted.error);
            }
        }
    }

    async fn attempt(
        &self,
        sql: &str,
        options: SQLOptions,
        take: &mut dyn Take,
        held: &mut Held,
    ) -> Result<(), Interrupted> {
        let engine = |error: DataFusionError| Interrupted {
            can_retry: may_be_damage(&error),
            error: explain(&error).into(),
        };
        let output = |error: anyhow::Error| Interrupted { error, can_retry: false };
        let state = self.context.state();
        let dialect = state.config_options().sql_parser.dialect;
        let statement = state.sql_to_statement(sql, &dialect).map_err(engine)?;
        levels::check(&statement).map_err(|refused| output(refused.into()))?;
        let plan = state.statement_to_plan(statement).await.map_err(engine)?;
        options.verify_plan(&plan).map_err(engine)?;
        let frame = self.context.execute_logical_plan(plan).await.map_err(engine)?;
        let task = Arc::new(frame.task_ctx());
        let plan = frame.create_physical_plan().await.map_err(engine)?;
        let schema = plan.schema();
        let progress = Progress::of(&plan);
        let mut stream = execute_stream(plan, task).map_err(engine)?;
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(|error| Interrupted {
                can_retry: !held.released && may_be_damage(&error),
                error: explain(&error).into(),
            })?;
            held.add(batch, &schema, take).map_err(output)?;
        }
        drop(progress);
        held.release(&schema, take).map_err(output)
    }
}

impl Drop for Session {
    /// Threads that a failed query left behind would keep what it laid on disk.
    fn drop(&mut self) {
        remove_files(&self.context.runtime_env().disk_manager);
    }
}

#[derive(Default)]
struct Held {
    batches: Vec<RecordBatch>,
    bytes: usize,
    released: bool,
}

impl Held {
    fn add(&mut self, batch: RecordBatch, schema: &SchemaRef, take: &mut dyn Take) -> Result<()> {
        self.bytes += batch.get_array_memory_size();
        self.batches.push(batch);
        if self.released || self.bytes > HELD_BYTES { self.release(schema, take) } else { Ok(()) }
    }

    fn release(&mut self, schema: &SchemaRef, take: &mut dyn Take) -> Result<()> {
        if !self.released {
            take.schema(schema)?;
            self.released = true;
        }
        self.batches.drain(..).try_for_each(|batch| take.batch(batch))
    }
}
