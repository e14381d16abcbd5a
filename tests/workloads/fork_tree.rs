//! W13: each level starts a child, waits for it to end, and then sleeps; the deeper, the longer.

use crate::clock::millis;
use crate::crew::Crew;
use crate::json::Object;

const NAMES: [&str; 3] = ["w13-root", "w13-in1", "w13-in2"];

pub fn run(_: &[String]) -> Object {
    let mut crew = Crew::new();
    level(&mut crew, 0);
    crew.finish()
}

fn level(crew: &mut Crew, depth: usize) {
    let Some(name) = NAMES.get(depth) else { return };
    let mut below = crew.below();
    crew.process(name, |actor| {
        level(&mut below, depth + 1);
        below.wait();
        actor.sleep(millis(100 << depth));
    });
}
