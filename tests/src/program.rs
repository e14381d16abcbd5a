//! Runs the programs under test: those in the target directory of this test.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a program answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub stdout: String,
    pub stderr: String,
    /// `None` where a signal ended it.
    pub code: Option<i32>,
}

/// The path of a program beside the test executable.
///
/// # Panics
/// Where it has not been built.
pub fn path(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let directory = test.parent().and_then(Path::parent).expect("tests lie in target/PROFILE/deps");
    let program = directory.join(name);
    assert!(program.exists(), "{} is not built; `make build` first", program.display());
    program
}

/// Runs `afterwake` with an environment that does not depend on who runs the test.
pub fn afterwake<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Answer {
    let output = command(arguments).output().expect("the program starts");
    Answer::of(&output)
}

/// `afterwake` with its arguments, not started yet.
pub fn command<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(path("afterwake"));
    command.args(arguments).env_remove("AFTERWAKE_VIEWS").env("TERM", "dumb").env("TZ", "UTC");
    command
}

/// Lets a program end when its terminal hangs up, even where the tests run under `nohup`.
pub fn heed_hangups(command: &mut Command) {
    // SAFETY: between fork and exec it does this and nothing else.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGHUP, libc::SIG_DFL);
            Ok(())
        })
    };
}

impl Answer {
    pub fn of(output: &Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
        }
    }

    /// The answer of a run that must succeed.
    ///
    /// # Panics
    /// Where it failed, with what it said.
    #[track_caller]
    pub fn good(self) -> Self {
        assert!(self.code == Some(0), "exit {:?}: {}", self.code, self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }

    /// The answer of a run that must fail: a sentence, a hint, this exit code, and no panic.
    #[track_caller]
    pub fn bad(self, code: i32) -> Self {
        assert!(self.code == Some(code), "exit {:?}, not {code}: {}", self.code, self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        assert!(self.stderr.contains("error: "), "no sentence: {}", self.stderr);
        assert!(self.stderr.contains("hint: "), "no hint: {}", self.stderr);
        self
    }

    /// The rows of a run with `--format json`.
    #[track_caller]
    pub fn rows(self) -> Vec<serde_json::Value> {
        let answer = self.good();
        let rows = serde_json::from_str(&answer.stdout);
        rows.unwrap_or_else(|error| panic!("not JSON ({error}): {}", answer.stdout))
    }
}

/// Rows of a view over a recording.
#[track_caller]
pub fn view(name: &str, recording: &Path, flags: &[&str]) -> Vec<serde_json::Value> {
    let mut arguments = vec![OsStr::new(name), recording.as_os_str()];
    arguments.extend(["--format", "json"].map(OsStr::new));
    arguments.extend(flags.iter().map(OsStr::new));
    afterwake(arguments).rows()
}

/// Rows of a query over a recording.
#[track_caller]
pub fn sql(recording: &Path, query: &str) -> Vec<serde_json::Value> {
    let query = OsStr::new(query);
    afterwake([
        OsStr::new("sql"),
        recording.as_os_str(),
        query,
        "--format".as_ref(),
        "json".as_ref(),
    ])
    .rows()
}

/// The one integer of a query's one row.
#[track_caller]
pub fn number(recording: &Path, query: &str) -> i64 {
    let rows = sql(recording, query);
    let value = rows.first().and_then(|row| row.as_object()?.values().next()?.as_i64());
    value.unwrap_or_else(|| panic!("{query} did not answer one integer: {rows:?}"))
}
