//! Burns in functions whose names a recording must show.

use crate::clock::{millis, thread_cpu};
use crate::crew::Crew;
use crate::json::Object;

pub fn run(arguments: &[String]) -> Object {
    let time = arguments.first().and_then(|argument| argument.parse().ok()).unwrap_or(1_000);
    let mut crew = Crew::new();
    crew.process("named", |actor| {
        let begin = thread_cpu();
        let end = begin + millis(time).as_nanos() as u64;
        let mut sum = 0;
        while thread_cpu() < end {
            sum = spin_in_a_named_function(sum);
        }
        actor.note("sum", sum & 1);
        actor.note("spin_ns", thread_cpu() - begin);
    });
    crew.finish()
}

/// About a millisecond of arithmetic that cannot be left out.
#[inline(never)]
fn spin_in_a_named_function(from: u64) -> u64 {
    (0..1_000_000).fold(from, |sum, turn| std::hint::black_box(sum.wrapping_mul(31) ^ turn))
}
