//! Recordings as they really arrive: cut short, damaged, incomplete, several at once, hostile.
//!
//! What is intact is answered, what is not is named, and nothing panics.

use std::fs;
use std::path::{Path, PathBuf};

use afterwake_schema::streams::{ALL, Wait};
use afterwake_schema::{Row, recording::COMPLETE, recording::PARTIAL, segment};
use afterwake_tests::chains::totals;
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::recording::{self, Form, Names};
use afterwake_tests::machine::world::World;
use afterwake_tests::machine::{Machine, contract};
use afterwake_tests::oracle::{Totals, add, sum};
use afterwake_tests::program::{Answer, afterwake, number, sql, view};
use afterwake_tests::random::Random;
use tempfile::TempDir;

const SIZE: Size = Size { cpus: 2, threads: 8, steps: 600 };
const COUNT: &str = "SELECT count(*) FROM wait";

fn machine() -> Machine {
    generate::machine(5, SIZE)
}

/// A recording of several segments.
fn recorded(machine: &Machine) -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    write(machine, directory.path(), "synthetic");
    directory
}

fn write(machine: &Machine, directory: &Path, host: &'static str) {
    let form = Form { rows_per_segment: 50, host, ..Form::default() };
    recording::write(machine, contract::rows(machine), directory, form);
}

fn ask(recording: &Path, query: &str) -> Answer {
    let recording = recording.to_string_lossy();
    afterwake(["sql", &recording, query, "--format", "json"])
}

fn rows_of(machine: &Machine) -> i64 {
    contract::rows(machine).waits.len() as i64
}

fn segment(directory: &Path, number: u32) -> PathBuf {
    segment::path(directory, Wait::STREAM, number)
}

#[test]
fn a_recording_without_its_end_opens_and_says_so() {
    let machine = machine();
    let directory = recorded(&machine);
    fs::rename(directory.path().join(COMPLETE), directory.path().join(PARTIAL)).expect("rename");
    let answer = ask(directory.path(), COUNT).good();
    assert!(answer.stderr.contains("cut short"), "{}", answer.stderr);
    assert_eq!(number(directory.path(), COUNT), rows_of(&machine));
    fs::remove_file(directory.path().join(PARTIAL)).expect("remove");
    let answer = ask(directory.path(), COUNT).good();
    assert!(answer.stderr.contains("cut short"), "{}", answer.stderr);
    assert!(!view("threadstates", directory.path(), &[]).is_empty());
}

#[test]
fn a_truncated_segment_is_left_out_and_named() {
    let machine = machine();
    let directory = recorded(&machine);
    let path = segment(directory.path(), 1);
    let whole = fs::read(&path).expect("a segment");
    let expected = rows_of(&machine) - 50;
    let lengths = (0..16).map(|step| whole.len() * step / 16).chain([1, 4, whole.len() - 1]);
    for length in lengths {
        fs::write(&path, &whole[..length]).expect("the segment is writable");
        let answer = ask(directory.path(), COUNT).good();
        assert!(answer.stdout.contains(&expected.to_string()), "{length}: {}", answer.stdout);
        assert!(answer.stderr.contains("wait/000001.parquet"), "{length}: {}", answer.stderr);
        let sums = "SELECT sum(off_ts), max(comm), count(ran_ns) FROM wait";
        ask(directory.path(), sums).good();
    }
}

#[test]
fn a_corrupted_segment_does_no_harm() {
    let machine = machine();
    let directory = recorded(&machine);
    let mut random = Random::new(9);
    for table in ["wait", "stack", "frame", "thread"] {
        let path = directory.path().join(table).join("000000.parquet");
        let whole = fs::read(&path).expect("a segment");
        for _ in 0..25 {
            let mut damaged = whole.clone();
            for _ in 0..random.between(1, 8) {
                let at = random.below(damaged.len() as u64) as usize;
                damaged[at] ^= random.between(1, 255) as u8;
            }
            fs::write(&path, &damaged).expect("the segment is writable");
            let folder = directory.path().to_string_lossy().into_owned();
            for arguments in [
                vec!["sql", &folder, "SELECT * FROM wait ORDER BY thread, seq", "--format", "csv"],
                vec!["chaingraph", &folder, "--format", "json"],
            ] {
                let answer = afterwake(&arguments);
                match answer.code {
                    Some(0) => drop(answer.good()),
                    _ => drop(answer.bad(1)),
                }
            }
        }
        fs::write(&path, &whole).expect("the segment is writable");
    }
}

