//! Names that are no text, and a recording whose own name is an attack.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use afterwake_schema::streams::ALL;
use afterwake_schema::{Stream, segment};
use afterwake_tests::program::Answer;
use arrow::datatypes::DataType;
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::attack::{Attack, texts};
use super::{answer, form, run};

/// Bytes that are marked as text and are none.
const NO_TEXT: [&[u8]; 4] =
    [b"\xff\xfe", b"a\xc3", b"\xed\xa0\x80", b"\xc0\xae\xc0\xae/etc/passwd"];

/// A second file of a table, with one column of text, all of whose values are none.
fn write_no_text(folder: &Path, stream: &Stream, column: &str) {
    let field = Type::primitive_type_builder(column, Physical::BYTE_ARRAY)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::String))
        .build()
        .expect("a field");
    let schema = Type::group_type_builder("schema").with_fields(vec![Arc::new(field)]).build();
    let file = File::create(segment::path(folder, stream, 1)).expect("writable");
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer =
        SerializedFileWriter::new(file, Arc::new(schema.expect("a schema")), properties)
            .expect("a file");
    let mut group = writer.next_row_group().expect("a row group");
    let mut cells = group.next_column().expect("writable").expect("one column");
    let ColumnWriter::ByteArrayColumnWriter(typed) = cells.untyped() else {
        panic!("a column of bytes")
    };
    let values = NO_TEXT.map(|bytes| ByteArray::from(bytes.to_vec()));
    typed.write_batch(&values, None, None).expect("writable");
    cells.close().expect("writable");
    group.close().expect("writable");
    writer.close().expect("writable");
}

#[test]
fn what_is_no_text_is_left_out_and_named() {
    let attack = Attack::new();
    let folder = attack.place().join("evil.wake");
    for stream in ALL {
        let sql = format!("SELECT count(*) AS n FROM {}", stream.name);
        let rows = |sql: &str| {
            let output = run(&attack, &["sql", "evil.wake", sql, "--format", "json"]);
            (Answer::of(&output).rows(), String::from_utf8_lossy(&output.stderr).into_owned())
        };
        let intact = rows(&sql).0;
        for column in texts(stream) {
            let kind =
                stream.arrow().field_with_name(column).expect("a column").data_type().clone();
            if kind != DataType::Utf8 {
                continue;
            }
            write_no_text(&folder, stream, column);
            let sql = format!(
                "SELECT count(\"{column}\") FILTER (WHERE true) AS all_of_it, \
                count(*) AS n, max(\"{column}\") AS last FROM {}",
                stream.name
            );
            let (found, said) = rows(&sql);
            assert_eq!(found[0]["n"], intact[0]["n"], "{}.{column}", stream.name);
            let file = format!("{}/000001.parquet", stream.name);
            assert!(said.contains(&file), "{}.{column} is not named: {said}", stream.name);
            fs::remove_file(segment::path(&folder, stream, 1)).expect("it was written");
        }
    }
}

/// Whatever is said of a file says where it lies; who packed the files chose that too.
#[test]
fn the_name_of_the_recording_is_one_more_name() {
    let attack = Attack::new();
    let evil = "e\u{1b}[31m\u{202e}<script>.wake";
    let from = attack.place().join("evil.wake");
    let to = attack.place().join(evil);
    fs::rename(&from, &to).expect("a name like any other");
    fs::write(to.join("wait/000001.parquet"), b"PAR1 and then nothing").expect("writable");
    let manifest = to.join("recording.json");
    let hidden = fs::read(&manifest).expect("a manifest");
    for arguments in [
        vec!["info", evil],
        vec!["offcputime", evil],
        vec!["checklist", evil],
        vec!["sql", evil, "SELECT name FROM recording"],
        vec!["sql", "e*.wake", "SELECT count(*) FROM wait"],
        vec!["sql", ".", "SELECT count(*) FROM wait"],
    ] {
        form::is_plain(&answer(&attack, &arguments).stdout, &arguments);
    }
    fs::remove_file(&manifest).expect("it was there");
    form::is_plain(&answer(&attack, &["info", evil]).stdout, &["info", "cut short"]);
    for damage in ["{", "{\"format\": 4242, \"tool\": \"\\u001b[31m\"}", "[\"\\u001b[31m\"]"] {
        fs::write(&manifest, damage).expect("writable");
        Answer::of(&run(&attack, &["info", evil])).bad(1);
    }
    fs::write(&manifest, hidden).expect("writable");
    // No name leads anywhere: not that of a recording, nor of a table, nor of a file in it.
    let before: HashMap<_, _> = attack.files().into_iter().collect();
    answer(&attack, &["info", evil]);
    assert!(attack.files().into_iter().collect::<HashMap<_, _>>() == before);
    for (name, code) in [("no\u{1b}]0;such.wake", 1), ("no\u{1b}]0;such*", 1), ("no\u{1b}such", 2)]
    {
        Answer::of(&run(&attack, &["info", name])).bad(1);
        Answer::of(&run(&attack, &[name])).bad(code);
    }
}
