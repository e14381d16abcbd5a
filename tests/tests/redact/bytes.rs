//! Every byte of a recording, and everything that is compressed or encoded in it.

use std::fs;
use std::path::{Path, PathBuf};

use arrow::util::display::array_value_to_string;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::column::page::Page;
use parquet::file::reader::{FileReader, SerializedFileReader};

/// Every byte of a recording as it lies there, and everything that is compressed or encoded in it.
pub fn of(recording: &Path) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for path in files(recording) {
        let raw = fs::read(&path).expect("a file of the recording");
        if path.extension().is_some_and(|extension| extension == "parquet") {
            all.extend(content(&path));
        }
        all.push(raw);
    }
    all
}

/// Metadata, statistics, dictionaries, pages and values of one segment.
fn content(path: &Path) -> Vec<Vec<u8>> {
    let open = || fs::File::open(path).expect("a segment");
    let reader = SerializedFileReader::new(open()).expect("a Parquet file");
    let mut found = vec![format!("{:?}", reader.metadata()).into_bytes()];
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).expect("a row group");
        for column in 0..group.num_columns() {
            if let Some(statistics) = group.metadata().column(column).statistics() {
                let limits = [statistics.min_bytes_opt(), statistics.max_bytes_opt()];
                found.extend(limits.into_iter().flatten().map(<[u8]>::to_vec));
            }
            let mut pages = group.get_column_page_reader(column).expect("pages");
            while let Some(page) = pages.get_next_page().expect("a page") {
                if let Some(statistics) = page.statistics() {
                    found.push(format!("{statistics:?}").into_bytes());
                }
                found.push(match page {
                    Page::DataPage { buf, .. }
                    | Page::DataPageV2 { buf, .. }
                    | Page::DictionaryPage { buf, .. } => buf.to_vec(),
                });
            }
        }
    }
    let batches = ParquetRecordBatchReaderBuilder::try_new(open()).expect("a Parquet file");
    for batch in batches.build().expect("a reader") {
        for column in batch.expect("rows").columns() {
            let value = |row| array_value_to_string(column, row).expect("a value") + "\n";
            found.push((0..column.len()).map(value).collect::<String>().into_bytes());
        }
    }
    found
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry"));
    let (folders, mut files): (Vec<_>, Vec<_>) =
        entries.map(|entry| entry.path()).partition(|path| path.is_dir());
    files.extend(folders.iter().flat_map(|folder| self::files(folder)));
    files
}

pub fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}
