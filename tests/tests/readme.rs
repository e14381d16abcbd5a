//! Every command of the README does what it says: a stranger will type them.
//! The two that record are among the live tests (`live/readme.rs`).

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
        let wrote = command.contains("--svg") || !answer.stdout.is_empty();
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

#[test]
fn the_python_block_runs() {
    let place = place();
    let python = afterwake_tests::duckdb::python();
    for block in blocks(&readme(), "python") {
        let output = Command::new(&python)
            .current_dir(place.path())
            .args([
                "-c",
                &format!("{}\nprint(_)", block.trim_end().replace("duckdb.sql", "_ = duckdb.sql")),
            ])
            .output()
            .expect("python starts");
        let answer = Answer::of(&output).good();
        assert!(answer.stdout.contains("off_cpu_s"), "{}", answer.stdout);
    }
}
