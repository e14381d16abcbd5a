//! One closed Parquet file of one table.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use afterwake_schema::{Stream, streams};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::parquet_to_arrow_schema;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{
    ColumnChunkMetaData, FooterTail, ParquetMetaData, ParquetMetaDataReader,
};

use super::checksum::Checksum;
use super::extent::{Extent, OpenExtent};
use super::{bounds, text};

/// Length of the footer and `PAR1`.
const TAIL: u64 = 8;

/// A segment: its footer is read at first use, and once.
#[derive(Debug)]
pub struct Segment {
    table: &'static str,
    path: PathBuf,
    extent: Extent,
    /// What it must add up to, before anything of it is believed.
    checksum: Option<Checksum>,
    footer: OnceLock<std::result::Result<Arc<ParquetMetaData>, String>>,
    /// Set when the footer was fine but a page was not.
    torn: OnceLock<String>,
}

impl Segment {
    /// `path` names it, be it a file or a member of a pack.
    pub(super) fn new(
        table: &'static str,
        path: PathBuf,
        extent: Extent,
        checksum: Option<Checksum>,
    ) -> Self {
        let (footer, torn) = (OnceLock::new(), OnceLock::new());
        Self { table, path, extent, checksum, footer, torn }
    }

    pub fn table(&self) -> &'static str {
        self.table
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn size(&self) -> u64 {
        self.extent.length()
    }

    /// Where its bytes are.
    pub fn extent(&self) -> &Extent {
        &self.extent
    }

    /// The footer; `None` where the segment is damaged and therefore left out.
    pub fn footer(&self) -> Option<&Arc<ParquetMetaData>> {
        let footer = self.footer.get_or_init(|| quietly(|| self.read_footer()).map(Arc::new));
        footer.as_ref().ok().filter(|_| self.torn.get().is_none())
    }

    /// Why the segment is left out, if it is known to be damaged.
    pub fn problem(&self) -> Option<String> {
        match self.footer.get() {
            Some(Err(problem)) => Some(problem.clone()),
            _ => self.torn.get().cloned(),
        }
    }

    /// Whether anything has asked for its content.
    pub(super) fn is_used(&self) -> bool {
        self.footer.get().is_some()
    }

    pub fn rows(&self) -> u64 {
        self.footer().map_or(0, |footer| footer.file_metadata().num_rows().max(0) as u64)
    }

    /// Decodes every page; returns true where this finds damage that was not known.
    pub fn verify(&self) -> bool {
        let Some(footer) = self.footer() else { return false };
        quietly(|| self.decode(footer)).is_err_and(|problem| self.torn.set(problem).is_ok())
    }

    fn read_footer(&self) -> Result<ParquetMetaData> {
        let open = self.extent.open()?;
        if let Some(checksum) = &self.checksum {
            checksum.check(&open)?;
        }
        let size = self.size();
        let tail = size.checked_sub(TAIL).ok_or_else(|| too_short(size))?;
        let tail: [u8; TAIL as usize] =
            open.bytes(tail, TAIL)?[..].try_into().map_err(|_| too_short(size))?;
        let length = FooterTail::try_new(&tail)?.metadata_length() as u64;
        let begin = (size - TAIL).checked_sub(length).filter(|_| length <= bounds::LARGEST_FOOTER);
        let begin = begin.ok_or_else(|| {
            ParquetError::General(format!("a footer of {length} bytes is no footer"))
        })?;
        let encoded = open.bytes(begin, length)?;
        bounds::check_encoded(&encoded)?;
        let footer = ParquetMetaDataReader::decode_metadata(&encoded)?;
        bounds::check_footer(&footer, size)?;
        check_columns(&footer, self.table)?;
        Ok(footer)
    }

    fn decode(&self, footer: &Arc<ParquetMetaData>) -> Result<()> {
        let open = self.extent.open()?;
        for (place, column) in columns(footer) {
            let (begin, length) = column.byte_range();
            let has_plain_pages = bounds::check_pages(column, &open.bytes(begin, length)?)?;
            text::check(&open, footer, place, has_plain_pages)?;
        }
        for batch in rows(open, footer)?.build()? {
            batch?;
        }
        Ok(())
    }

