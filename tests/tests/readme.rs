//! Every command of the README does what it says: a stranger will type them.
//! The two that record are among the live tests (`live/readme.rs`).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use afterwake_tests::machine::contract;
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::recording::{self, Form};
use afterwake_tests::program::{self, Answer};

const SIZE: Size = Size { cpus: 2, threads: 12, steps: 12_000 };

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    fs::read_to_string(path).expect("the README is there")
}

/// The text of the fenced blocks in one language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}");
    let mut blocks = Vec::new();
    let mut inside: Option<String> = None;
    for line in text.lines() {
        match &mut inside {
            None if line == opening => inside = Some(String::new()),
            None => {}
            Some(_) if line == "```" => blocks.extend(inside.take()),
            Some(block) => {
                block.push_str(line);
                block.push('\n');
            }
        }
    }
    blocks
}

/// A directory with `slow.wake` and the README's own view in it.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a temporary directory");
    let machine = generate::machine(11, SIZE);
    let rows = contract::rows(&machine);
    let form = Form { sample_every: Some(500_000), ..Form::default() };
    recording::write(&machine, rows, &place.path().join("slow.wake"), form);
    let views = blocks(&readme(), "sql");
    assert_eq!(views.len(), 1, "the README shows one view");
    fs::create_dir(place.path().join("mine")).expect("a folder");
    fs::write(place.path().join("mine/naps.sql"), &views[0]).expect("a view");
    place
}

#[test]
fn commands_of_the_analyzer() {
    let place = place();
    let text = blocks(&readme(), "console").concat();
    let commands: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("$ afterwake ")).collect();
    assert!(commands.len() >= 6, "the README shows {commands:?}");
    for command in commands {
        let program = program::path("afterwake");
        let output = Command::new("sh")
            .current_dir(place.path())
            .args(["-c", &format!("exec {} {command}", program.display())])
            .output()
            .expect("a shell starts");
        let answer = Answer::of(&output).good();
        let wrote = command.contains("--svg") || !(answer.stdout + &answer.stderr).is_empty();
        assert!(wrote, "`afterwake {command}` says nothing");
    }
    let picture = fs::read_to_string(place.path().join("relay.svg")).expect("a flame graph");
    assert!(picture.contains("<svg"), "{picture:.80}");
}

#[test]
fn views_and_tables_named_in_the_text_exist() {
    let text = readme();
    let views = program::afterwake(["views"]).good().stdout;
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let named: Vec<&str> = rows
        .flat_map(|row| row.split('|').nth(1).unwrap_or("").split('`').skip(1).step_by(2))
        .collect();
    assert!(named.len() >= 11, "{named:?}");
    for view in named {
        let is_listed = views.lines().any(|line| line.split_whitespace().next() == Some(view));
        assert!(is_listed, "`afterwake views` does not list {view}");
    }
}

/// The modules that the blocks import, and what reads pandas' Parquet.
const MODULES: [&str; 4] = ["duckdb", "polars", "pandas", "pyarrow"];

/// Behind a block: its answer as rows, whichever module made it.
const AS_ROWS: &str = "
import json
if hasattr(answer, 'itertuples'):
    rows = answer.itertuples(index=False)
else:
    rows = answer.rows() if hasattr(answer, 'rows') else answer.fetchall()
print('rows:', json.dumps([list(row) for row in rows]))
";

/// The same questions in our SQL, in the order of the blocks.
const QUESTIONS: [&str; 3] = [
    "SELECT comm, coalesce(sum(on_ts - off_ts), 0) / 1e9 AS figure FROM wait GROUP BY comm",
    "SELECT comm, percentile_cont(0.99) WITHIN GROUP (ORDER BY CAST(on_ts - woken_ts AS DOUBLE)) / 1e3 AS figure
     FROM wait
     WHERE state & 3 <> 0 AND NOT preempted AND woken_ts IS NOT NULL AND on_ts IS NOT NULL
     GROUP BY comm",
    "SELECT frame.name AS comm, count(*) AS figure
     FROM sample JOIN stack ON stack.id = sample.kstack JOIN frame ON frame.id = stack.frames[1]
     GROUP BY frame.name",
];

/// Each block leaves a name and a figure per row in `answer`.
#[test]
fn python_answers_what_sql_answers() {
    let test = "python_answers_what_sql_answers";
    let Some(python) = afterwake_tests::duckdb::python_with(&MODULES, test) else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let blocks = blocks(&readme(), "python");
    assert_eq!(blocks.len(), QUESTIONS.len(), "a question for each block");
    for (block, question) in blocks.iter().zip(QUESTIONS) {
        let output = Command::new(&python)
            .current_dir(&root)
            .args(["-c", &format!("{block}{AS_ROWS}")])
            .output()
            .expect("python starts");
        let said = Answer::of(&output).good().stdout;
        let rows = said.lines().find_map(|line| line.strip_prefix("rows: ")).expect("rows");
        let rows: Vec<(Option<String>, f64)> = serde_json::from_str(rows).expect("name and figure");
        let theirs: BTreeMap<_, _> = rows.iter().cloned().collect();
        assert_eq!(theirs.len(), rows.len(), "a name comes once: {said}");
        let recording = root.join("tests/recordings/demo.wake");
        let ours: BTreeMap<Option<String>, f64> = program::sql(&recording, question)
            .iter()
            .map(|row| {
                (row["comm"].as_str().map(String::from), row["figure"].as_f64().expect("a figure"))
            })
            .collect();
        assert!(ours.len() >= 5, "{question} says little: {ours:?}");
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "{block}");
        for (name, figure) in &ours {
            let off = (figure - theirs[name]).abs();
            // Our engine interpolates a percentile in steps of a millionth.
            assert!(
                off <= 1e-5 * figure.abs().max(1.0),
                "{name:?}: {figure}, not {}",
                theirs[name]
            );
        }
        // What is printed for the reader is more than our own line.
        assert!(said.lines().count() > 5, "{said}");
    }
}
