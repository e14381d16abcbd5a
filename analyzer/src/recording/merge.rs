//! Several recordings as one: the columns `host` and `recording`, and references that cannot collide.
//!
//! Threads, stacks, frames and modules are numbered within one recording. Each recording's numbers are
//! combined with a key of its own, in every column that refers to them, so that joins stay right.
//! Instants move onto the clock of the first recording by way of the wall clock.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use afterwake_schema::Stream;
use anyhow::Result;
use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray};
use arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::error::Result as SqlResult;
use datafusion::logical_expr::expr_fn::bitwise_xor;
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlanBuilder, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility, col, lit,
};

use super::Member;

/// References count up from 1, or are hashes; a key leaves the low bits for the counts.
const KEY_SHIFT: u32 = 40;

/// Leaves out the packs of recordings that are there themselves: their rows would count twice.
pub fn without_doubles(members: Vec<Member>) -> (Vec<Member>, Vec<PathBuf>) {
    let text = |member: &Member| member.text.as_ref().map(|(_, text)| text.clone());
    let directories = members.iter().filter(|member| member.pack_bytes.is_none());
    let originals: BTreeSet<_> = directories.filter_map(text).collect();
    let is_double = |member: &Member| {
        member.pack_bytes.is_some() && text(member).is_some_and(|text| originals.contains(&text))
    };
    let (doubles, members): (Vec<_>, Vec<_>) = members.into_iter().partition(is_double);
    (members, doubles.into_iter().map(|member| member.directory).collect())
}

/// Gives every recording its key and its place on the common clock.
pub fn align(mut members: Vec<Member>) -> Vec<Member> {
    let offset = |member: &Member| {
        let clock = &member.manifest.clock;
        if clock.wall_ns == 0 { None } else { Some(clock.wall_ns - clock.start_ns) }
    };
    let first = members.first().and_then(offset);
    for (number, member) in members.iter_mut().enumerate() {
        member.key = (number as i64) << KEY_SHIFT;
        if let (Some(first), Some(own)) = (first, offset(member)) {
            member.shift_ns = own - first;
        }
    }
    members
}

/// Whether a reference, as it is in the tables of several recordings, was made by this one.
pub fn is_of(reference: i64, member: &Member) -> bool {
    reference >> KEY_SHIFT == member.key >> KEY_SHIFT
}

/// The union of a table over the recordings.
pub fn table(members: &[Member], stream: &'static Stream) -> Result<Arc<dyn TableProvider>> {
    let mut union: Option<LogicalPlanBuilder> = None;
    for member in members {
        let source = provider_as_source(member.table(stream));
        let scan = LogicalPlanBuilder::scan(stream.name, source, None)?
            .project(columns(member, stream))?;
        union = Some(match union {
            Some(before) => before.union(scan.build()?)?,
            None => scan,
        });
    }
    let plan = union.unwrap_or_else(|| LogicalPlanBuilder::empty(false)).build()?;
    Ok(Arc::new(ViewTable::new(plan, None)))
}

fn columns(member: &Member, stream: &Stream) -> Vec<Expr> {
    let text = |value: &str| lit(ScalarValue::Utf8View(Some(value.into())));
    let mut columns =
        vec![text(member.host()).alias("host"), text(&member.name).alias("recording")];
    for column in stream.columns() {
        let own = col(format!("\"{}\"", column.name));
        columns.push(match column.meaning {
            "key" | "thread.thread" | "stack.id" | "module.id" => {
                bitwise_xor(own, lit(member.key)).alias(column.name)
            }
            "frame.id, innermost first" => ScalarUDF::from(XorEach::default())
                .call(vec![own, lit(member.key)])
                .alias(column.name),
            "ns, CLOCK_MONOTONIC" => (own + lit(member.shift_ns)).alias(column.name),
            _ => own,
        });
    }
    columns
}

/// `xor_each(list, key)`: the list with every number combined with the key.
#[derive(Debug, PartialEq, Eq, Hash)]
struct XorEach {
    signature: Signature,
}

impl Default for XorEach {
    fn default() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for XorEach {
    fn name(&self) -> &str {
        "xor_each"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> SqlResult<DataType> {
        Ok(arguments[0].clone())
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> SqlResult<ColumnarValue> {
        let [lists, key] = &ColumnarValue::values_to_arrays(&call.args)?[..] else {
            return datafusion::common::exec_err!("xor_each takes a list and a key");
        };
        let key = key.as_primitive::<Int64Type>();
        let lists = lists.as_list::<i32>();
        let key = if key.is_empty() { 0 } else { key.value(0) };
        let numbers: Int64Array =
            lists.values().as_primitive::<Int64Type>().unary(|number| number ^ key);
        let item = Arc::new(Field::new("item", DataType::Int64, true));
        let combined = ListArray::try_new(
            item,
            lists.offsets().clone(),
            Arc::new(numbers),
            lists.nulls().cloned(),
        )?;
        Ok(ColumnarValue::Array(Arc::new(combined) as ArrayRef))
    }
}
