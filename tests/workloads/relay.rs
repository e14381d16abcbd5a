//! W2: a relay of pipes. The source sleeps, the first stage burns 2 ms, the second 1 ms, and the
//! sink only waits: it waits for all of them, through each other.

use std::io::pipe;

use crate::clock::millis;
use crate::crew::{Crew, give, take};
use crate::json::Object;

const ROUNDS: u64 = 200;

pub fn run(_: &[String]) -> Object {
    let (first_in, first) = pipe().expect("a pipe");
    let (second_in, second) = pipe().expect("a pipe");
    let (sink_in, sink) = pipe().expect("a pipe");
    let mut crew = Crew::new();
    crew.process("w2-sink", |_| (0..ROUNDS).for_each(|_| take(&sink_in)));
    crew.process("w2-r2", |actor| {
        for _ in 0..ROUNDS {
            take(&second_in);
            actor.burn(millis(1));
            give(&sink);
        }
    });
    crew.process("w2-r1", |actor| {
        for _ in 0..ROUNDS {
            take(&first_in);
            actor.burn(millis(2));
            give(&second);
        }
    });
    crew.process("w2-src", |actor| {
        for _ in 0..ROUNDS {
            actor.sleep(millis(10));
            give(&first);
        }
    });
    crew.finish()
}
