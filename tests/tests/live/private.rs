//! What a recording keeps to itself: who may read it, and text that is not to be recorded.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use afterwake_schema::streams::ALL;
use afterwake_tests::program::afterwake;

use crate::machine::Machine;

const ARGUMENT: &str = "argument-4711";
const PATH: &str = "path-4712";

/// Python, since its program text can connect to a unix socket; the socket is a path as well.
const LOAD: &str = r#"
import socket, subprocess, sys
open(sys.argv[2]).read()
try:
    socket.socket(socket.AF_UNIX).connect(sys.argv[2] + ".socket")
except OSError:
    pass
subprocess.run(["/bin/true", sys.argv[1]])
"#;

/// Records the load with `options`; the texts of all tables and of the manifest.
fn texts(machine: &Machine, options: &[&str]) -> Vec<(&'static str, String)> {
    let file = machine.directory().join(PATH);
    fs::write(&file, "content").expect("a file");
    let file = file.to_string_lossy();
    let all = [&["--profile", "all", "--min", "path=0ns,io=0ns,sock=0ns"], options].concat();
    let output = machine.record(&all, &["python3", "-c", LOAD, ARGUMENT, &file]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let recording = machine.recording();
    let rows = |table: &str| {
        let sql = format!("SELECT * FROM {table}");
        let words = ["sql", &recording.to_string_lossy(), &sql, "--format", "json"];
        afterwake(words).good().stdout
    };
    let tables = ALL.iter().map(|stream| (stream.name, rows(stream.name)));
    let manifest = fs::read_to_string(recording.join("recording.json")).expect("a manifest");
    tables.chain([("recording.json", manifest)]).collect()
}

fn holding<'a>(texts: &[(&'a str, String)], secret: &str) -> Vec<&'a str> {
    texts.iter().filter(|(_, text)| text.contains(secret)).map(|(name, _)| *name).collect()
}

#[test]
fn arguments_and_paths_are_recorded_where_a_stream_says_so() {
    let Some(machine) = Machine::take() else { return };
    let texts = texts(&machine, &[]);
    assert_eq!(holding(&texts, ARGUMENT), ["exec", "recording.json"]);
    assert_eq!(holding(&texts, PATH), ["exec", "path", "io", "sock", "recording.json"]);
}

#[test]
fn arguments_and_paths_are_left_in_the_kernel() {
    let Some(machine) = Machine::take() else { return };
    let texts = texts(&machine, &["--no-args", "--no-paths"]);
    for secret in [ARGUMENT, PATH] {
        assert!(holding(&texts, secret).is_empty(), "{secret} in {:?}", holding(&texts, secret));
    }
    let of = |table: &str| &texts.iter().find(|(name, _)| *name == table).expect("a table").1;
    assert!(of("sock").contains("\"unix:\""), "the call is there, its path is not");
    assert!(!of("module").contains("\"path\":\"/"), "{}", of("module"));
    assert!(of("exec").contains("python3"), "the program's name is known");
}

#[test]
fn nobody_else_may_read_it() {
    let Some(machine) = Machine::take() else { return };
    let output = machine.record(&[], &["true"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_closed(&machine.recording());
}

fn assert_closed(path: &Path) {
    let about = path.metadata().expect("it is there");
    let wanted = if about.is_dir() { 0o700 } else { 0o600 };
    assert_eq!(about.permissions().mode() & 0o777, wanted, "{}", path.display());
    if about.is_dir() {
        for entry in fs::read_dir(path).expect("a directory") {
            assert_closed(&entry.expect("an entry").path());
        }
    }
}
