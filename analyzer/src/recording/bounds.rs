//! What a segment may ask of the memory. What a recorder writes stays far below; beyond it a file is not believed.

use parquet::basic::{Compression, Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use super::thrift::{LIST, STRUCT, Walk};

/// One read: a column of a row group.
pub const LARGEST_READ: u64 = 128 << 20;
/// The footer of a segment.
pub const LARGEST_FOOTER: u64 = 4 << 20;
/// A page when it is decompressed; the writer aims at 1 MiB.
const LARGEST_PAGE: i64 = 32 << 20;
/// All pages of one column of a row group, decompressed.
const LARGEST_COLUMN: i64 = 512 << 20;
/// Values of one column of a row group: as many as the frames of its stacks can be.
const MOST_VALUES: i64 = 16 << 20;
const MOST_ROWS_OF_A_GROUP: i64 = 1 << 20;
const MOST_ROWS: i64 = 4 << 20;
/// Columns and what they are nested in.
const MOST_SCHEMA_ELEMENTS: usize = 512;
/// PLAIN, PLAIN_DICTIONARY, RLE, DELTA_BINARY_PACKED, RLE_DICTIONARY, BYTE_STREAM_SPLIT. The others make the
/// decoder reserve what a page declares, and nobody writes them here.
const ENCODINGS: [i64; 6] = [0, 2, 3, 5, 8, 9];
const DICTIONARY_ENCODINGS: [i64; 2] = [2, 8];

/// Checks a footer before anything is built of it.
pub fn check_encoded(footer: &[u8]) -> Result<()> {
    let mut walk = Walk::new(footer);
    let walked = walk.fields(&mut |walk, number, kind| {
        // The elements of the schema; the reader follows their nesting by recursion.
        if number == 2 && kind == LIST {
            let (elements, _) = walk.clone().list()?;
            return (elements <= MOST_SCHEMA_ELEMENTS).then_some(());
        }
        Some(())
    });
    walked.ok_or_else(|| nonsense("its footer makes no sense"))
}

/// Checks what a footer says against the size of the segment.
pub fn check_footer(footer: &ParquetMetaData, size: u64) -> Result<()> {
    let groups = footer.row_groups();
    let rows: i64 = groups.iter().map(|group| group.num_rows().min(MOST_ROWS + 1)).sum();
    let is_sane = groups.iter().all(|group| (0..=MOST_ROWS_OF_A_GROUP).contains(&group.num_rows()));
    if !is_sane || rows > MOST_ROWS || rows != footer.file_metadata().num_rows() {
        return Err(nonsense("its footer states a number of rows that cannot be"));
    }
    for column in groups.iter().flat_map(|group| group.columns()) {
        let begin = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let length = column.compressed_size();
        let lies_inside = begin >= 0
            && (0..=LARGEST_READ as i64).contains(&length)
            && begin.checked_add(length).is_some_and(|end| end as u64 <= size);
        if !lies_inside || !(0..=MOST_VALUES).contains(&column.num_values()) {
            return Err(nonsense("its footer names a column that cannot be"));
        }
    }
    Ok(())
}

/// Checks the headers of all pages of a column, and says whether some hold values instead of places in the
/// dictionary.
pub fn check_pages(column: &ColumnChunkMetaData, bytes: &[u8]) -> Result<bool> {
    let (mut at, mut values, mut size) = (0, 0, 0);
    let mut has_plain_pages = false;
    while at < bytes.len() {
        let page = Page::read(&bytes[at..]).filter(|page| page.is_sane(column));
        let page = page.ok_or_else(|| nonsense("the header of a page makes no sense"))?;
        at += page.header_length;
        let length =
            usize::try_from(page.compressed).ok().filter(|length| *length <= bytes.len() - at);
        at += length.ok_or_else(|| nonsense("a page is longer than its column"))?;
        size += page.uncompressed;
        if !page.is_dictionary {
            values += page.values;
            has_plain_pages |= !DICTIONARY_ENCODINGS.contains(&page.encoding);
        }
        if size > LARGEST_COLUMN || values > MOST_VALUES {
            return Err(nonsense("the pages of a column are absurdly large"));
        }
    }
    Ok(has_plain_pages)
}

#[derive(Debug, Default)]
struct Page {
    header_length: usize,
    uncompressed: i64,
    compressed: i64,
    is_dictionary: bool,
    values: i64,
    encoding: i64,
}

impl Page {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut page = Self::default();
        let mut walk = Walk::new(bytes);
        walk.fields(&mut |walk, number, kind| match (number, kind) {
            (2, _) => walk.integer().map(|size| page.uncompressed = size),
            (3, _) => walk.integer().map(|size| page.compressed = size),
            // The header of a data page, of a dictionary, of a data page of version 2.
            (5 | 7 | 8, STRUCT) => {
                page.is_dictionary = number == 7;
                let place_of_encoding = if number == 8 { 4 } else { 2 };
                walk.fields(&mut |walk, field, _| {
                    match field {
                        1 => page.values = walk.integer()?,
                        _ if field == place_of_encoding => page.encoding = walk.integer()?,
                        _ => {}
                    }
                    Some(())
                })
            }
            _ => Some(()),
        })?;
        page.header_length = walk.at();
        Some(page)
    }

    fn is_sane(&self, column: &ColumnChunkMetaData) -> bool {
        // What a value takes at least, in a dictionary.
        let least = match column.column_type() {
            Type::INT32 | Type::FLOAT | Type::BYTE_ARRAY => 4,
            Type::INT64 | Type::DOUBLE => 8,
            Type::INT96 => 12,
            Type::BOOLEAN | Type::FIXED_LEN_BYTE_ARRAY => 1,
        };
        (0..=LARGEST_PAGE).contains(&self.uncompressed)
            && (0..=MOST_VALUES).contains(&self.values)
            && ENCODINGS.contains(&self.encoding)
            && (column.compression() != Compression::UNCOMPRESSED
                || self.compressed == self.uncompressed)
            && (!self.is_dictionary || self.values * least <= self.uncompressed)
    }
}

fn nonsense(what: &str) -> ParquetError {
    ParquetError::General(what.into())
}
