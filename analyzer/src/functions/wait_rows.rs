//! Rows of the `wait` table as [`chains`](crate::chains) take them.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::common::Result;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use super::reading::{columns, flag, text};
use crate::chains::wait::Context;
use crate::chains::{Builder, Wait};
use crate::recording::Recording;

/// What is read, in the order that [`push`] takes it.
const COLUMNS: [&str; 16] = [
    "thread",
    "seq",
    "state",
    "ran_ns",
    "off_ts",
    "woken_ts",
    "on_ts",
    "kstack",
    "ustack",
    "waker",
    "waker_seq",
    "waker_kstack",
    "waker_ustack",
    "preempted",
    "born",
    "waker_context",
];

/// Instants are of a clock that begins with the host. What a damaged row states beyond 36 years is not known, so that
/// instants and their differences can be worked with.
const LATEST_NS: i64 = 1 << 60;

/// The waits of a recording, in as many streams as there are cores.
pub async fn streams(
    recording: &Recording,
    cores: usize,
) -> Result<Vec<SendableRecordBatchStream>> {
    columns(recording, "wait", &COLUMNS, cores)?.execute_stream_partitioned().await
}

/// Reads one stream to its end.
pub async fn read(mut stream: SendableRecordBatchStream) -> Result<Builder> {
    let mut builder = Builder::default();
    while let Some(batch) = stream.next().await {
        push(&mut builder, &batch?)?;
    }
    Ok(builder)
}

fn push(builder: &mut Builder, batch: &RecordBatch) -> Result<()> {
    let numbers: Vec<_> =
        (0..13).map(|column| batch.column(column).as_primitive::<Int64Type>()).collect();
    let number = |column: usize, row: usize| {
        numbers[column].is_valid(row).then(|| numbers[column].value(row))
    };
    let time = |column: usize, row: usize| {
        number(column, row).filter(|instant| (0..=LATEST_NS).contains(instant))
    };
    let (preempted, born) = (flag(batch, 13), flag(batch, 14));
    let contexts = text(batch, 15)?;
    for row in 0..batch.num_rows() {
        let context = contexts.is_valid(row).then(|| Context::named(contexts.value(row)));
        builder.push(&Wait {
            thread: number(0, row).unwrap_or(0),
            seq: number(1, row).unwrap_or(0) as u32,
            state: number(2, row).unwrap_or(0) as u32,
            ran_ns: time(3, row),
            off_ts: time(4, row),
            woken_ts: time(5, row),
            on_ts: time(6, row),
            kstack: number(7, row).unwrap_or(0),
            ustack: number(8, row).unwrap_or(0),
            waker: number(9, row),
            waker_seq: number(10, row).map(|seq| seq as u32),
            waker_kstack: number(11, row).unwrap_or(0),
            waker_ustack: number(12, row).unwrap_or(0),
            waker_context: context.flatten(),
            preempted: preempted(row),
            born: born(row),
        });
    }
    Ok(())
}
