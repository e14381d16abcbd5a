//! The commands of the README that record do what they say; only the time is shortened.

use std::fs;
use std::process::Command;

use afterwake_tests::program::{afterwake, path};

use crate::machine::Machine;

const README: &str = include_str!("../../../README.md");

/// The words of a command, the time cut to a second and the load to one that is there.
fn words(command: &str) -> Vec<&str> {
    let command = command.split('#').next().unwrap_or_default();
    let mut words: Vec<&str> = command.split_whitespace().collect();
    for place in 1..words.len() {
        if words[place - 1] == "--for" {
            words[place] = "1s";
        } else if words[place] == "./the-slow-thing" {
            words[place] = "true";
        }
    }
    words
}

#[test]
fn commands_of_the_recorder() {
    let Some(machine) = Machine::take() else { return };
    let commands: Vec<_> =
        README.lines().filter_map(|line| line.strip_prefix("$ sudo afterwake-record ")).collect();
    assert!(commands.len() >= 4, "the README shows {commands:?}");
    for (number, command) in commands.into_iter().enumerate() {
        let place = machine.directory().join(number.to_string());
        fs::create_dir(&place).expect("a directory");
        let output = Command::new(path("afterwake-record"))
            .args(words(command))
            .current_dir(&place)
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {said}");
        let mut made = fs::read_dir(&place).expect("the directory");
        let recording = made.next().expect("one recording").expect("readable").path();
        assert!(recording.extension().is_some_and(|end| end == "wake"), "{}", recording.display());
        assert!(made.next().is_none(), "{command} makes one recording");
        let info = afterwake(["info", &recording.to_string_lossy()]).good().stdout;
        assert!(info.contains("rows "), "{command}: {info}");
    }
}
