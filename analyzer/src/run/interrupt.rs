//! Ctrl-C ends the program, or a statement of the shell, at once, whatever the other threads compute.

use std::fs;
use std::future::poll_fn;
use std::io;
use std::process;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::thread;

use datafusion::execution::DiskManager;
use tokio::signal::unix::{SignalKind, signal};

use super::{Session, progress};
use crate::output;

/// What a shell adds to the number of the signal that ended a program.
const KILLED: i32 = 128;

/// What it reports where that was SIGINT.
pub const STATUS: i32 = KILLED + 2;

/// How often a folder is removed in which other threads still begin files.
const REMOVALS: usize = 100;

/// From now on Ctrl-C, SIGTERM and a terminal that hangs up end the program, and what it laid on disk goes
/// with it.
pub fn exit_on_interrupt(session: &Session) {
    exit_on_interrupt_of(&[session]);
}

/// The same for several sessions.
pub fn exit_on_interrupt_of(sessions: &[&Session]) {
    let disk = |session: &&Session| Arc::downgrade(&session.context.runtime_env().disk_manager);
    let disks: Vec<_> = sessions.iter().map(disk).collect();
    let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
    // `nohup` is to go on; listening would undo it.
    if is_heeded(SignalKind::hangup()) {
        kinds.push(SignalKind::hangup());
    }
    on_signal(&kinds, move |kind| {
        progress::clear();
        output::abandon();
        disks.iter().filter_map(Weak::upgrade).for_each(|disk| remove_files(&disk));
        process::exit(KILLED + kind.as_raw_value())
    });
}

/// Whether the signal is known not to be ignored. Only Linux tells without unsafe code; elsewhere the signal does
/// what it does by default.
fn is_heeded(kind: SignalKind) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & (1 << (kind.as_raw_value() - 1)) == 0)
}

/// Removes what sorts laid on disk. Their threads, which an end before the last row leaves behind, would keep it.
pub fn remove_files(disk: &DiskManager) {
    for folder in disk.temp_dir_paths() {
        let is_gone = |_: &usize| fs::remove_dir_all(&folder).is_ok() || !folder.exists();
        let _ = (0..REMOVALS).find(is_gone);
    }
}

/// Calls `act` at every Ctrl-C from now on.
pub fn on_interrupt(act: impl Fn() + Send + 'static) {
    on_signal(&[SignalKind::interrupt()], move |_| act());
}

/// Calls `act` at every signal of these kinds from now on. A thread with a runtime of its own waits for them: the
/// query's threads may be busy. Without the thread the signals still do what they do by default.
///
/// It listens when this returns. A prompt puts back the handler it found, which must not be an earlier one.
fn on_signal(kinds: &[SignalKind], act: impl Fn(SignalKind) + Send + 'static) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else {
        return;
    };
    let listened = {
        let _inside = runtime.enter();
        let listen = |kind: &SignalKind| Ok((*kind, signal(*kind)?));
        kinds.iter().map(listen).collect::<io::Result<Vec<_>>>()
    };
    let Ok(mut signals) = listened else { return };
    let wait = async move {
        loop {
            let caught = poll_fn(|context| {
                let came = signals.iter_mut().find_map(|(kind, signal)| {
                    signal.poll_recv(context).is_ready().then_some(*kind)
                });
                came.map_or(Poll::Pending, Poll::Ready)
            });
            let kind = caught.await;
            act(kind);
        }
    };
    let _ = thread::Builder::new().name("interrupt".into()).spawn(move || runtime.block_on(wait));
}
