//! How Parquet stores each column of a segment.

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use parquet::basic::{Compression, Encoding as ParquetEncoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::kind::Encoding;
use crate::stream::Stream;

/// Rows of one row group, which bounds what a reader and a writer hold in memory.
pub const ROW_GROUP_ROWS: usize = 128 * 1024;

/// Differences of more bits than this are noise: from here on the values take less room with their
/// bytes apart, where the high ones compress.
const WIDEST_DELTA: usize = 25;

/// Values of a block of DELTA_BINARY_PACKED, as the parquet crate writes it.
const BLOCK: usize = 256;

/// What the writer of a segment is told: each column as its kind says, but for values that turn out
/// to be far apart.
pub fn properties(stream: &Stream, batch: &RecordBatch) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_write_batch_size(8 * 1024)
        .set_offset_index_disabled(true);
    for column in stream.columns() {
        let leaf = match column.data_type {
            DataType::List(_) => vec![column.name.into(), "list".into(), "item".into()],
            _ => vec![column.name.to_owned()],
        };
        let leaf = ColumnPath::new(leaf);
        let dictionary = column.encoding == Encoding::Dictionary;
        properties = properties.set_column_dictionary_enabled(leaf.clone(), dictionary);
        let encoding = match column.encoding {
            Encoding::Delta if batch.column_by_name(column.name).is_some_and(is_noise) => {
                ParquetEncoding::BYTE_STREAM_SPLIT
            }
            Encoding::Delta => ParquetEncoding::DELTA_BINARY_PACKED,
            Encoding::Split => ParquetEncoding::BYTE_STREAM_SPLIT,
            Encoding::Dictionary | Encoding::Plain => continue,
        };
        properties = properties.set_column_encoding(leaf, encoding);
    }
    properties.build()
}

/// True where the differences of neighbours, packed as Parquet does, take more than [`WIDEST_DELTA`]
/// bits on average.
fn is_noise(column: &ArrayRef) -> bool {
    let Some(column) = column.as_primitive_opt::<Int64Type>() else { return false };
    let mut values = column.iter().flatten();
    let Some(mut before) = values.next() else { return false };
    let (mut bits, mut count) = (0, 0);
    let mut block = Vec::with_capacity(BLOCK);
    loop {
        block.extend(values.by_ref().take(BLOCK).map(|value| {
            let delta = value.wrapping_sub(before);
            before = value;
            delta
        }));
        if block.is_empty() {
            return bits > count * WIDEST_DELTA;
        }
        bits += packed_bits(&block);
        count += block.len();
        block.clear();
    }
}

/// A block counts from its least difference, and each quarter of it has one width.
fn packed_bits(deltas: &[i64]) -> usize {
    let least = deltas.iter().min().copied().unwrap_or(0);
    let width = |quarter: &[i64]| {
        let most = quarter.iter().map(|delta| delta.wrapping_sub(least) as u64).max();
        u64::BITS as usize - most.unwrap_or(0).leading_zeros() as usize
    };
    deltas.chunks(BLOCK / 4).map(|quarter| quarter.len() * width(quarter)).sum()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Int64Array;

    use super::*;

    fn column(values: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
        Arc::new(Int64Array::from_iter(values))
    }

    /// Every thread begins again at the start of the segment.
    fn times(step: impl Fn(i64) -> i64) -> ArrayRef {
        let of_thread = |_| {
            (0..60).scan(0, |time, at| {
                *time += step(at);
                Some(Some(*time))
            })
        };
        column((0..40).flat_map(of_thread))
    }

    #[test]
    fn steps_of_microseconds_are_packed_and_steps_of_many_milliseconds_are_not() {
        assert!(!is_noise(&times(|at| 5_000 + at * 7 % 100)));
        assert!(is_noise(&times(|at| 15_000_000 + at * 7_654_321 % 9_999_999)));
        assert!(!is_noise(&column([])));
        assert!(!is_noise(&column([None, Some(7), None])));
        assert!(!is_noise(&column([Some(i64::MAX), Some(i64::MIN), Some(i64::MAX)])));
    }
}
