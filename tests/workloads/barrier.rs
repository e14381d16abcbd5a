//! W14: two workers meet after every round; one computes 10 ms, the other 20 ms. Only the fast one
//! waits, and what it waits for is the slow one computing.

use std::sync::Arc;

use crate::clock::millis;
use crate::crew::Crew;
use crate::futex::Meeting;
use crate::json::Object;

const ROUNDS: u64 = 100;

pub fn run(_: &[String]) -> Object {
    let start = Arc::new(Meeting::new(2));
    let barrier = Arc::new(Meeting::new(2));
    let mut crew = Crew::new();
    for (name, burn) in [("w14-fast", 10), ("w14-slow", 20)] {
        let (start, barrier) = (Arc::clone(&start), Arc::clone(&barrier));
        crew.thread(name, move |actor| {
            start.meet();
            for _ in 0..ROUNDS {
                actor.burn(millis(burn));
                barrier.meet();
            }
            actor.note("rounds", ROUNDS);
        });
    }
    crew.finish()
}
