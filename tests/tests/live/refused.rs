//! What cannot be done is refused in one sentence with a hint, and harms nothing.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use afterwake_schema::streams::ALL;
use afterwake_tests::program::{Answer, number, path};

use crate::machine::{Machine, workload};

/// Asserts a failure that says what is wrong and what to do, and returns it.
#[track_caller]
fn refusal(output: &Output) -> String {
    let answer = Answer::of(output);
    assert!(answer.code.is_some_and(|code| code != 0), "it succeeded: {answer:?}");
    answer.clone().bad(answer.code.unwrap_or_default());
    let errors = answer.stderr.lines().filter(|line| line.starts_with("error: ")).count();
    assert_eq!(errors, 1, "one sentence: {}", answer.stderr);
    answer.stderr
}

#[test]
fn an_existing_output_stays_as_it_is() {
    let Some(machine) = Machine::take() else { return };
    fs::create_dir(machine.recording()).expect("a directory");
    let kept = machine.recording().join("kept");
    fs::write(&kept, "mine").expect("a file");
    let said = refusal(&machine.recorder(&["--for", "1s"]).output().expect("it starts"));
    assert!(said.contains("live.wake"), "{said}");
    assert_eq!(fs::read_to_string(kept).expect("the file"), "mine");
    assert_eq!(fs::read_dir(machine.recording()).expect("the directory").count(), 1);
}

#[test]
fn a_path_that_cannot_be_written() {
    let Some(machine) = Machine::take() else { return };
    let blocking = machine.directory().join("file");
    fs::write(&blocking, "").expect("a file");
    for target in [blocking.join("x.wake"), machine.directory().join("no/such/x.wake")] {
        let mut command = Command::new(path("afterwake-record"));
        command.arg("-o").arg(&target).args(["--for", "1s"]);
        let said = refusal(&command.output().expect("it starts"));
        assert!(said.contains("x.wake"), "{said}");
        assert!(!target.exists(), "nothing is left behind");
    }
}

/// As a script does whose `"$@"` is empty.
#[test]
fn no_command_after_the_dashes() {
    let Some(machine) = Machine::take() else { return };
    let said = refusal(&machine.recorder(&["--"]).output().expect("it starts"));
    assert!(said.contains("no command"), "{said}");
    assert!(!machine.recording().exists(), "nothing is left behind");
}

#[test]
fn a_user_who_may_not() {
    let Some(machine) = Machine::take() else { return };
    // Where everybody may run it and write beside it.
    let place = tempfile::tempdir().expect("a directory");
    fs::set_permissions(place.path(), Permissions::from_mode(0o777)).expect("ours");
    let program = place.path().join("afterwake-record");
    fs::copy(path("afterwake-record"), &program).expect("a copy");
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&program)
        .args(["-o", "x.wake", "--for", "1s"])
        .current_dir(place.path())
        .output()
        .expect("setpriv is installed");
    let said = refusal(&output);
    assert!(said.contains("root") || said.contains("CAP_BPF"), "{said}");
    assert!(!place.path().join("x.wake").exists(), "nothing is left behind");
    drop(machine);
}

#[test]
fn words_that_it_does_not_know() {
    let Some(machine) = Machine::take() else { return };
    for options in [
        &["-e", "nosuch"][..],
        &["--profile", "nosuch"],
        &["--for", "soon"],
        &["--frequency", "-1"],
        &["--nosuch"],
    ] {
        let output = machine.recorder(options).output().expect("it starts");
        refusal(&output);
        assert!(!machine.recording().exists(), "{options:?} left something behind");
    }
}

#[test]
fn a_command_that_does_not_exist() {
    let Some(machine) = Machine::take() else { return };
    let said = refusal(&machine.record(&[], &["./no-such-program"]));
    assert!(said.contains("no-such-program"), "{said}");
}

/// The disk fills up: it says so, and what was sealed before can be read.
#[test]
fn a_full_disk() {
    let Some(machine) = Machine::take() else { return };
    let disk = SmallDisk::mount(machine.directory().join("disk"), "1m");
    let mut command = Command::new(path("afterwake-record"));
    let recording = disk.0.join("full.wake");
    // Enough sealed segments for a disk of this size.
    let script = format!("for round in 1 2 3 4; do {0} w4; {0} w3; done", workload());
    command.arg("-o").arg(&recording).args(["--", "sh", "-c", &script]);
    let said = refusal(&command.output().expect("it starts"));
    let told = said.to_lowercase();
    assert!(told.contains("space") || told.contains("full"), "{said}");
    assert!(number(&recording, "SELECT count(*) FROM wait") > 0, "sealed rows are readable");
}

/// It stops at the size it was given, completes, and says so.
#[test]
fn a_size_limit() {
    let Some(machine) = Machine::take() else { return };
    let script = format!("for round in 1 2 3 4; do {0} w4 >/dev/null; done", workload());
    let output = machine.record(&["--max-size", "1MiB"], &["sh", "-c", &script]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("max-size") || said.contains("1 MiB"), "{said}");
    let bytes = size(&machine.recording());
    // The last segments and the names come on top.
    assert!(bytes < 3 << 20, "{bytes} bytes");
    assert!(number(&machine.recording(), "SELECT count(*) FROM wait") > 0, "it has waits");
    assert!(machine.recording().join("recording.json").exists(), "it is complete");
}

#[test]
fn streams_are_listed_and_checked() {
    let Some(_machine) = Machine::take() else { return };
    for option in ["--check", "--list"] {
        let output = Command::new(path("afterwake-record")).arg(option).output();
        let answer = Answer::of(&output.expect("it starts")).good();
        for stream in ["wait", "sample", "fork", "exec", "exit", "rename"] {
            assert!(ALL.iter().any(|known| known.name == stream), "{stream} is a stream");
            assert!(answer.stdout.contains(stream), "{option} does not name {stream}: {answer:?}");
        }
    }
}

/// A file system of a few megabytes, gone when this is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf, size: &str) -> Self {
        fs::create_dir(&at).expect("a directory");
        let size = format!("size={size}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&at);
        assert!(mount.status().expect("mount is installed").success(), "a tmpfs");
        Self(at)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

fn size(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).expect("a directory").flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
