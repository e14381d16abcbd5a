//! W5: four threads queue for one lock, which each holds over a sleep. Each waits a quarter of the
//! time for its own timer and a quarter for that of each other thread.

use std::sync::Arc;

use crate::clock::millis;
use crate::crew::Crew;
use crate::futex::{Meeting, Queue};
use crate::json::Object;

const THREADS: u32 = 4;
const ROUNDS: u64 = 60;

pub fn run(_: &[String]) -> Object {
    let lock = Arc::new(Queue::default());
    let start = Arc::new(Meeting::new(THREADS));
    let mut crew = Crew::new();
    for number in 0..THREADS {
        let (lock, start) = (Arc::clone(&lock), Arc::clone(&start));
        crew.thread(&format!("w5-{number}"), move |actor| {
            start.meet();
            for _ in 0..ROUNDS {
                let ticket = lock.lock();
                actor.sleep(millis(5));
                lock.unlock(ticket);
            }
        });
    }
    crew.finish()
}
