//! A recording in which every text is an attack: the columns are those that the schema declares, new ones too.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use afterwake_schema::recording::COMPLETE;
use afterwake_schema::{Identify, Identity, Row, Stream, for_each_stream, segment, streams};
use afterwake_tests::machine::contract;
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::recording::{self, Form};
use arrow::array::{Array, ArrayRef, AsArray, ListBuilder, RecordBatch, StringArray};
use arrow::array::{Int64Array, StringBuilder, UInt32Array};
use arrow::compute::{cast, concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Field, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

/// What a stranger may write where a name is expected.
pub fn names() -> Vec<String> {
    let long = format!("{}\u{1b}[5m;end", "very long ".repeat(500));
    [
        "<script>alert(1)</script>",
        "</SCRIPT ><!--<script>",
        "\u{1b}]0;x\u{7}\u{1b}[31m",
        "a\nb\rc\td\u{8}\u{7f}",
        "../../etc/passwd",
        "/tmp/afterwake\"'`$(id);%s%n",
        "\u{202e}gpj.exe\u{2066}\u{200f}\u{2028}",
        "\u{9b}31m\u{85}",
        "]]>&lt;!--\"/><svg onload='x'>",
        "=1+1,\"x\",",
        "{\"a\": [1, null]}",
        "e\u{301}漢\u{1f600}\u{feff}",
        " ",
        &long,
    ]
    .map(String::from)
    .into()
}

/// Numbers at which arithmetic ends.
const NUMBERS: [i64; 7] = [i64::MIN, i64::MAX, -1, 0, 1 << 62, i32::MIN as i64, -1_000_000_000_000];

/// The columns of a stream that hold text, or lists of it.
pub fn texts(stream: &Stream) -> Vec<&'static str> {
    let columns = stream.columns();
    columns.iter().filter(|column| is_text(&column.data_type)).map(|column| column.name).collect()
}

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 => true,
        DataType::List(item) => *item.data_type() == DataType::Utf8,
        _ => false,
    }
}

/// The columns of a stream that hold numbers.
fn numbers(stream: &Stream) -> Vec<&'static str> {
    let columns = stream.columns();
    let numbers = columns.iter().filter(|column| column.data_type.is_integer());
    numbers.map(|column| column.name).collect()
}

/// What is poisoned: one column in each row, while the others mean what they say. So the rows get as far as they can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poison {
    Texts,
    Numbers,
}

/// A busy machine, poisoned.
fn record(folder: &Path, poison: Poison) {
    let machine = generate::machine(42, Size { cpus: 2, threads: 8, steps: 600 });
    let form =
        Form { sample_every: Some(997_000), counters: true, everyday: 60, ..Form::default() };
    recording::write(&machine, contract::rows(&machine), folder, form);
    macro_rules! poison {
        ($($name:ident: $row:ident,)*) => { $(poison_table::<streams::$row>(folder, poison);)* };
    }
    for_each_stream!(poison);
    finish_manifest(folder, poison);
}

struct Nobody;

impl Identify for Nobody {
    fn identify(&self, _thread: u32, _ts: u64) -> Identity {
        Identity::default()
    }
}

fn poison_table<R: Row>(folder: &Path, poison: Poison) {
    let stream = R::STREAM;
    let (columns, variants) = match poison {
        Poison::Texts => (texts(stream), names().len()),
        Poison::Numbers => (numbers(stream), NUMBERS.len()),
    };
    if columns.is_empty() {
        return;
    }
    let rows = match stored(folder, stream) {
        Some(rows) if rows.num_rows() > 0 => rows,
        _ => R::batch(&[R::default()], &Nobody),
    };
    // As many as it takes for every column to have had every name, and one row in between to be harmless.
    let least = (columns.len() + 1) * variants;
    let count = least.max(rows.num_rows());
    let places =
        UInt32Array::from_iter_values((0..count).map(|row| (row % rows.num_rows()) as u32));
    let rows = take_record_batch(&rows, &places).expect("places are in range");
    let schema = rows.schema();
    let poisoned = schema.fields().iter().zip(rows.columns()).map(|(field, array)| {
        match columns.iter().position(|name| name == field.name()) {
            Some(place) => poisoned(array, place, columns.len() + 1),
            None => Arc::clone(array),
        }
    });
    let batch = RecordBatch::try_new(stream.arrow(), poisoned.collect()).expect("as declared");
    let _ = fs::remove_dir_all(folder.join(stream.name));
    segment::write(folder, stream, 0, &batch).expect("the folder is writable");
}

/// Everything that is stored of a table, as its stream declares it.
fn stored(folder: &Path, stream: &Stream) -> Option<RecordBatch> {
    let mut batches = Vec::new();
    for number in 0.. {
        let Ok(file) = File::open(segment::path(folder, stream, number)) else { break };
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a segment").build();
        for batch in reader.expect("a reader") {
            let batch = batch.expect("a batch");
            let schema = stream.arrow();
            let columns = schema.fields().iter().zip(batch.columns());
            let columns = columns.map(|(field, array)| cast(array, field.data_type()));
            let columns = columns.collect::<Result<_, _>>().expect("declared types");
            batches.push(RecordBatch::try_new(schema, columns).expect("as declared"));
        }
    }
    concat_batches(&stream.arrow(), &batches).ok().filter(|_| !batches.is_empty())
}

