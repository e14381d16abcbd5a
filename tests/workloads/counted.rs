//! Events by the prime: as many as the name says, no more and no less.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use crate::actor::rename;
use crate::clock::millis;
use crate::crew::Crew;
use crate::json::Object;

/// The hidden load that `execs` runs: ends with the status it is given.
pub const STATUS: &str = "status";

const SLEEPS: u64 = 1009;
const EXECS: u64 = 211;
const THREADS: u64 = 307;
const RENAMES: u64 = 101;
const KILLS: u64 = 13;

pub fn sleeps(_: &[String]) -> Object {
    let mut crew = Crew::new();
    crew.process("counted-sleeps", |actor| {
        for _ in 0..SLEEPS {
            actor.sleep(millis(1));
        }
    });
    crew.finish().number("sleeps", SLEEPS)
}

pub fn execs(_: &[String]) -> Object {
    let program = std::env::current_exe().expect("this program has a path");
    for number in 0..EXECS {
        let argument = format!("{number}");
        let status = Command::new(&program).args([STATUS, &argument, "two words", ""]).status();
        let code = status.expect("it starts").code();
        assert_eq!(code, Some(number as i32), "the status comes back");
    }
    Object::new().number("execs", EXECS).number("pid", u64::from(std::process::id()))
}

pub fn status(arguments: &[String]) -> ExitCode {
    let code = arguments.first().and_then(|argument| argument.parse().ok());
    ExitCode::from(code.unwrap_or(u8::MAX))
}

/// A process whose second thread runs a program, and so becomes its first and only thread.
pub fn takeover(_: &[String]) -> Object {
    let program = std::env::current_exe().expect("this program has a path");
    // SAFETY: this process has one thread, so the child is an ordinary process.
    let child = unsafe { libc::fork() };
    if child == 0 {
        std::thread::spawn(move || {
            rename("counted-second");
            Command::new(program).args([STATUS, "23"]).exec()
        });
        loop {
            std::thread::park();
        }
    }
    let mut status = 0;
    // SAFETY: `status` is a valid place for the answer.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 23, "it ran the program");
    Object::new().number("pid", child as u64)
}

pub fn threads(_: &[String]) -> Object {
    let mut crew = Crew::new();
    crew.process("counted-threads", |_| {
        for _ in 0..THREADS {
            std::thread::spawn(|| rename("counted-child")).join().expect("a thread");
        }
    });
    crew.finish().number("created", THREADS)
}

pub fn renames(_: &[String]) -> Object {
    let mut crew = Crew::new();
    crew.process("counted-renames", |_| {
        for number in 0..RENAMES {
            rename(&format!("name-{number}"));
        }
    });
    crew.finish().number("renames", RENAMES)
}

pub fn kills(_: &[String]) -> Object {
    for _ in 0..KILLS {
        let mut child = Command::new("sleep").arg("10").spawn().expect("sleep is installed");
        child.kill().expect("it lives");
        child.wait().expect("it ends");
    }
    Object::new().number("kills", KILLS).number("pid", u64::from(std::process::id()))
}
