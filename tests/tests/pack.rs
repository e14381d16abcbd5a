//! `afterwake pack` and `afterwake verify`: one file that answers as the directory does.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use afterwake_schema::recording::{FORMAT, Manifest};
use afterwake_schema::streams::{KernelLog, Wait};
use afterwake_schema::{Identify, Identity, Row, segment};
use afterwake_tests::duckdb::python;
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::recording::{self, Form};
use afterwake_tests::machine::{Machine, contract};
use afterwake_tests::program::{Answer, afterwake, command, number};
use tempfile::TempDir;

const SIZE: Size = Size { cpus: 2, threads: 8, steps: 1_500 };

/// A folder with the recording `slow.wake`, of several segments and every table.
fn recorded() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let machine = machine();
    let form = Form {
        rows_per_segment: 200,
        sample_every: Some(50_000),
        everyday: 400,
        ..Form::default()
    };
    recording::write(&machine, contract::rows(&machine), &folder.path().join("slow.wake"), form);
    folder
}

fn machine() -> Machine {
    generate::machine(11, SIZE)
}

/// Runs the program in the folder.
fn run(folder: &Path, arguments: &[&str]) -> Answer {
    let output = command(arguments).current_dir(folder).output().expect("the program starts");
    Answer::of(&output)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn packed(folder: &Path, more: &[&str]) -> PathBuf {
    let target = folder.join("pack.zip");
    let _ = fs::remove_file(&target);
    run(folder, &[&["pack", "slow.wake", "-o", "pack.zip"], more].concat()).good();
    target
}

#[test]
fn every_answer_is_that_of_the_directory() {
    let folder = recorded();
    run(folder.path(), &["pack", "slow.wake"]).good();
    assert_eq!(names(folder.path()), ["slow.wake", "slow.wake.zip"]);
    let about = fs::metadata(folder.path().join("slow.wake.zip")).expect("the pack");
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
    let listed = afterwake(["views"]).good().stdout;
    let views: Vec<&str> = listed
        .lines()
        .filter(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(views.len() > 50, "{views:?}");
    for view in views {
        let [whole, pack] =
            ["slow.wake", "slow.wake.zip"].map(|name| run(folder.path(), &[view, name]));
        assert_eq!(pack.stdout.replace("slow.wake.zip", "slow.wake"), whole.stdout, "{view}");
        assert_eq!(pack.stderr.replace("slow.wake.zip", "slow.wake"), whole.stderr, "{view}");
        assert_eq!(pack.code, whole.code, "{view}");
    }
}

#[test]
fn a_pack_is_a_zip_of_parquet_files() {
    let folder = recorded();
    let pack = packed(folder.path(), &[]);
    let unpacked = folder.path().join("unpacked");
    let script = "
import sys, zipfile, duckdb
zip = zipfile.ZipFile(sys.argv[1])
assert zip.testzip() is None
assert all(item.compress_type == 0 for item in zip.infolist())
zip.extractall(sys.argv[2])
print(duckdb.sql(f\"SELECT count(*) FROM '{sys.argv[2]}/wait/*.parquet'\").fetchall()[0][0])
";
    let output = Command::new(python())
        .args(["-c", script])
        .args([&pack, &unpacked])
        .output()
        .expect("python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows = contract::rows(&machine()).waits.len();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), rows.to_string());
    // What was unpacked is the recording again, and is checked against the same sums.
    assert_eq!(number(&unpacked, "SELECT count(*) FROM wait"), rows as i64);
    let [of_pack, of_directory] =
        ["pack.zip", "unpacked"].map(|name| run(folder.path(), &["verify", name]).good().stdout);
    let sum = |text: &str| text.lines().find(|line| line.starts_with("sha256")).map(str::to_owned);
    assert_eq!(sum(&of_pack), sum(&of_directory));
    let segment = unpacked.join("wait/000001.parquet");
    let mut bytes = fs::read(&segment).expect("a segment");
    bytes[40] ^= 1;
    fs::write(&segment, bytes).expect("writable");
    let answer = run(folder.path(), &["verify", "unpacked"]).bad(1);
    assert!(answer.stdout.contains("wait/000001.parquet: its SHA-256"), "{}", answer.stdout);
}

#[test]
fn the_same_recording_is_the_same_file() {
    let folder = recorded();
    let first = fs::read(packed(folder.path(), &[])).expect("the pack");
    std::thread::sleep(std::time::Duration::from_millis(20));
    assert!(first == fs::read(packed(folder.path(), &[])).expect("the pack"), "the bytes differ");
    // A pack of a pack, too.
    run(folder.path(), &["pack", "pack.zip", "-o", "again.zip"]).good();
    assert!(first == fs::read(folder.path().join("again.zip")).expect("the pack"));
}

#[test]
fn nothing_is_overwritten_and_nothing_is_left_behind() {
    let folder = recorded();
    fs::write(folder.path().join("slow.wake.zip"), "mine").expect("writable");
    let answer = run(folder.path(), &["pack", "slow.wake"]).bad(1);
    assert!(answer.stderr.contains("slow.wake.zip exists"), "{}", answer.stderr);
    assert_eq!(fs::read(folder.path().join("slow.wake.zip")).expect("mine"), b"mine");
    run(folder.path(), &["pack", "slow.wake", "-o", "nowhere/x.zip"]).bad(1);
    run(folder.path(), &["pack", "slow.wake", "-o", "small.zip", "--max-size", "10kB"]).bad(1);
    run(folder.path(), &["pack", "missing.wake"]).bad(1);
    run(folder.path(), &["pack", "slow.wake", "--max-size", "many"]).bad(2);
    assert_eq!(names(folder.path()), ["slow.wake", "slow.wake.zip"]);
}

#[test]
fn a_pack_is_never_larger_than_asked_and_says_what_it_lacks() {
    let folder = recorded();
    let whole = fs::metadata(packed(folder.path(), &[])).expect("the pack").len();
    let mut tables_gone = 0;
    let mut was_refused = false;
    for percent in (4..=100).rev().step_by(8) {
        let limit = whole * percent / 100;
        let text = limit.to_string();
        let _ = fs::remove_file(folder.path().join("pack.zip"));
        let arguments = ["pack", "slow.wake", "-o", "pack.zip", "--max-size", &text];
        let answer = run(folder.path(), &arguments);
        if answer.code != Some(0) {
            assert!(answer.bad(1).stderr.contains("afterwake cut"));
            was_refused = true;
            continue;
        }
        assert!(!was_refused, "{limit} is enough, and more was not");
        let size = fs::metadata(folder.path().join("pack.zip")).expect("the pack").len();
        assert!(size <= limit, "{size} bytes, not {limit}");
        let told = |text: &str| text.lines().filter(|line| line.starts_with("left out")).count();
        let gone = told(&answer.good().stdout);
        assert!(gone >= tables_gone, "less is left out of a smaller pack");
        tables_gone = gone;
        let [info, verified] = ["info", "verify"]
            .map(|command| run(folder.path(), &[command, "pack.zip"]).good().stdout);
        assert_eq!((told(&info), told(&verified)), (gone, gone), "{info}{verified}");
        assert_eq!(
            number(&folder.path().join("pack.zip"), "SELECT count(*) FROM wait"),
            contract::rows(&machine()).waits.len() as i64,
            "waits always stay"
        );
    }
    assert!(tables_gone > 10 && was_refused, "{tables_gone} tables were left out");
}

/// A pack without the least useful tables, and with a part of `io`.
fn shrunk(folder: &Path) -> PathBuf {
    let whole = fs::metadata(packed(folder, &[])).expect("the pack").len();
    for percent in (30..100).rev() {
        let limit = (whole * percent / 100).to_string();
        let pack = packed(folder, &["--max-size", &limit]);
        let text = run(folder, &["info", "pack.zip"]).good().stdout;
        if text.contains("left out   sock") {
            return pack;
        }
    }
    panic!("sock was never left out");
}

#[test]
fn answers_say_what_was_left_out() {
    let folder = recorded();
    let pack = shrunk(folder.path());
    let why = "left out of this pack to keep it below";
    for view in ["vmstat", "softirqs", "soconnect"] {
        let answer = run(folder.path(), &[view, "pack.zip"]).bad(1);
        assert!(answer.stderr.contains(why), "{view}: {}", answer.stderr);
        assert!(!answer.stderr.contains("not recorded"), "{view}: {}", answer.stderr);
    }
    // It reads more than it needs, and what it needs is there.
    let answer = run(folder.path(), &["syscount", "pack.zip"]).good();
    assert!(answer.stderr.contains(&format!("was {why}")), "{}", answer.stderr);
    let answer = run(folder.path(), &["offcputime", "pack.zip"]).good();
    assert!(!answer.stderr.contains("left out"), "{}", answer.stderr);
    let query = ["sql", "pack.zip", "SELECT count(*) FROM counter"];
    let answer = run(folder.path(), &query).good();
    assert!(answer.stderr.contains(&format!("was {why}")), "{}", answer.stderr);
    // What a pack lacks, a pack of it lacks for the same reason.
    run(folder.path(), &["pack", "pack.zip", "-o", "again.zip"]).good();
    assert!(
        fs::read(&pack).expect("a pack")
            == fs::read(folder.path().join("again.zip")).expect("a pack")
    );
}

#[test]
fn the_oldest_segments_go_first() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let machine = machine();
    let form =
        Form { rows_per_segment: 40, sample_every: Some(20_000), everyday: 5, ..Form::default() };
    recording::write(&machine, contract::rows(&machine), &folder.path().join("slow.wake"), form);
    let whole = fs::metadata(packed(folder.path(), &[])).expect("the pack").len();
    let all = number(&folder.path().join("slow.wake"), "SELECT count(*) FROM sample");
    let mut seen = 0;
    for percent in (20..100).rev().step_by(4) {
        let limit = (whole * percent / 100).to_string();
        let _ = fs::remove_file(folder.path().join("pack.zip"));
        let arguments = ["pack", "slow.wake", "-o", "pack.zip", "--max-size", &limit];
        if run(folder.path(), &arguments).code != Some(0) {
            break;
        }
        let pack = folder.path().join("pack.zip");
        let rows = number(&pack, "SELECT count(*) FROM sample");
        if rows == all || rows == 0 {
            continue;
        }
        seen += 1;
        let text = run(folder.path(), &["profile", "pack.zip"]).good().stderr;
        assert!(text.contains("note: the oldest") && text.contains("of sample"), "{text}");
        let first = number(&pack, "SELECT min(ts) FROM sample");
        let source = folder.path().join("slow.wake");
        let since = |than: &str| {
            number(&source, &format!("SELECT count(*) FROM sample WHERE ts {than} {first}"))
        };
        // Two CPUs are sampled at the same instant, and a segment may end between them.
        assert!((since(">")..=since(">=")).contains(&rows), "everything from there on");
        run(folder.path(), &["verify", "pack.zip"]).good();
    }
    assert!(seen > 1, "{seen} packs had a part of the samples");
}

#[test]
fn a_zip_that_somebody_made_is_read_as_far_as_it_is_stored() {
    let folder = recorded();
    let script = "
import os, sys, zipfile
source, target, kind, top = sys.argv[1:]
with zipfile.ZipFile(target, 'w', zipfile.ZIP_STORED if kind == 'stored' else zipfile.ZIP_DEFLATED) as zip:
    for folder, _, files in os.walk(source):
        for name in files:
            path = os.path.join(folder, name)
            zip.write(path, os.path.join(top, os.path.relpath(path, source)))
";
    let zip = |name: &str, kind: &str, top: &str| {
        let made = Command::new("python3")
            .args(["-c", script, "slow.wake", name, kind, top])
            .current_dir(folder.path())
            .status()
            .expect("python starts");
        assert!(made.success());
    };
    let rows = contract::rows(&machine()).waits.len() as i64;
    for (name, top) in
        [("flat.zip", ""), ("top.zip", "slow.wake"), ("deep.zip", "var/tmp/slow.wake")]
    {
        zip(name, "stored", top);
        assert_eq!(number(&folder.path().join(name), "SELECT count(*) FROM wait"), rows, "{name}");
        run(folder.path(), &["verify", name]).good();
    }
    zip("small.zip", "deflated", "");
    let answer = run(folder.path(), &["info", "small.zip"]).bad(1);
    assert!(answer.stderr.contains("is compressed"), "{}", answer.stderr);
    assert!(answer.stderr.contains("unzip"), "{}", answer.stderr);
}

#[test]
fn a_pack_beside_its_recording_counts_once() {
    let folder = recorded();
    run(folder.path(), &["pack", "slow.wake"]).good();
    let answer = run(folder.path(), &["sql", ".", "SELECT count(*) AS n FROM wait"]).good();
    let rows = contract::rows(&machine()).waits.len();
    assert!(answer.stdout.contains(&rows.to_string()), "{}", answer.stdout);
    assert!(answer.stderr.contains("slow.wake.zip is not read"), "{}", answer.stderr);
    // Packs of different recordings are several.
    let other = generate::machine(12, SIZE);
    let form = Form { host: "another", ..Form::default() };
    let others = contract::rows(&other);
    let more = others.waits.len();
    recording::write(&other, others, &folder.path().join("other.wake"), form);
    run(folder.path(), &["pack", "other.wake"]).good();
    fs::remove_dir_all(folder.path().join("other.wake")).expect("removable");
    assert_eq!(number(folder.path(), "SELECT count(*) FROM wait"), (rows + more) as i64);
    assert_eq!(
        number(&folder.path().join("*.zip"), "SELECT count(*) FROM wait"),
        (rows + more) as i64
    );
}

#[test]
fn verify_says_what_is_not_whole() {
    let folder = recorded();
    run(folder.path(), &["verify", "slow.wake"]).good();
    let segment = folder.path().join("slow.wake/wait/000002.parquet");
    let whole = fs::read(&segment).expect("a segment");
    fs::write(&segment, &whole[..whole.len() - 5]).expect("writable");
    let answer = run(folder.path(), &["verify", "slow.wake"]).bad(1);
    assert!(answer.stdout.contains("wait/000002.parquet"), "{}", answer.stdout);
    assert!(answer.stdout.contains("recording.json counts"), "{}", answer.stdout);
    // A pack of it is whole in itself, and says what it does not have.
    run(folder.path(), &["pack", "slow.wake"]).good();
    let answer = run(folder.path(), &["verify", "slow.wake.zip"]).good();
    assert!(
        answer.stdout.contains("1 segment of wait, because it was damaged"),
        "{}",
        answer.stdout
    );
    let answer = run(folder.path(), &["offcputime", "slow.wake.zip"]).good();
    assert!(answer.stderr.contains("because it was damaged"), "{}", answer.stderr);
    fs::remove_file(&segment).expect("removable");
    let answer = run(folder.path(), &["verify", "slow.wake"]).bad(1);
    assert!(answer.stdout.contains("recording.json counts"), "{}", answer.stdout);
    assert!(answer.stdout.contains("damaged    wait"), "{}", answer.stdout);
    // Every answer that needs it says so, and no other.
    for (view, says) in [("offcputime", true), ("info", true), ("execsnoop", false)] {
        let answer = run(folder.path(), &[view, "slow.wake"]).good();
        assert_eq!(
            answer.stderr.contains("rows of wait are gone"),
            says,
            "{view}: {}",
            answer.stderr
        );
    }
    fs::remove_file(folder.path().join("slow.wake.zip")).expect("removable");
    let answer = run(folder.path(), &["pack", "slow.wake"]).good();
    assert!(answer.stderr.contains("rows of wait are gone"), "{}", answer.stderr);
}

/// One name for everybody.
struct Name(String);

impl Identify for Name {
    fn identify(&self, thread: u32, _ts: u64) -> Identity {
        Identity { tid: thread, pid: thread, comm: Arc::from(self.0.as_str()) }
    }
}

#[test]
fn a_long_text_is_not_copied_into_every_row() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let folder = folder.path();
    let wait = |seq: u32| Wait { thread: 1, seq, off_ts: u64::from(seq), ..Wait::default() };
    let waits: Vec<_> = (0..8_200).map(wait).collect();
    let line = |ts: u64| KernelLog { ts, text: ts.to_string(), ..KernelLog::default() };
    let mut log: Vec<_> = (0..9_000).map(line).collect();
    let (sane, absurd) = ("n".repeat(15), "n".repeat(66_000));
    for (name, is_read) in [(&sane, true), (&absurd, false)] {
        log[7].text = name.repeat(16);
        let batch = Wait::batch(&waits, &Name(name.clone()));
        segment::write(folder, Wait::STREAM, 0, &batch).expect("writable");
        let batch = KernelLog::batch(&log, &Name(String::new()));
        segment::write(folder, KernelLog::STREAM, 0, &batch).expect("writable");
        Manifest { format: FORMAT, ..Manifest::default() }.write(folder, true).expect("writable");
        let path = folder.to_string_lossy();
        for (query, file) in [
            ("SELECT comm || 'x' AS c FROM wait ORDER BY c, seq LIMIT 1", "wait/000000.parquet"),
            (
                "SELECT upper(text) AS t FROM kernel_log ORDER BY t LIMIT 1",
                "kernel_log/000000.parquet",
            ),
        ] {
            let answer = afterwake(["sql", &path, query, "--format", "csv"]).good();
            assert_eq!(answer.stdout.lines().count() > 1, is_read, "{query}");
            let is_named = answer.stderr.contains(file) && answer.stderr.contains("absurdly long");
            assert_eq!(is_named, !is_read, "{query}: {}", answer.stderr);
        }
    }
}
