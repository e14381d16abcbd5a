//! W15: threads that live for one burn are started and joined one by one. Then processes that all
//! get the same id, one after the other: a thread is its id and the time of its birth, and nothing
//! of one incarnation may be told of another.

use crate::actor::Actor;
use crate::clock::{millis, thread_cpu};
use crate::crew::Crew;
use crate::json::Object;

const THREADS: u64 = 300;
const INCARNATIONS: u64 = 61;

pub fn run(_: &[String]) -> Object {
    let mut crew = Crew::new();
    crew.process("w15-reuser", reuse);
    crew.process("w15-joiner", |actor| {
        let mut burn_ns = 0;
        for _ in 0..THREADS {
            let burner = || {
                crate::actor::rename("w15-burner");
                let begin = thread_cpu();
                while thread_cpu() < begin + millis(1).as_nanos() as u64 {}
                thread_cpu() - begin
            };
            burn_ns += std::thread::spawn(burner).join().expect("a burner");
        }
        actor.note("joins", THREADS);
        actor.note("burner_ns", burn_ns);
    });
    crew.finish()
}

/// Starts one process after the other under one id, where the kernel lets us choose it.
fn reuse(actor: &mut Actor) {
    // SAFETY: only the child of a process with one thread runs on, and it only burns and ends.
    let chosen = unsafe { fork_as(None) }.expect("a first child, whose id is free again later");
    wait(chosen);
    let mut incarnations = 0;
    for _ in 0..INCARNATIONS {
        // SAFETY: as above. Another process may have got the id meanwhile.
        let Some(child) = (unsafe { fork_as(Some(chosen)) }) else { continue };
        wait(child);
        incarnations += 1;
    }
    actor.note("reused_tid", chosen as u64);
    actor.note("incarnations", incarnations);
}

unsafe fn fork_as(pid: Option<libc::pid_t>) -> Option<libc::pid_t> {
    // SAFETY: all zero is a valid `clone_args`, the kernel is told its size, and `wanted` lives on.
    unsafe {
        let mut arguments: libc::clone_args = std::mem::zeroed();
        arguments.exit_signal = libc::SIGCHLD as u64;
        let wanted = pid.unwrap_or_default();
        if pid.is_some() {
            arguments.set_tid = &raw const wanted as u64;
            arguments.set_tid_size = 1;
        }
        let size = size_of::<libc::clone_args>();
        match libc::syscall(libc::SYS_clone3, &raw const arguments, size) {
            -1 => None,
            0 => {
                crate::actor::rename("w15-again");
                let begin = thread_cpu();
                while thread_cpu() < begin + millis(1).as_nanos() as u64 {}
                libc::_exit(0)
            }
            child => Some(child as libc::pid_t),
        }
    }
}

fn wait(child: libc::pid_t) {
    // SAFETY: no status is asked for.
    unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
}
