//! How long the texts of a column are, before they are read into every row.
//!
//! A dictionary holds a text once, and a sort or a function copies it for each row: a few kilobytes that were made on
//! purpose would become gigabytes.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::DataType;
use parquet::arrow::ProjectionMask;
use parquet::basic::Type;
use parquet::column::page::{Page, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use super::extent::OpenExtent;
use super::segment::rows;

/// Rows that an operator holds at once.
const ROWS_AT_ONCE: i64 = 8 * 1024;
/// What the longest text may take in as many rows.
const LARGEST_COPIES: u64 = 512 << 20;

/// Checks a column of a row group, whose pages have been checked.
pub fn check(
    open: &OpenExtent,
    footer: &Arc<ParquetMetaData>,
    (group, column): (usize, usize),
    has_plain_pages: bool,
) -> Result<()> {
    let about = footer.row_group(group);
    let meta = about.column(column);
    if meta.column_type() != Type::BYTE_ARRAY {
        return Ok(());
    }
    let longest = if has_plain_pages {
        longest_of_rows(open, footer, group, column)?
    } else {
        let pages = Arc::new(open.clone());
        let mut pages = SerializedPageReader::new(pages, meta, about.num_rows() as usize, None)?;
        match pages.get_next_page()? {
            Some(Page::DictionaryPage { buf, .. }) => longest_of_dictionary(&buf),
            _ => 0,
        }
    };
    let rows = about.num_rows().clamp(1, ROWS_AT_ONCE) as u64;
    if longest.saturating_mul(rows) > LARGEST_COPIES {
        return Err(ParquetError::General(format!("a text of {longest} bytes is absurdly long")));
    }
    Ok(())
}

/// Of texts that each follow their length.
fn longest_of_dictionary(mut bytes: &[u8]) -> u64 {
    let mut longest = 0;
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length);
        longest = longest.max(u64::from(length));
        bytes = rest.get(length as usize..).unwrap_or_default();
    }
    longest
}

fn longest_of_rows(
    open: &OpenExtent,
    footer: &Arc<ParquetMetaData>,
    group: usize,
    column: usize,
) -> Result<u64> {
    let mask = ProjectionMask::leaves(footer.file_metadata().schema_descr(), [column]);
    let batches = rows(open.clone(), footer)?.with_projection(mask).with_row_groups(vec![group]);
    let mut longest = 0;
    for batch in batches.build()? {
        for texts in batch?.columns() {
            let views = match texts.data_type() {
                DataType::Utf8View => texts.as_string_view().views(),
                DataType::BinaryView => texts.as_binary_view().views(),
                _ => continue,
            };
            // The low half of a view begins with the length.
            longest = views.iter().map(|view| u64::from(*view as u32)).fold(longest, u64::max);
        }
    }
    Ok(longest)
}
