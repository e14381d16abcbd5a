//! W9: a process writes and fsyncs. It waits for the disk, and for nobody's program.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::crew::Crew;
use crate::json::Object;

const ROUNDS: u64 = 200;

pub fn run(arguments: &[String]) -> Object {
    let directory = arguments.first().map_or(".", String::as_str);
    let path = Path::new(directory).join("w9");
    let mut crew = Crew::new();
    crew.process("w9-writer", |actor| {
        let mut file = File::create(&path).expect("the directory is writable");
        for _ in 0..ROUNDS {
            file.write_all(&[0x39; 4096]).expect("the disk has room");
            file.sync_all().expect("the disk works");
        }
        actor.note("rounds", ROUNDS);
    });
    let truth = crew.finish();
    drop(fs::remove_file(path));
    truth
}
