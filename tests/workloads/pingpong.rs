//! W3 and W4: two processes wake each other over two pipes, as fast as they can.
//!
//! Pinned to different CPUs they also wake each other while the other is still on its way to
//! sleep, and through the other CPU's wake list.

use std::io::pipe;

use crate::crew::{Crew, give, take};
use crate::json::Object;

pub fn free(_: &[String]) -> Object {
    play("w3", 20_000, false)
}

pub fn pinned(_: &[String]) -> Object {
    play("w4", 30_000, true)
}

fn play(load: &str, rounds: u64, pinned: bool) -> Object {
    let (ping_in, ping) = pipe().expect("a pipe");
    let (pong_in, pong) = pipe().expect("a pipe");
    let mut crew = Crew::new();
    crew.process(&format!("{load}-ping"), |actor| {
        if pinned {
            pin(0);
        }
        for _ in 0..rounds {
            give(&ping);
            take(&pong_in);
        }
        actor.note("rounds", rounds);
    });
    crew.process(&format!("{load}-pong"), |actor| {
        if pinned {
            pin(1);
        }
        for _ in 0..rounds {
            take(&ping_in);
            give(&pong);
        }
        actor.note("rounds", rounds);
    });
    crew.finish()
}

/// Keeps the calling thread on the `index`th of the CPUs it may use, or the last there is.
fn pin(index: usize) {
    // SAFETY: zeroed CPU sets are valid, and the kernel is told their size.
    unsafe {
        let size = size_of::<libc::cpu_set_t>();
        let mut allowed: libc::cpu_set_t = std::mem::zeroed();
        assert_eq!(libc::sched_getaffinity(0, size, &raw mut allowed), 0);
        let cpus = (0..libc::CPU_SETSIZE as usize).filter(|cpu| libc::CPU_ISSET(*cpu, &allowed));
        let cpu = cpus.take(index + 1).last().expect("some CPU is allowed");
        let mut one: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpu, &mut one);
        assert_eq!(libc::sched_setaffinity(0, size, &raw const one), 0);
    }
}
