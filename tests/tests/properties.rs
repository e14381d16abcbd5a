//! Every declared stream: records survive the ring, and no bytes from outside do harm.

use std::fmt::Write;
use std::process::Command;

use afterwake_schema::kind::Column;
use afterwake_schema::recording::{COMPLETE, Manifest};
use afterwake_schema::streams::{self, ALL};
use afterwake_schema::{Identify, Identity, Row, Source, Stream, for_each_stream, header};
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::recording::{self, Form};
use afterwake_tests::random::Random;

const ROUNDS: usize = 200;

struct Nobody;

impl Identify for Nobody {
    fn identify(&self, _thread: u32, _ts: u64) -> Identity {
        Identity::default()
    }
}

/// Bytes of a record of `stream` with everything in it random but printable text.
fn record(stream: &Stream, random: &mut Random) -> Vec<u8> {
    let mut bytes = stream.number.to_ne_bytes().to_vec();
    for member in (stream.layout)() {
        match (member.c, member.size) {
            ("char", 0) => {
                for _ in 0..random.below(4) {
                    bytes.extend(b"text");
                    bytes.push(0);
                }
            }
            (_, 0) => (0..random.below(9)).for_each(|_| bytes.extend(random.bits().to_ne_bytes())),
            ("char", size) => {
                let length = random.below(size as u64 + 1) as usize;
                bytes.extend(std::iter::repeat_n(b'x', length));
                bytes.extend(std::iter::repeat_n(0, size - length));
            }
            (_, size) => bytes.extend(&random.bits().to_ne_bytes()[..size]),
        }
    }
    bytes
}

fn round_trip<R: Row>() {
    let mut random = Random::new(1);
    for _ in 0..ROUNDS {
        let row = R::decode(&record(R::STREAM, &mut random));
        let row =
            row.unwrap_or_else(|| panic!("{} does not decode its own layout", R::STREAM.name));
        let again = R::decode(&row.encode());
        assert_eq!(again, Some(row), "{}", R::STREAM.name);
    }
}

fn survives<R: Row>() {
    let mut random = Random::new(2);
    for _ in 0..ROUNDS {
        let whole = record(R::STREAM, &mut random);
        for length in 0..whole.len() {
            let _ = R::decode(&whole[..length]);
        }
        let noise: Vec<u8> = (0..random.below(600)).map(|_| random.bits() as u8).collect();
        let _ = R::decode(&noise);
        let mut disguised = R::STREAM.number.to_ne_bytes().to_vec();
        disguised.extend(noise);
        if let Some(row) = R::decode(&disguised) {
            assert_eq!(R::batch(&[row], &Nobody).num_rows(), 1);
        }
    }
    let mut other = record(R::STREAM, &mut random);
    other[..4].copy_from_slice(&4242_u32.to_ne_bytes());
    assert_eq!(R::decode(&other), None, "{} takes a record of another stream", R::STREAM.name);
}

fn batches<R: Row>() {
    let mut random = Random::new(3);
    let row = |_| R::decode(&record(R::STREAM, &mut random)).expect("its own layout");
    let rows: Vec<R> = (0..50).map(row).collect();
    let batch = R::batch(&rows, &Nobody);
    assert_eq!(batch.num_rows(), rows.len());
    assert_eq!(batch.schema(), R::STREAM.arrow(), "{}", R::STREAM.name);
    for (column, array) in R::STREAM.columns().iter().zip(batch.columns()) {
        assert_eq!(array.data_type(), &column.data_type, "{}.{}", R::STREAM.name, column.name);
        assert!(column.nullable || array.null_count() == 0, "{}.{}", R::STREAM.name, column.name);
    }
}

macro_rules! for_rows {
    ($($name:ident: $row:ident,)*) => {
        #[test]
        fn records_survive_the_ring() {
            $(round_trip::<streams::$row>();)*
        }
        #[test]
        fn no_bytes_do_harm() {
            $(survives::<streams::$row>();)*
        }
        #[test]
        fn batches_are_as_declared() {
            $(batches::<streams::$row>();)*
        }
    };
}
for_each_stream!(for_rows);