#[test]
fn losses_are_told_with_every_answer() {
    let world = World::lossy(machine(), 10, 3);
    let folder = world.path().to_string_lossy().into_owned();
    let lost = rows_of(&world.machine) - number(world.path(), COUNT);
    assert!(lost > 10, "nothing was lost");
    for name in ["offcputime", "chaingraph", "threadstates", "runqlat"] {
        let answer = afterwake([name, &folder]).good();
        assert!(answer.stderr.contains(&lost.to_string()), "{name}: {}", answer.stderr);
        let whole = recorded(&world.machine);
        let answer = afterwake([name, &whole.path().to_string_lossy()]).good();
        assert!(!answer.stderr.contains("lost"), "{name}: {}", answer.stderr);
    }
}

#[test]
fn segments_still_being_written_are_ignored() {
    let machine = machine();
    let directory = recorded(&machine);
    let part = directory.path().join("wait/000099.parquet.part");
    fs::write(part, b"PAR1 and then nothing").expect("writable");
    let answer = ask(directory.path(), COUNT).good();
    assert_eq!(answer.stderr, "", "{}", answer.stderr);
    assert_eq!(number(directory.path(), COUNT), rows_of(&machine));
}

#[test]
fn a_missing_table_is_empty() {
    let machine = machine();
    let directory = recorded(&machine);
    for table in ["stack", "frame", "module", "sample", "thread"] {
        let _ = fs::remove_dir_all(directory.path().join(table));
        assert_eq!(number(directory.path(), &format!("SELECT count(*) FROM {table}")), 0);
    }
    // Without stacks and names the sums are the same.
    let whole = recorded(&machine);
    let sums = |path: &Path| sum(&totals("offcputime", path, &["--whole"]));
    assert_eq!(sums(directory.path()), sums(whole.path()));
}

#[test]
fn a_missing_column_is_null() {
    let machine = machine();
    let directory = recorded(&machine);
    let rows = contract::rows(&machine);
    let batch = Wait::batch(&rows.waits, &Names::of(&rows));
    let schema = batch.schema();
    let kept: Vec<usize> = schema
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| !["iowait", "syscall", "ustack"].contains(&field.name().as_str()))
        .map(|(index, _)| index)
        .collect();
    let older = batch.project(&kept).expect("a projection");
    fs::remove_dir_all(directory.path().join("wait")).expect("remove");
    segment::write(directory.path(), Wait::STREAM, 0, &older).expect("writable");
    assert_eq!(number(directory.path(), "SELECT count(iowait) + count(syscall) FROM wait"), 0);
    assert_eq!(number(directory.path(), COUNT), rows_of(&machine));
    assert!(!view("offcputime", directory.path(), &[]).is_empty());
    assert!(!view("threadstates", directory.path(), &[]).is_empty());
}

#[test]
fn an_empty_recording_answers_nothing_without_complaint() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    recording::record(
        &Machine { cpus: 1, stop: 1_000_000, ..Machine::default() },
        directory.path(),
    );
    for stream in ALL {
        assert_eq!(number(directory.path(), &format!("SELECT count(*) FROM {}", stream.name)), 0);
    }
    let folder = directory.path().to_string_lossy().into_owned();
    let info = afterwake(["info", &folder]).good();
    assert!(info.stdout.contains("synthetic"), "{}", info.stdout);
}

#[test]
fn several_recordings_are_one_set_of_tables() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let machines = [generate::machine(5, SIZE), generate::machine(6, SIZE)];
    for (machine, host) in machines.iter().zip(["alpha", "beta"]) {
        write(machine, &folder.path().join(format!("{host}.wake")), host);
    }
    let all: i64 = machines.iter().map(rows_of).sum();
    let glob = folder.path().join("*.wake");
    for path in [folder.path(), &glob] {
        assert_eq!(number(path, COUNT), all);
        let rows = sql(path, "SELECT DISTINCT host, recording FROM wait ORDER BY host");
        let hosts: Vec<&str> = rows.iter().filter_map(|row| row["host"].as_str()).collect();
        assert_eq!(hosts, ["alpha", "beta"]);
        assert!(rows.iter().all(|row| row["recording"].as_str().is_some()), "{rows:?}");
    }
    // Threads, stacks and links of one must not be taken for those of the other.
    for name in ["offcputime", "chaingraph", "criticalpath"] {
        let mut apart = Totals::new();
        for host in ["alpha", "beta"] {
            let path = folder.path().join(format!("{host}.wake"));
            totals(name, &path, &[]).iter().for_each(|(path, ns)| add(&mut apart, path, *ns));
        }
        assert_eq!(totals(name, folder.path(), &[]), apart, "{name}");
    }
}

