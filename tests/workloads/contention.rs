//! W11: two spinning threads per CPU. Nobody blocks: all that is not run time is preemption.

use std::sync::Arc;

use crate::clock::monotonic;
use crate::crew::Crew;
use crate::futex::Meeting;
use crate::json::Object;

const SPIN_NS: u64 = 2_000_000_000;

pub fn run(_: &[String]) -> Object {
    let threads = 2 * std::thread::available_parallelism().map_or(1, usize::from);
    let start = Arc::new(Meeting::new(threads as u32));
    let mut crew = Crew::new();
    for number in 0..threads {
        let start = Arc::clone(&start);
        crew.thread(&format!("w11-{number}"), move |actor| {
            start.meet();
            actor.spin_until(monotonic() + SPIN_NS);
        });
    }
    crew.finish()
}
