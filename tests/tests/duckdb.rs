//! Every table of a recording is plain Parquet: DuckDB reads the same rows from it as we do.

use std::collections::BTreeMap;
use std::process::Command;

use afterwake_schema::streams::ALL;
use afterwake_schema::{Stream, kind::Column};
use afterwake_tests::duckdb::python;
use afterwake_tests::machine::contract;
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::recording::{self, Form};
use afterwake_tests::program::sql;
use arrow::datatypes::DataType;

const SIZE: Size = Size { cpus: 2, threads: 12, steps: 3_000 };

/// Reads queries, one per line, and prints the numbers of each answer's row.
const READER: &str = "
import sys, duckdb
for query in sys.stdin:
    row = duckdb.sql(query).fetchall()[0]
    print(*[0 if value is None else int(value) for value in row])
";

/// Numbers that differ wherever a column does: counts and sums over every column.
fn fingerprint(stream: &Stream, cardinality: &str) -> String {
    let of = |column: &Column| {
        let name = format!("\"{}\"", column.name);
        let sum = match column.data_type {
            DataType::Utf8 => format!("sum(length({name}))"),
            DataType::Boolean => format!("sum(CASE WHEN {name} THEN 1 ELSE 0 END)"),
            DataType::List(_) => format!("sum({cardinality}({name}))"),
            _ => format!("sum({name} % 1000003)"),
        };
        format!("count({name}), coalesce({sum}, 0)")
    };
    let columns: Vec<String> = stream.columns().iter().map(of).collect();
    format!("SELECT count(*), {} FROM", columns.join(", "))
}

fn answers_of_duckdb(queries: &[String]) -> Vec<Vec<i64>> {
    use std::io::Write;
    use std::process::Stdio;
    let mut child = Command::new(python())
        .args(["-c", READER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all((queries.join("\n") + "\n").as_bytes()).expect("python listens");
    drop(stdin);
    let output = child.wait_with_output().expect("python ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let numbers = |line: &str| line.split(' ').map(|number| number.parse().expect("int")).collect();
    text.lines().map(numbers).collect()
}

#[test]
fn duckdb_reads_every_table() {
    let machine = generate::machine(4, SIZE);
    let directory = tempfile::tempdir().expect("a temporary directory");
    let form = Form { sample_every: Some(500_000), counters: true, ..Form::default() };
    let rows = contract::rows(&machine);
    let written = BTreeMap::from([
        ("wait", rows.waits.len()),
        ("thread", rows.threads.len()),
        ("fork", rows.forks.len()),
        ("exit", rows.exits.len()),
    ]);
    recording::write(&machine, rows, directory.path(), form);
    let present = |stream: &&&Stream| directory.path().join(stream.name).is_dir();
    let tables: Vec<&Stream> = ALL.iter().filter(present).copied().collect();
    assert!(tables.len() >= 8, "{tables:?}");
    let of_duckdb = |stream: &&Stream| {
        let files = directory.path().join(stream.name).join("*.parquet");
        format!("{} read_parquet('{}')", fingerprint(stream, "len"), files.display())
    };
    let queries: Vec<String> = tables.iter().map(of_duckdb).collect();
    let answers = answers_of_duckdb(&queries);
    assert_eq!(answers.len(), tables.len());
    for (stream, answer) in tables.iter().zip(answers) {
        if let Some(count) = written.get(stream.name) {
            assert_eq!(answer[0], *count as i64, "rows of {}", stream.name);
        }
        let names: Vec<String> = (0..answer.len()).map(|index| format!("n{index}")).collect();
        let query = fingerprint(stream, "cardinality");
        let query =
            format!("SELECT * FROM ({query} \"{}\") AS t({})", stream.name, names.join(", "));
        let row = sql(directory.path(), &query).remove(0);
        let ours: Vec<i64> = names.iter().map(|name| row[name].as_i64().unwrap_or(-1)).collect();
        assert_eq!(ours, answer, "{}", stream.name);
    }
}
