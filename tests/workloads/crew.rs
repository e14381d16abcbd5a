//! The parts of a load, run as processes or as threads.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::thread::{self, JoinHandle};

use crate::actor::Actor;
use crate::json::Object;

/// Runs the parts and gathers what each has stamped. Processes must be started before threads.
pub struct Crew {
    said: PipeReader,
    say: PipeWriter,
    processes: Vec<libc::pid_t>,
    threads: Vec<JoinHandle<Object>>,
}

impl Crew {
    pub fn new() -> Self {
        let (said, say) = std::io::pipe().expect("a pipe");
        Self { said, say, processes: Vec::new(), threads: Vec::new() }
    }

    /// Runs `body` in a process of that name.
    pub fn process(&mut self, name: &str, body: impl FnOnce(&mut Actor)) {
        // SAFETY: the load has one thread as yet, so the child is an ordinary process.
        match unsafe { libc::fork() } {
            -1 => panic!("fork: {}", std::io::Error::last_os_error()),
            0 => {
                // SAFETY: no pointers are passed. A part never outlives the load.
                unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
                let mut actor = Actor::enter(name);
                body(&mut actor);
                // One short line in one call: the pipe takes it whole.
                let line = format!("{}\n", actor.leave());
                let told = (&self.say).write_all(line.as_bytes());
                // SAFETY: ends this process only, without the parent's exit handlers.
                unsafe { libc::_exit(i32::from(told.is_err())) };
            }
            child => self.processes.push(child),
        }
    }

    /// Runs `body` in a thread of that name.
    pub fn thread(&mut self, name: &str, body: impl FnOnce(&mut Actor) + Send + 'static) {
        let name = name.to_owned();
        self.threads.push(thread::spawn(move || {
            let mut actor = Actor::enter(&name);
            body(&mut actor);
            actor.leave()
        }));
    }

    /// An empty crew that speaks through the same pipe, for a process that starts its own.
    pub fn below(&self) -> Self {
        Self {
            said: self.said.try_clone().expect("a descriptor"),
            say: self.say.try_clone().expect("a descriptor"),
            processes: Vec::new(),
            threads: Vec::new(),
        }
    }

    /// Waits for the processes to end.
    pub fn wait(&mut self) {
        for child in self.processes.drain(..) {
            let mut status = 0;
            // SAFETY: `status` is a valid place for the answer.
            let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
            assert!(waited == child && status == 0, "part {child} ended with {status:#x}");
        }
    }

    /// Waits for all parts; the list of what they stamped is `threads` of the load's truth.
    pub fn finish(mut self) -> Object {
        self.wait();
        let mut told: Vec<String> =
            self.threads.into_iter().map(|part| part.join().expect("a part").to_string()).collect();
        drop(self.say);
        let mut text = String::new();
        self.said.read_to_string(&mut text).expect("what the processes say");
        told.extend(text.lines().map(str::to_owned));
        Object::new().list("threads", &told)
    }
}

/// Passes one byte on.
pub fn give(mut to: &PipeWriter) {
    to.write_all(b"x").expect("the other end is open");
}

/// Waits for one byte.
pub fn take(mut from: &PipeReader) {
    from.read_exact(&mut [0]).expect("the other end is open");
}