    /// Bytes of the segment, for the reader. Of a column the headers of its pages are checked first.
    pub(super) fn read(&self, open: &OpenExtent, begin: u64, length: u64) -> Result<bytes::Bytes> {
        let bytes = open.bytes(begin, length)?;
        let footer = self.footer().ok_or_else(|| ParquetError::General("it is damaged".into()))?;
        let column = columns(footer).find(|(_, column)| column.byte_range() == (begin, length));
        let stray = || ParquetError::General(format!("no column lies at {begin}"));
        let (place, column) = column.ok_or_else(stray)?;
        let has_plain_pages = bounds::check_pages(column, &bytes)?;
        text::check(open, footer, place, has_plain_pages)?;
        Ok(bytes)
    }
}

/// The columns of all row groups, by the number of their group and their own.
fn columns(
    footer: &ParquetMetaData,
) -> impl Iterator<Item = ((usize, usize), &ColumnChunkMetaData)> {
    footer.row_groups().iter().enumerate().flat_map(|(group, about)| {
        about.columns().iter().enumerate().map(move |(number, column)| ((group, number), column))
    })
}

/// Reads the rows, with text as views: a name of 1 MB in a dictionary must not be copied into every row.
pub(super) fn rows(
    open: OpenExtent,
    footer: &Arc<ParquetMetaData>,
) -> Result<ParquetRecordBatchReaderBuilder<OpenExtent>> {
    let options = || ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let stored = ArrowReaderMetadata::try_new(Arc::clone(footer), options())?;
    let view = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 => field.as_ref().clone().with_data_type(DataType::Utf8View),
        DataType::Binary => field.as_ref().clone().with_data_type(DataType::BinaryView),
        _ => field.as_ref().clone(),
    };
    let schema = Schema::new(stored.schema().fields().iter().map(view).collect::<Vec<_>>());
    let options = options().with_schema(Arc::new(schema));
    let read = ArrowReaderMetadata::try_new(Arc::clone(footer), options)?;
    Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(open, read))
}

/// Columns that are known have the types that they were declared with, or such as become them.
fn check_columns(footer: &ParquetMetaData, table: &str) -> Result<()> {
    let stored = parquet_to_arrow_schema(footer.file_metadata().schema_descr(), None)?;
    let declared = streams::by_name(table).map(Stream::arrow);
    for field in declared.iter().flat_map(|schema| schema.fields()) {
        let is_alike = |stored: &Field| are_alike(stored.data_type(), field.data_type());
        if stored.field_with_name(field.name()).is_ok_and(|stored| !is_alike(stored)) {
            let name = field.name();
            return Err(ParquetError::General(format!("its column {name} is of another type")));
        }
    }
    Ok(())
}

fn are_alike(stored: &DataType, declared: &DataType) -> bool {
    match (stored, declared) {
        (DataType::List(stored), DataType::List(declared)) => {
            are_alike(stored.data_type(), declared.data_type())
        }
        _ => stored == declared || stored.is_integer() && declared.is_integer(),
    }
}

fn too_short(size: u64) -> ParquetError {
    ParquetError::EOF(format!("{size} bytes are no segment"))
}

/// Runs a decoder over bytes that may be anything: its panics are errors like its errors.
pub(super) fn quietly<T>(decode: impl FnOnce() -> Result<T>) -> std::result::Result<T, String> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(result) => result.map_err(plain),
        Err(_) => Err("its content makes no sense".into()),
    }
}

/// The sentence of an error, without the name of who says it.
pub(super) fn plain(error: ParquetError) -> String {
    match error {
        ParquetError::General(problem) | ParquetError::EOF(problem) => problem,
        ParquetError::External(error) => error.to_string(),
        error => error.to_string(),
    }
}
