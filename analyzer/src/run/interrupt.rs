//! Ctrl-C ends the program, or a statement of the shell, at once, whatever the other threads compute.

use std::pin::pin;
use std::process;
use std::sync::mpsc;
use std::task::Poll;
use std::thread;

use futures::poll;

use super::progress;

/// What a shell reports for a program that SIGINT ended.
pub const STATUS: i32 = 130;

/// From now on Ctrl-C ends the program.
pub fn exit_on_interrupt() {
    on_interrupt(|| {
        progress::clear();
        process::exit(STATUS)
    });
}

/// Calls `act` at every Ctrl-C from now on. A thread with a runtime of its own waits for it: the query's threads may be
/// busy. Without the thread Ctrl-C still does what it does by default.
///
/// It listens when this returns. A prompt puts back the handler it found, which must not be an earlier one.
pub fn on_interrupt(act: impl Fn() + Send + 'static) {
    let (listening, begun) = mpsc::channel();
    let wait = async move {
        loop {
            let mut next = pin!(tokio::signal::ctrl_c());
            let polled = poll!(&mut next);
            // Only the first time is anybody interested.
            let _ = listening.send(());
            let caught = match polled {
                Poll::Ready(caught) => caught,
                Poll::Pending => next.await,
            };
            if caught.is_err() {
                return;
            }
            act();
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    if let Ok(runtime) = runtime
        && thread::Builder::new()
            .name("interrupt".into())
            .spawn(move || runtime.block_on(wait))
            .is_ok()
    {
        let _ = begun.recv();
    }
}
