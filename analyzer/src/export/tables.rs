//! Every table of a recording as a file of its own, for programs that do not read Parquet.

use std::fs::File;
use std::io::BufWriter;
use std::sync::Arc;

use afterwake_schema::{Stream, streams};
use anyhow::Result;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::ipc::writer::FileWriter;

use super::Export;
use crate::output::{Output, finish};
use crate::render::{CsvSink, Sink};
use crate::run::Take;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Csv,
    Arrow,
}

/// Tables that say what others refer to, whenever that was.
const LASTING: [&str; 6] = ["thread", "stack", "frame", "module", "disk", "syscall"];

/// Writes every table, those without rows included, and names them.
pub fn write(export: &Export<'_>, output: &Output, kind: Kind) -> Result<Vec<String>> {
    export.session.keep_order();
    output.directory()?;
    let is_part = export.window != export.session.recording.span();
    for stream in streams::ALL {
        let schema = nullable(stream);
        let sql = export.sql(&format!(
            "{}{}",
            select(stream),
            if is_part { within(stream) } else { String::new() }
        ));
        match kind {
            Kind::Csv => {
                let mut file = output.member(&format!("{}.csv", stream.name))?;
                let texts = readable(&schema);
                let sink = Box::new(CsvSink::new(&mut file, &texts)?);
                let mut table = Csv { schema, texts, sink };
                export.session.query(&sql, &mut table)?;
                table.sink.finish()?;
                drop(table);
                finish(file)?;
            }
            Kind::Arrow => {
                let file = output.member(&format!("{}.arrow", stream.name))?;
                let mut table = Ipc { writer: FileWriter::try_new(file, &schema)?, schema };
                export.session.query(&sql, &mut table)?;
                table.writer.finish()?;
                finish(table.writer.into_inner()?)?;
            }
        }
    }
    Ok(streams::ALL.iter().map(|stream| stream.name.to_owned()).collect())
}

fn select(stream: &Stream) -> String {
    let names: Vec<String> =
        stream.columns().iter().map(|column| format!("\"{}\"", column.name)).collect();
    format!("SELECT {} FROM \"{}\"", names.join(", "), stream.name)
}

/// Keeps the rows that have an instant in the window, or last through it.
fn within(stream: &Stream) -> String {
    if LASTING.contains(&stream.name) {
        return String::new();
    }
    let columns = stream.columns();
    let is_instant = |name: &&str| *name == "ts" || (name.ends_with("_ts") && *name != "start_ts");
    let instants = columns.iter().map(|column| column.name).filter(is_instant);
    let mut instants: Vec<String> = instants.map(str::to_owned).collect();
    if columns.iter().any(|column| column.name == "duration_ns") {
        instants.push("coalesce(ts + duration_ns, $stop)".into());
    }
    match stream.name {
        "wait" => instants.extend([
            "CASE WHEN open THEN $stop END".into(),
            "CASE WHEN off_ts IS NULL AND NOT born THEN $start ELSE off_ts - ran_ns END".into(),
        ]),
        "block_io" => instants.push("coalesce(done_ts, $stop)".into()),
        "rest" => instants.push("ts + 999999999".into()),
        _ => {}
    }
    let instants = instants.join(", ");
    format!(" WHERE greatest({instants}) >= $from AND least({instants}) <= $to")
}

struct Ipc {
    schema: SchemaRef,
    writer: FileWriter<BufWriter<File>>,
}

impl Take for Ipc {
    fn schema(&mut self, _schema: &SchemaRef) -> Result<()> {
        Ok(())
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<()> {
        Ok(self.writer.write(&declared(&self.schema, &batch)?)?)
    }
}

struct Csv<'a> {
    schema: SchemaRef,
    texts: SchemaRef,
    sink: Box<CsvSink<'a>>,
}

impl Take for Csv<'_> {
    fn schema(&mut self, _schema: &SchemaRef) -> Result<()> {
        Ok(())
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<()> {
        let batch = declared(&self.schema, &batch)?;
        let columns = batch.columns().iter().map(|column| match column.data_type() {
            DataType::List(_) => json(column),
            _ => column.clone(),
        });
        self.sink.write(&RecordBatch::try_new(Arc::clone(&self.texts), columns.collect())?)
    }
}

/// The stream's columns. An older recorder may not have had one that is never NULL now.
fn nullable(stream: &Stream) -> SchemaRef {
    let schema = stream.arrow();
    let fields = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The columns in the types that the stream declares, which every reader of Arrow knows.
fn declared(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch> {
    let columns = schema.fields().iter().zip(batch.columns());
    let columns = columns.map(|(field, column)| cast(column, field.data_type()));
    Ok(RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<_, _>>()?)?)
}

/// The same columns with lists as text.
fn readable(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::List(_) => Arc::new(Field::new(field.name(), DataType::Utf8, true)),
        _ => Arc::clone(field),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Lists as JSON, in ASCII.
fn json(lists: &ArrayRef) -> ArrayRef {
    let lists = lists.as_list::<i32>();
    let text = |row: usize| {
        let list = lists.is_valid(row).then(|| lists.value(row))?;
        if let Some(numbers) = list.as_primitive_opt::<Int64Type>() {
            return serde_json::to_string(&numbers.values()[..]).ok();
        }
        let texts = list.as_string_opt::<i32>()?;
        let texts: Vec<Option<&str>> = texts.iter().collect();
        serde_json::to_string(&texts).ok().map(|text| ascii(&text))
    };
    Arc::new((0..lists.len()).map(text).collect::<StringArray>())
}

fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter.is_ascii() && !letter.is_ascii_control() {
            text.push(letter);
        } else {
            let units = letter.encode_utf16(&mut [0; 2]).to_vec();
            text.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_ascii() {
        assert_eq!(ascii("[\"é\u{7f}😀\"]"), "[\"\\u00e9\\u007f\\ud83d\\ude00\"]");
    }

    #[test]
    fn what_others_refer_to_is_whole() {
        let within = |name: &str| within(streams::by_name(name).unwrap());
        assert_eq!(within("stack"), "");
        assert!(within("wait").contains("greatest(off_ts, woken_ts, on_ts, CASE"));
    }
}