#[test]
fn every_stream_and_column_is_documented() {
    for stream in ALL {
        assert!(!stream.doc.trim().is_empty(), "{} has no words", stream.name);
        let mut names: Vec<&str> = stream.columns().iter().map(|column| column.name).collect();
        let undocumented = |column: &Column| column.doc.trim().is_empty();
        assert!(!stream.columns().iter().any(undocumented), "{}", stream.name);
        names.sort_unstable();
        names.windows(2).for_each(|pair| assert_ne!(pair[0], pair[1], "{}", stream.name));
        let numbers = ALL.iter().filter(|other| other.number == stream.number);
        assert!(stream.source == Source::Recorder || numbers.count() == 1, "{}", stream.name);
    }
}

/// Kinds mean the same everywhere: a name decides on type and unit.
#[test]
fn the_same_word_is_the_same_type() {
    for stream in ALL {
        for column in stream.columns() {
            let instant = column.name == "ts" || column.name.ends_with("_ts");
            assert_eq!(instant, column.meaning == "ns, CLOCK_MONOTONIC", "{}", column.name);
            assert_eq!(
                column.name.ends_with("_ns") && column.name != "pid_ns" && column.name != "mnt_ns",
                column.meaning == "ns",
                "{}.{}",
                stream.name,
                column.name
            );
            for other in ALL {
                for twin in other.columns().iter().filter(|twin| twin.name == column.name) {
                    assert_eq!(twin.data_type, column.data_type, "{}", column.name);
                }
            }
        }
    }
}

/// A reader of this version reads what this version wrote, and what a later one added to it.
#[test]
fn a_manifest_survives_its_file() {
    let machine = generate::machine(1, Size { cpus: 2, threads: 3, steps: 10 });
    let written = recording::manifest(&machine, Form::default());
    let directory = tempfile::tempdir().expect("a temporary directory");
    for complete in [false, true] {
        written.write(directory.path(), complete).expect("writable");
        let (read, was_complete) = Manifest::read(directory.path()).expect("readable");
        assert_eq!(was_complete, complete);
        let text = |manifest: &Manifest| serde_json::to_value(manifest).expect("JSON");
        assert_eq!(text(&read), text(&written));
    }
    let path = directory.path().join(COMPLETE);
    let text = std::fs::read_to_string(&path).expect("a manifest");
    let later = text.replacen('{', "{ \"moon\": {\"phase\": [1, 2]},", 1);
    std::fs::write(&path, later).expect("writable");
    let (read, _) = Manifest::read(directory.path()).expect("unknown words are passed over");
    assert_eq!(read.host.name, written.host.name);
}

/// The compiler lays the records out as the decoder reads them.
#[test]
fn c_records_have_the_declared_layout() {
    let kernel = || ALL.iter().filter(|stream| stream.source == Source::Kernel);
    let mut program =
        String::from("#include <linux/types.h>\n#include <stddef.h>\n#include <stdio.h>\n");
    program.push_str(&header::header().replace("#pragma once", ""));
    program.push_str("int main(void) {\n");
    let mut expected = String::new();
    for stream in kernel() {
        let name = stream.name;
        let mut at = 4;
        for member in (stream.layout)() {
            let field = member.name;
            let _ = writeln!(
                program,
                "printf(\"{name}.{field} %zu\\n\", offsetof(struct {name}_event, {field}));"
            );
            let _ = writeln!(expected, "{name}.{field} {at}");
            at += member.size;
        }
        let _ = writeln!(program, "printf(\"{name} %zu\\n\", sizeof(struct {name}_event));");
        let size = header::record_size(stream);
        let tail = (stream.layout)().iter().any(|member| member.size == 0);
        let _ = writeln!(expected, "{name} {}", size.next_multiple_of(if tail { 4 } else { 8 }));
    }
    program.push_str("return 0; }\n");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (source, binary) = (directory.path().join("layout.c"), directory.path().join("layout"));
    std::fs::write(&source, program).expect("the temporary directory is writable");
    let compiled = Command::new("cc").arg(&source).arg("-o").arg(&binary).output();
    let compiled = compiled.expect("a C compiler called cc");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let printed = Command::new(&binary).output().expect("the compiled program runs");
    assert_eq!(String::from_utf8_lossy(&printed.stdout), expected);
}
