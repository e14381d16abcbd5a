//! Records this machine while something runs.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use afterwake_tests::program::path;
use tempfile::TempDir;

use crate::truth::Truth;

/// Bits of the effective capabilities: `CAP_SYS_ADMIN`, `CAP_BPF`.
const MAY_LOAD: u64 = 1 << 21 | 1 << 39;
const BTF: &str = "/sys/kernel/btf/vmlinux";
/// Recordings of one load, where the host disturbs them.
const ATTEMPTS: u32 = 4;

/// The machine, as long as this lives: no other test records or loads it meanwhile.
pub struct Machine {
    _lock: File,
    directory: TempDir,
}

/// A recording of the machine, and the load's own account of what happened.
pub struct Recorded {
    pub path: PathBuf,
    pub truth: Truth,
    _machine: Machine,
}

impl Machine {
    /// Waits for the machine; `None`, and a line that says so, where it cannot be recorded.
    #[track_caller]
    pub fn take() -> Option<Self> {
        if let Err(reason) = recordable() {
            let required = std::env::var("AFTERWAKE_REQUIRE_BPF").is_ok_and(|value| value == "1");
            assert!(!required, "this machine must be able to record: {reason}");
            // Not by `eprintln!`, which a passing test swallows.
            let thread = std::thread::current();
            let test = thread.name().unwrap_or("a live test");
            let _ = writeln!(std::io::stderr(), "SKIPPED (needs root and BPF): {test}: {reason}");
            return None;
        }
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(target).expect("the target directory is writable");
        let lock = File::create(target.join("machine.lock")).expect("a lock file");
        lock.lock().expect("the file system locks");
        let directory = tempfile::tempdir_in(target).expect("a directory");
        Some(Self { _lock: lock, directory })
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Where this test's recording goes.
    pub fn recording(&self) -> PathBuf {
        self.directory().join("live.wake")
    }

    /// The recorder with `options`, to be started.
    pub fn recorder(&self, options: &[&str]) -> Command {
        let mut command = Command::new(path("afterwake-record"));
        command.arg("-o").arg(self.recording()).args(options).current_dir(self.directory());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Records while `command` runs.
    pub fn record(&self, options: &[&str], command: &[&str]) -> Output {
        self.recorder(options).arg("--").args(command).output().expect("the recorder starts")
    }
}

/// Records the machine while the load runs, or `None` where that cannot be.
#[track_caller]
pub fn record(load: &str, arguments: &[&str]) -> Option<Recorded> {
    record_with(&[], load, arguments)
}

/// The same with options for the recorder.
///
/// What a load does is only known where the machine is its own: where the host took CPUs away meanwhile, it
/// is recorded again, and in the end the last recording counts, whatever it is.
#[track_caller]
pub fn record_with(options: &[&str], load: &str, arguments: &[&str]) -> Option<Recorded> {
    let machine = Machine::take()?;
    let workload = workload();
    let mut command = vec![workload.as_str(), load];
    command.extend(arguments);
    let mut attempt = 1;
    loop {
        let (begin, before) = (Instant::now(), stolen_ns());
        let output = machine.record(options, &command);
        let wall_ns = begin.elapsed().as_nanos() as i64;
        let stolen_ns = stolen_ns() - before;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "recording {load} ended with {}: {said}", output.status);
        if stolen_ns * 50 <= wall_ns || attempt == ATTEMPTS {
            let path = machine.recording();
            return Some(Recorded { path, truth: Truth::parse(&output.stdout), _machine: machine });
        }
        let _ = writeln!(
            std::io::stderr(),
            "{load} is recorded again: the host took {} of {} ms from the CPUs",
            stolen_ns / 1_000_000,
            wall_ns / 1_000_000
        );
        fs::remove_dir_all(machine.recording()).expect("the recording can be removed");
        attempt += 1;
    }
}

/// The path of the program with the loads.
pub fn workload() -> String {
    path("workload").to_string_lossy().into_owned()
}

/// A directory on the disk that the target directory lies on.
pub fn on_disk() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory")
}

/// Time that the host has taken from all CPUs, in ticks of 10 ms; 0 where it does not tell.
fn stolen_ns() -> i64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks = text.lines().next().and_then(|all| all.split_whitespace().nth(8));
    ticks.and_then(|ticks| ticks.parse::<i64>().ok()).unwrap_or(0) * 10_000_000
}

fn recordable() -> Result<(), String> {
    let status = fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let effective = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok())
        .unwrap_or_default();
    if effective & MAY_LOAD == 0 {
        return Err("not root, no CAP_BPF".to_owned());
    }
    if !Path::new(BTF).exists() {
        return Err(format!("no {BTF}"));
    }
    Ok(())
}
