//! W12: threads whose switches the kernel counts: each burns, sleeps, and yields now and then.

use std::sync::Arc;

use crate::clock::millis;
use crate::crew::Crew;
use crate::futex::Meeting;
use crate::json::Object;

const THREADS: u32 = 4;
const ROUNDS: u64 = 250;
const YIELD_EVERY: u64 = 10;

pub fn run(_: &[String]) -> Object {
    let start = Arc::new(Meeting::new(THREADS));
    let mut crew = Crew::new();
    for number in 0..THREADS {
        let start = Arc::clone(&start);
        crew.thread(&format!("w12-{number}"), move |actor| {
            start.meet();
            for round in 0..ROUNDS {
                actor.burn(millis(1 + u64::from(number)));
                actor.sleep(millis(1));
                if round % YIELD_EVERY == 0 {
                    std::thread::yield_now();
                }
            }
        });
    }
    crew.finish()
}
