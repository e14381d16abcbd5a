//! One execution of a chain function: read all waits, walk, tell the paths.

use std::collections::{HashMap, HashSet};
use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::TryStreamExt;
use tokio::task::{JoinSet, spawn_blocking};

use super::chain_coverage;
use super::chain_text::Telling;
use super::names::{Names, Threads};
use super::question::Question;
use super::wait_rows;
use crate::chains::roots::{Ground, Method, explain};
use crate::chains::site::Numbering;
use crate::chains::{Index, Waker};
use crate::recording::Recording;

#[derive(Clone, Debug)]
pub struct ChainWalk {
    pub method: Method,
    pub recording: Arc<Recording>,
    pub names: Arc<Names>,
    pub question: Question,
    pub schema: SchemaRef,
}

impl PartitionStream for ChainWalk {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let walk = self.clone();
        let telling = async move {
            let cores = available_parallelism().map_or(1, NonZero::get);
            let index = walk.index(cores).await?;
            let telling = spawn_blocking(move || walk.telling(index, cores)).await;
            telling.map_err(|error| DataFusionError::External(error.into()))?
        };
        let batches = futures::stream::once(telling).map_ok(futures::stream::iter).try_flatten();
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
    }
}

impl ChainWalk {
    /// Reads all waits of the recording.
    async fn index(&self, cores: usize) -> Result<Index> {
        let streams = wait_rows::streams(&self.recording, cores).await?;
        let mut readers = JoinSet::new();
        for stream in streams {
            readers.spawn(wait_rows::read(stream));
        }
        let mut builders = Vec::new();
        while let Some(builder) = readers.join_next().await {
            builders.push(builder.map_err(|error| DataFusionError::External(error.into()))??);
        }
        Ok(Index::new(builders))
    }

    /// Walks over all chosen waits.
    fn telling(&self, index: Index, cores: usize) -> Result<Telling> {
        let threads = self.names.threads()?;
        let crew = Crew::of(&index, threads, &self.question);
        let coverage = chain_coverage::of(&self.recording, crew.members.keys().copied(), threads);
        let index = &index.within(coverage);
        let ground = Ground {
            index,
            names: &|thread| crew.members[&thread].name,
            wanted: &|thread| crew.members[&thread].wanted,
        };
        let (choice, limits) = (&self.question.choice, self.question.limits);
        let graph = explain(&ground, self.method, choice, limits, cores);
        Ok(Telling::new(&self.names, &self.schema, graph, crew.names, &self.question))
    }
}

/// The threads of the recording, those included that only woke others.
struct Crew {
    members: HashMap<i64, Member>,
    names: Vec<String>,
}

struct Member {
    /// Number of its name.
    name: u32,
    wanted: bool,
}

impl Crew {
    fn of(index: &Index, threads: &Threads, question: &Question) -> Self {
        let mut all: HashSet<i64> =
            index.stretches().iter().map(|stretch| stretch.thread).collect();
        all.extend(index.sites().iter().filter_map(|site| match site.waker {
            Waker::Thread(thread) => Some(thread),
            Waker::Nobody | Waker::Terminal(_) => None,
        }));
        let mut names = Numbering::default();
        let members = all
            .into_iter()
            .map(|thread| {
                let who = threads.who(thread);
                let wanted = who.map_or(question.wants_all(), |who| question.wants(who));
                let name = names.number(who.map_or("", |who| &who.comm));
                (thread, Member { name, wanted })
            })
            .collect();
        let names = names.values().iter().map(|name| (*name).to_owned()).collect();
        Self { members, names }
    }
}
