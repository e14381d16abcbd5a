//! `chain_graph(…)` and `critical_path(…)`: the walks of [`chains`](crate::chains) as SQL tables.
//!
//! Both take the same constants, any of which may be NULL:
//! `from, to, depth, unbounded, whole, min_us, max_us, state, pid, tid, user_threads,
//! kernel_threads, user_stacks, kernel_stacks`. They give one row per path:
//! `folded`, `ns`, `waits`.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::Result;
use datafusion::prelude::SessionContext;

use super::chain_walk::ChainWalk;
use super::names::Names;
use super::question::Question;
use crate::chains::roots::Method;
use crate::recording::Recording;

pub fn register(session: &SessionContext, recording: &Arc<Recording>, names: &Arc<Names>) {
    for (name, method) in [("chain_graph", Method::Whole), ("critical_path", Method::Resolved)] {
        let function = ChainTable { method, recording: recording.clone(), names: names.clone() };
        session.register_udtf(name, Arc::new(function));
    }
}

#[derive(Debug)]
struct ChainTable {
    method: Method,
    recording: Arc<Recording>,
    names: Arc<Names>,
}

impl TableFunctionImpl for ChainTable {
    fn call_with_args(&self, args: TableFunctionArgs) -> Result<Arc<dyn TableProvider>> {
        let question = Question::read(args.exprs())?;
        let schema = schema();
        let walk = ChainWalk {
            method: self.method,
            recording: Arc::clone(&self.recording),
            names: Arc::clone(&self.names),
            question,
            schema: Arc::clone(&schema),
        };
        Ok(Arc::new(StreamingTable::try_new(schema, vec![Arc::new(walk)])?))
    }
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("folded", DataType::Utf8, false),
        Field::new("ns", DataType::Int64, false),
        Field::new("waits", DataType::Int64, false),
    ]))
}