/// A column of text with a name in every row that is its turn.
fn poisoned(array: &ArrayRef, place: usize, turns: usize) -> ArrayRef {
    if array.data_type().is_integer() {
        let values = cast(array, &DataType::Int64).expect("a number");
        let values = values.as_primitive::<Int64Type>();
        let number = |row: usize| match row % turns == place {
            true => Some(NUMBERS[row / turns % NUMBERS.len()]),
            false => values.is_valid(row).then(|| values.value(row)),
        };
        let numbers: Int64Array = (0..array.len()).map(number).collect();
        return narrow(&numbers, array.data_type());
    }
    let names = names();
    let name = |row: usize| (row % turns == place).then(|| &*names[row / turns % names.len()]);
    if let Some(texts) = array.as_string_opt::<i32>() {
        let text = |row: usize| match name(row) {
            Some(name) => Some(name),
            None => texts.is_valid(row).then(|| texts.value(row)),
        };
        return Arc::new((0..array.len()).map(text).collect::<StringArray>());
    }
    let lists = array.as_list::<i32>();
    let item = Arc::new(Field::new("item", DataType::Utf8, true));
    let mut builder = ListBuilder::new(StringBuilder::new()).with_field(item);
    for row in 0..array.len() {
        match name(row) {
            Some(name) => {
                builder.values().append_value(name);
                builder.values().append_value("an argument");
            }
            None => {
                let list = lists.value(row);
                list.as_string::<i32>()
                    .iter()
                    .for_each(|text| builder.values().append_option(text));
            }
        }
        builder.append(true);
    }
    Arc::new(builder.finish())
}

/// Numbers of a type that may have fewer bits: the low ones stay.
fn narrow(numbers: &Int64Array, kind: &DataType) -> ArrayRef {
    let spare = 64 - 8 * kind.primitive_width().expect("a number") as u32;
    let cut = |number: Option<i64>| match kind.is_signed_integer() {
        true => number.map(|number| number << spare >> spare),
        false => number.map(|number| ((number as u64) << spare >> spare) as i64),
    };
    let numbers: ArrayRef = Arc::new(numbers.iter().map(cut).collect::<Int64Array>());
    cast(&numbers, kind).expect("the bits are there")
}

/// The manifest counts the rows as they are now, and has a name for every text, and for every text in its lists.
fn finish_manifest(folder: &Path, poison: Poison) {
    let path = folder.join(COMPLETE);
    let text = fs::read_to_string(&path).expect("a manifest");
    let mut manifest: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for stream in streams::ALL {
        let rows = stored(folder, stream).map_or(0, |rows| rows.num_rows());
        manifest["rows"][stream.name] = rows.into();
    }
    if poison == Poison::Texts {
        let names = names();
        poison_json(&mut manifest, &mut names.iter().cycle());
    }
    fs::write(&path, manifest.to_string()).expect("writable");
}

fn poison_json<'a>(value: &mut serde_json::Value, next: &mut impl Iterator<Item = &'a String>) {
    match value {
        serde_json::Value::String(text) => *text = next.next().expect("endless").clone(),
        serde_json::Value::Array(list) => list.iter_mut().for_each(|one| poison_json(one, next)),
        serde_json::Value::Object(fields) => {
            // The names of the streams stay: a view asks whether its own was recorded.
            for (_, one) in fields.iter_mut().filter(|(name, _)| *name != "name") {
                poison_json(one, next);
            }
            if fields.contains_key("kernel") {
                fields.insert("name".into(), next.next().expect("endless").clone().into());
            }
        }
        _ => {}
    }
}

/// The recording in a folder, in a folder: so that `..` leads where it can be seen.
pub struct Attack {
    root: TempDir,
}

impl Attack {
    pub fn new() -> Self {
        Self::with(Poison::Texts)
    }

    pub fn with(poison: Poison) -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        let attack = Self { root };
        fs::create_dir_all(attack.place().join("out")).expect("writable");
        record(&attack.place().join("evil.wake"), poison);
        attack
    }

    /// Where the programs run; the recording is `evil.wake`, the output goes to `out`.
    pub fn place(&self) -> PathBuf {
        self.root.path().join("a/b")
    }

    /// Every file but those in `out`, with its content.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let out = self.place().join("out");
        let mut found = Vec::new();
        let mut folders = vec![self.root.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("readable").flatten() {
                let path = entry.path();
                if !path.is_dir() {
                    let bytes = fs::read(&path).expect("readable");
                    found.push((path, bytes));
                } else if path != out {
                    folders.push(path);
                }
            }
        }
        found.sort();
        found
    }
}
