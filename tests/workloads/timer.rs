//! W1: a thread sleeps by timer. The CPUs are kept busy at low priority, so that the timer
//! interrupt hits a running thread, which must not be named as the waker.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::clock::{millis, monotonic};
use crate::crew::Crew;
use crate::json::Object;

const ROUNDS: u64 = 200;

pub fn run(_: &[String]) -> Object {
    let done = Arc::new(AtomicBool::new(false));
    let mut crew = Crew::new();
    for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
        let done = Arc::clone(&done);
        crew.thread("w1-busy", move |actor| {
            // SAFETY: no pointers are passed; it lowers the calling thread only.
            unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 19) };
            while !done.load(Relaxed) {
                actor.spin_until(monotonic() + 1_000_000);
            }
        });
    }
    crew.thread("w1-sleeper", move |actor| {
        for _ in 0..ROUNDS {
            actor.sleep(millis(10));
        }
        done.store(true, Relaxed);
    });
    crew.finish()
}
