//! Burns in generated code, which `/tmp/perf-PID.map` names, as language runtimes do it.

use std::fs;

use crate::clock::{millis, thread_cpu};
use crate::crew::Crew;
use crate::json::Object;

/// Counts its argument down to zero.
const CODE: &[u8] = &[0x48, 0xff, 0xcf, 0x75, 0xfb, 0xc3]; // dec rdi; jnz -5; ret

const PAGE: usize = 4096;

pub fn run(arguments: &[String]) -> Object {
    let time = arguments.first().and_then(|argument| argument.parse().ok()).unwrap_or(1_000);
    let mut crew = Crew::new();
    crew.process("jit", |actor| {
        let (address, count_down) = generate();
        let map = format!("/tmp/perf-{}.map", std::process::id());
        let line = format!("{address:x} {:x} generated::count_down\n", CODE.len());
        fs::write(&map, line).expect("/tmp is writable");
        let begin = thread_cpu();
        while thread_cpu() < begin + millis(time).as_nanos() as u64 {
            count_down(1_000_000);
        }
        actor.note("spin_ns", thread_cpu() - begin);
        actor.note("address", address as u64);
    });
    crew.finish()
}

fn generate() -> (usize, extern "C" fn(u64)) {
    // SAFETY: a fresh page is filled before it is made executable; the code is a whole function
    // of that signature and touches no memory.
    unsafe {
        let page = libc::mmap(
            std::ptr::null_mut(),
            PAGE,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        assert_ne!(page, libc::MAP_FAILED);
        std::ptr::copy_nonoverlapping(CODE.as_ptr(), page.cast(), CODE.len());
        assert_eq!(libc::mprotect(page, PAGE, libc::PROT_READ | libc::PROT_EXEC), 0);
        (page as usize, std::mem::transmute::<*mut libc::c_void, extern "C" fn(u64)>(page))
    }
}
