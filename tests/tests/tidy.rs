//! The house rules that a program can check.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lines of a probe file, and of any other source.
const PROBE_LINES: usize = 250;
const SOURCE_LINES: usize = 500;
/// The one list that must stay one.
const DECLARATION: (&str, usize) = ("schema/src/streams.rs", 800);
const SOURCES: [&str; 7] = ["rs", "c", "h", "sql", "py", "sh", "toml"];
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = ["utils", "util", "helpers", "common", "manager", "core", "misc"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

/// Every file that belongs to the repository, by its path in it.
fn files() -> Vec<String> {
    let listed = Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8(listed.stdout).expect("file names are text");
    let files: Vec<String> =
        names.lines().filter(|name| root().join(name).is_file()).map(str::to_owned).collect();
    assert!(files.len() > 50, "only {} files: is this the repository?", files.len());
    files
}

/// The text of a file; `None` for one that is not text.
fn text(name: &str) -> Option<String> {
    String::from_utf8(std::fs::read(root().join(name)).expect("a listed file is readable")).ok()
}

fn extension(name: &str) -> &str {
    Path::new(name).extension().and_then(OsStr::to_str).unwrap_or_default()
}

#[test]
fn names_say_what_is_inside() {
    for name in files() {
        for part in name.split('/') {
            let stem = part.split('.').next().unwrap_or_default();
            assert!(!EMPTY_NAMES.contains(&stem), "{name}: name it by what it holds");
        }
    }
}

#[test]
fn files_stay_small() {
    let mut long = Vec::new();
    for name in files().iter().filter(|name| SOURCES.contains(&extension(name))) {
        let lines = text(name).unwrap_or_default().lines().count();
        let most = match name.as_str() {
            declaration if declaration == DECLARATION.0 => DECLARATION.1,
            probe if probe.ends_with(".bpf.c") => PROBE_LINES,
            _ => SOURCE_LINES,
        };
        if lines > most {
            long.push(format!("{name}: {lines} lines, at most {most}"));
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn probes_name_their_licence() {
    let probes: Vec<String> = files().into_iter().filter(|name| name.starts_with("bpf/")).collect();
    assert!(!probes.is_empty());
    for name in probes.iter().filter(|name| ["c", "h"].contains(&extension(name))) {
        let text = text(name).unwrap_or_default();
        let first = text.lines().next().unwrap_or_default();
        assert!(
            first.contains("SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)"),
            "{name} begins with {first:?}"
        );
    }
}

#[test]
fn no_machine_is_built_in() {
    // Spelled in pieces, so that this file passes its own test.
    let paths = [["/wo", "rk/"].concat(), ["/ro", "ot/"].concat(), ["/ho", "me/"].concat()];
    for name in files().iter().filter(|name| extension(name) != "lock") {
        let text = text(name).unwrap_or_default();
        for (number, line) in text.lines().enumerate() {
            for path in &paths {
                assert!(!line.contains(path), "{name}:{}: {line}", number + 1);
            }
        }
    }
}

/// Everything a crate links, by name.
fn linked(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "-e", "normal", "--prefix", "none", "-p", package])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let names = lines.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != package).map(str::to_owned).collect()
}

#[test]
fn the_two_halves_never_meet() {
    let (recorder, analyzer) = (linked("afterwake-record"), linked("afterwake"));
    assert!(
        recorder.contains("libbpf-rs") && analyzer.contains("datafusion"),
        "nothing is checked"
    );
    assert!(!recorder.iter().any(|name| name.starts_with("datafusion")), "{recorder:?}");
    assert!(!analyzer.iter().any(|name| name.starts_with("libbpf")), "{analyzer:?}");
    let ours = |set: &BTreeSet<String>| -> Vec<String> {
        set.iter().filter(|name| name.starts_with("afterwake")).cloned().collect()
    };
    assert_eq!(ours(&recorder), ["afterwake-schema"]);
    assert_eq!(ours(&analyzer), ["afterwake-schema"]);
    assert_eq!(ours(&linked("afterwake-schema")), Vec::<String>::new());
    assert_eq!(ours(&linked("afterwake-tests")), ["afterwake-schema"]);
}
