//! A Python with DuckDB and others, to read recordings as others do.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program;

/// A Python that has DuckDB, in an environment of its own under the target directory.
///
/// # Panics
/// Where it cannot be installed.
pub fn python() -> PathBuf {
    install(&["duckdb"])
        .unwrap_or_else(|problem| panic!("DuckDB could not be installed: {problem}"))
}

/// The same with these modules, unless they cannot be installed: then it says that the test is skipped.
///
/// # Panics
/// Where nothing may be skipped (`AFTERWAKE_REQUIRE_BPF=1`).
pub fn python_with(modules: &[&str], test: &str) -> Option<PathBuf> {
    match install(modules) {
        Ok(python) => Some(python),
        Err(problem) => {
            let line = format!("SKIPPED (needs {}): {test}: {problem}", modules.join(", "));
            let required = std::env::var("AFTERWAKE_REQUIRE_BPF").is_ok_and(|value| value == "1");
            assert!(!required, "{line}");
            // Past the capture of the test harness: what was skipped has to be seen.
            let _ = writeln!(std::io::stderr(), "{line}");
            None
        }
    }
}

fn install(modules: &[&str]) -> Result<PathBuf, String> {
    let release = program::path("afterwake");
    let target = release.parent().and_then(Path::parent).expect("target/PROFILE/afterwake");
    let environment = target.join("duckdb");
    let python = environment.join("bin").join("python");
    let run = |command: &mut Command| match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))),
        Err(error) => Err(format!("{command:?}: {error}")),
    };
    let import = format!("import {}", modules.join(", "));
    if run(Command::new(&python).args(["-c", &import])).is_err() {
        run(Command::new("python3").arg("-m").arg("venv").arg(&environment))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(modules))?;
        run(Command::new(&python).args(["-c", &import]))?;
    }
    Ok(python)
}
