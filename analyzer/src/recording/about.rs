//! The table `recording`: what the manifests say, one row per recording.

use std::sync::Arc;

use anyhow::Result;
use arrow::array::{ArrayRef, Int64Array, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;

use super::Member;

pub const NAME: &str = "recording";
pub const DOC: &str = "What is recorded of the recording itself, one row for each.";

type Value = fn(&Member) -> i64;
type Text = fn(&Member) -> String;

enum Of {
    Number(Value),
    Text(Text),
}

/// Name and meaning of every column, and where it comes from.
const COLUMNS: &[(&str, &str, Of)] = &[
    ("name", "Its name: that of its directory.", Of::Text(|member| member.name.clone())),
    ("host", "Name of the recorded host.", Of::Text(|member| member.host().into())),
    ("kernel", "`uname -r`.", Of::Text(|member| member.manifest.host.kernel.clone())),
    ("machine", "`uname -m`.", Of::Text(|member| member.manifest.host.machine.clone())),
    ("os", "Name of the operating system.", Of::Text(|member| member.manifest.host.os.clone())),
    ("cpus", "How many CPUs.", Of::Number(|member| member.manifest.host.cpus.into())),
    (
        "memory_bytes",
        "Size of its memory.",
        Of::Number(|member| member.manifest.host.memory_bytes as i64),
    ),
    ("start_ts", "When the recording began.", Of::Number(|member| member.span().start)),
    ("stop_ts", "When it ended.", Of::Number(|member| member.span().end)),
    (
        "wall_ns",
        "The wall clock at `start_ts`, in nanoseconds since 1970.",
        Of::Number(|member| member.manifest.clock.wall_ns),
    ),
    (
        "utc_offset_s",
        "Seconds that the host's clock shows east of UTC.",
        Of::Number(|member| member.manifest.clock.utc_offset_s.into()),
    ),
    (
        "frequency",
        "CPU samples per second.",
        Of::Number(|member| member.manifest.options.frequency as i64),
    ),
    (
        "stack_min_ns",
        "Stacks were walked only for intervals of at least this length.",
        Of::Number(|member| member.manifest.options.stack_min_ns as i64),
    ),
    (
        "profile",
        "What was asked to be recorded.",
        Of::Text(|member| member.manifest.options.profile.clone()),
    ),
    (
        "command",
        "The recorder's command line.",
        Of::Text(|member| member.manifest.command.join(" ")),
    ),
];

/// Name, type in SQL terms and meaning of every column.
pub fn columns() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    COLUMNS.iter().map(|(name, meaning, of)| {
        let kind = if matches!(of, Of::Text(_)) { "VARCHAR" } else { "BIGINT" };
        (*name, kind, *meaning)
    })
}

pub fn table(members: &[Member]) -> Result<Arc<dyn TableProvider>> {
    let fields = COLUMNS.iter().map(|(name, _, of)| Field::new(*name, of.data_type(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let values = COLUMNS.iter().map(|(_, _, of)| of.array(members));
    let batch = RecordBatch::try_new(Arc::clone(&schema), values.collect())?;
    Ok(Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))
}

impl Of {
    fn data_type(&self) -> DataType {
        match self {
            Self::Number(_) => DataType::Int64,
            Self::Text(_) => DataType::Utf8View,
        }
    }

    fn array(&self, members: &[Member]) -> ArrayRef {
        match self {
            Self::Number(of) => Arc::new(Int64Array::from_iter_values(members.iter().map(of))),
            Self::Text(of) => Arc::new(StringViewArray::from_iter_values(members.iter().map(of))),
        }
    }
}
