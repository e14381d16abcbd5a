//! A Python with DuckDB, to read recordings as others do.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program;

/// A Python that has DuckDB, in an environment of its own under the target directory.
///
/// # Panics
/// Where it cannot be installed.
pub fn python() -> PathBuf {
    let release = program::path("afterwake");
    let target = release.parent().and_then(Path::parent).expect("target/PROFILE/afterwake");
    let environment = target.join("duckdb");
    let python = environment.join("bin").join("python");
    let has_duckdb = || {
        Command::new(&python)
            .args(["-c", "import duckdb"])
            .output()
            .is_ok_and(|run| run.status.success())
    };
    if !has_duckdb() {
        let run = |command: &mut Command| {
            let output = command.output().unwrap_or_else(|error| {
                panic!("DuckDB could not be installed: {command:?}: {error}")
            });
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "DuckDB could not be installed: {command:?}: {said}");
        };
        run(Command::new("python3").arg("-m").arg("venv").arg(&environment));
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "duckdb"]));
    }
    assert!(has_duckdb(), "DuckDB was installed but cannot be imported");
    python
}
