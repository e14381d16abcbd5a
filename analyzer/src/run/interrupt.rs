//! Ctrl-C ends the program, or a statement of the shell, at once, whatever the other threads compute.

use std::fs;
use std::pin::pin;
use std::process;
use std::sync::{Arc, Weak, mpsc};
use std::task::Poll;
use std::thread;

use datafusion::execution::DiskManager;
use futures::poll;

use super::{Session, progress};
use crate::output;

/// What a shell reports for a program that SIGINT ended.
pub const STATUS: i32 = 130;

/// How often a folder is removed in which other threads still begin files.
const REMOVALS: usize = 100;

/// From now on Ctrl-C ends the program, and what it laid on disk goes with it.
pub fn exit_on_interrupt(session: &Session) {
    exit_on_interrupt_of(&[session]);
}

/// The same for several sessions.
pub fn exit_on_interrupt_of(sessions: &[&Session]) {
    let disk = |session: &&Session| Arc::downgrade(&session.context.runtime_env().disk_manager);
    let disks: Vec<_> = sessions.iter().map(disk).collect();
    on_interrupt(move || {
        progress::clear();
        output::abandon();
        disks.iter().filter_map(Weak::upgrade).for_each(|disk| remove_files(&disk));
        process::exit(STATUS)
    });
}

/// Removes what sorts laid on disk. Their threads, which an end before the last row leaves behind, would keep it.
pub fn remove_files(disk: &DiskManager) {
    for folder in disk.temp_dir_paths() {
        let is_gone = |_: &usize| fs::remove_dir_all(&folder).is_ok() || !folder.exists();
        let _ = (0..REMOVALS).find(is_gone);
    }
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