/// Nobody knows what the threads of a host did between two recordings of it, and no time is made of that.
#[test]
fn what_lies_between_two_recordings_is_nobodys_time() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let paths = ["first.wake", "second.wake"].map(|name| folder.path().join(name));
    for (seed, path) in (5..).zip(&paths) {
        write(&generate::machine(seed, SIZE), path, "alpha");
    }
    let manifest = paths[1].join(COMPLETE);
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let mut later: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let wall = later["clock"]["wall_ns"].as_i64().expect("a clock");
    later["clock"]["wall_ns"] = (wall + 300_000_000_000).into();
    fs::write(&manifest, later.to_string()).expect("writable");

    let states = |path: &Path| view("threadstates", path, &["-t", "-n"]);
    let sorted = |rows: Vec<serde_json::Value>| {
        let mut rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
        rows.sort();
        rows
    };
    let apart: Vec<_> = paths.iter().flat_map(|path| states(path)).collect();
    assert!(apart.iter().any(|row| row["blocked_ns"].as_i64() > Some(0)), "{apart:?}");
    assert_eq!(sorted(states(folder.path())), sorted(apart));
    let mut open = Totals::new();
    for path in &paths {
        totals("offcputime", path, &["--open"])
            .iter()
            .for_each(|(path, ns)| add(&mut open, path, *ns));
    }
    assert_eq!(totals("offcputime", folder.path(), &["--open"]), open);
    // Each CPU is counted while it was recorded.
    let overview = |path: &Path| afterwake(["info", &path.to_string_lossy()]).good().stdout;
    let both = overview(folder.path());
    assert!(both.contains("The CPUs of 2 recordings, "), "{both}");
    let thread_seconds = |text: &str| {
        let line = text.lines().find(|line| line.starts_with("Where the time of")).expect("a sum");
        let numbers = line.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
        numbers.skip(1).sum::<f64>()
    };
    let sum: f64 = paths.iter().map(|path| thread_seconds(&overview(path))).sum();
    assert!((thread_seconds(&both) - sum).abs() < 0.01, "{sum} s apart: {both}");
}

#[test]
fn names_from_a_recording_are_harmless() {
    let mut machine = machine();
    let names =
        ["\u{1b}[31mred", "<script>evil", "a;b;--;c", "line\nbreak", "\u{202e}txet", "\"';x"];
    for (task, name) in machine.threads.iter_mut().zip(names) {
        task.name = name.into();
    }
    let directory = recorded(&machine);
    let folder = directory.path().to_string_lossy().into_owned();
    let svg = directory.path().join("picture.svg").to_string_lossy().into_owned();
    let mut texts = Vec::new();
    for name in ["offcputime", "chaingraph", "threadstates", "wakeuptime"] {
        for format in ["table", "csv"] {
            texts.push(afterwake([name, &folder, "--format", format]).good().stdout);
        }
        assert!(!view(name, directory.path(), &[]).is_empty(), "{name} is JSON");
    }
    texts.push(afterwake(["offcputime", &folder, "-f"]).good().stdout);
    texts.push(afterwake(["info", &folder]).good().stdout);
    texts.push(afterwake(["sql", &folder, "SELECT DISTINCT comm FROM wait"]).good().stdout);
    for text in &texts {
        let hostile = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
        assert!(!text.contains(hostile), "a control character in {text:?}");
        assert!(!text.contains('\u{202e}'), "text is turned round in {text:?}");
    }
    afterwake(["offcputime", &folder, "--svg", &svg]).good();
    let picture = fs::read_to_string(&svg).expect("the picture was written");
    assert!(picture.contains("script&gt;evil"), "the name is shown");
    assert!(!picture.contains("<script>evil"), "the name is not markup");
}

#[test]
fn what_is_no_recording_is_refused_with_advice() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("file.wake");
    fs::write(&file, "text").expect("writable");
    let empty = directory.path().join("empty");
    fs::create_dir(&empty).expect("writable");
    for path in [directory.path().join("missing.wake"), file, empty] {
        ask(&path, COUNT).bad(1);
    }
}

#[test]
fn a_manifest_of_another_format_or_no_format_is_refused_with_advice() {
    let machine = machine();
    let directory = recorded(&machine);
    let path = directory.path().join(COMPLETE);
    let text = fs::read_to_string(&path).expect("a manifest");
    fs::write(&path, text.replacen("\"format\": 1", "\"format\": 4242", 1)).expect("writable");
    let answer = ask(directory.path(), COUNT).bad(1);
    assert!(answer.stderr.contains("4242"), "{}", answer.stderr);
    for damage in ["", "{", "null", "[1,2]", "\u{0}\u{1}"] {
        fs::write(&path, damage).expect("writable");
        ask(directory.path(), COUNT).bad(1);
    }
}
