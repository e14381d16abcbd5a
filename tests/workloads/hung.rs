//! Processes that sleep through: one interruptibly for a timer, one uninterruptibly, as a parent
//! does whose `vfork` child has neither ended nor started a program.

use std::time::Duration;

use crate::actor::rename;
use crate::json::Object;

pub fn run(arguments: &[String]) -> Object {
    let seconds = arguments.first().and_then(|argument| argument.parse().ok()).unwrap_or(3);
    let time = Duration::from_secs(seconds);
    let asleep = fork("hung-asleep", || std::thread::sleep(time));
    let parent = fork("hung-parent", || {
        // SAFETY: the child shares our memory while we stand still; it only sleeps and ends.
        unsafe {
            #[expect(deprecated, reason = "the uninterruptible wait is what is wanted")]
            if libc::vfork() == 0 {
                libc::sleep(seconds as u32);
                libc::_exit(0);
            }
        }
    });
    for child in [asleep, parent] {
        // SAFETY: no status is asked for.
        unsafe { libc::waitpid(child as libc::pid_t, std::ptr::null_mut(), 0) };
    }
    Object::new().number("asleep", asleep).number("parent", parent)
}

fn fork(name: &str, body: impl FnOnce()) -> u64 {
    // SAFETY: this process has one thread, so the child is an ordinary process.
    match unsafe { libc::fork() } {
        -1 => panic!("fork: {}", std::io::Error::last_os_error()),
        0 => {
            // SAFETY: no pointers are passed. A sleeper does not outlive the load.
            unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
            rename(name);
            body();
            // SAFETY: ends this process only.
            unsafe { libc::_exit(0) }
        }
        child => child as u64,
    }
}
