//! A recording to export, and what SQL and the checkers say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use afterwake_tests::duckdb::python_with;
use afterwake_tests::machine::contract;
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::loss::drop_waits;
use afterwake_tests::machine::recording::{self, Form};
use afterwake_tests::program::{Answer, afterwake, sql};
use afterwake_tests::random::Random;
use serde_json::Value;
use tempfile::TempDir;

pub const SIZE: Size = Size { cpus: 3, threads: 14, steps: 4_000 };
pub const MODULES: [&str; 5] = ["perfetto", "jsonschema", "prometheus_client", "pyarrow", "polars"];

pub struct Place(pub TempDir);

impl Place {
    pub fn path(&self) -> PathBuf {
        self.0.path().join("machine.wake")
    }

    /// Where an export goes.
    pub fn output(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// A recording of a machine with all kinds of rows, `percent` of its waits lost.
pub fn machine(seed: u64, percent: u64) -> Place {
    let machine = generate::machine(seed, SIZE);
    let place = Place(tempfile::tempdir().expect("a temporary directory"));
    let mut rows = contract::rows(&machine);
    drop_waits(&machine, &mut rows, percent, &mut Random::new(seed));
    let form = Form { sample_every: Some(200_000), everyday: 150, ..Form::default() };
    recording::write(&machine, rows, &place.path(), form);
    place
}

pub fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/demo.wake")
}

pub fn run(recording: &Path, format: &str, output: &Path, flags: &[&str]) -> Answer {
    let (recording, output) = (recording.to_string_lossy(), output.to_string_lossy());
    let arguments = ["export", &recording, "--to", format, "-o", &output];
    afterwake(arguments.iter().chain(flags))
}

/// What a checker in `tests/export` answers about an export.
pub fn check(checker: &str, output: &Path, further: &[&Path], test: &str) -> Option<Value> {
    let python = python_with(&MODULES, test)?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export");
    let run = Command::new(python).arg(folder.join(checker)).arg(output).args(further).output();
    let run = run.expect("python starts");
    assert!(run.status.success(), "{checker}: {}", String::from_utf8_lossy(&run.stderr));
    Some(serde_json::from_slice(&run.stdout).expect("JSON"))
}

/// Numbers by text, from rows of two columns; those that are 0 are left out.
pub fn sums(recording: &Path, query: &str) -> BTreeMap<String, i64> {
    let rows = sql(
        recording,
        &format!(
            "SELECT CAST(a AS VARCHAR) AS a, CAST(b AS BIGINT) AS b FROM ({query}) AS t (a, b)"
        ),
    );
    let pair = |row: &Value| Some((row["a"].as_str()?.to_owned(), row["b"].as_i64()?));
    rows.iter().filter_map(pair).filter(|(_, value)| *value != 0).collect()
}

pub fn of_object(value: &Value) -> BTreeMap<String, i64> {
    let entries = value.as_object().expect("an object").iter();
    let entries = entries.map(|(name, value)| (name.clone(), value.as_i64().expect("a number")));
    entries.filter(|(_, value)| *value != 0).collect()
}
