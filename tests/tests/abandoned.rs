//! A command that is interrupted leaves nothing of what it was writing.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Duration;

use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::world::World;
use afterwake_tests::program;

const SIZE: Size = Size { cpus: 4, threads: 40, steps: 20_000 };
/// A command may end before the signal reaches it.
const ATTEMPTS: u64 = 50;
const POLL: Duration = Duration::from_micros(200);

#[test]
fn an_interrupt_leaves_nothing_behind() {
    let world = World::of(generate::machine(3, SIZE));
    let commands = [
        ("part.wake", vec!["cut"]),
        ("public.wake", vec!["redact"]),
        ("slow.wake.zip", vec!["pack"]),
        ("page.html", vec!["report"]),
        ("trace.json", vec!["export", "--to", "firefox"]),
    ];
    for (name, words) in commands {
        for signal in [libc::SIGINT, libc::SIGTERM] {
            let folder = tempfile::tempdir().expect("a temporary directory");
            let output = folder.path().join(name);
            let was_hit = (0..ATTEMPTS).any(|attempt| {
                let mut command = program::command(&words);
                command.arg(world.path()).arg("-o").arg(&output);
                command.stdout(Stdio::null()).stderr(Stdio::null());
                let mut child = command.spawn().expect("the program starts");
                let began = wait_for_any_file(folder.path(), &mut child);
                sleep(POLL * (attempt as u32));
                // SAFETY: The child is not waited for yet, so its number is its own.
                unsafe { libc::kill(child.id() as libc::pid_t, signal) };
                let status = child.wait().expect("it ends");
                let left = names(folder.path());
                if !status.success() {
                    assert_eq!(status.code(), Some(128 + signal), "{words:?}");
                }
                // What has its name is complete.
                let is_complete = left == BTreeSet::from([OsString::from(name)]);
                assert!(is_complete || left.is_empty(), "{words:?} left {left:?}");
                assert!(is_complete || !status.success(), "{words:?} wrote nothing");
                if is_complete {
                    remove(&output);
                }
                began && !is_complete
            });
            assert!(was_hit, "{words:?} was never writing when signal {signal} came");
        }
    }
}

/// False where the command ended before.
fn wait_for_any_file(folder: &Path, child: &mut Child) -> bool {
    while names(folder).is_empty() {
        if child.try_wait().expect("a child").is_some() {
            return false;
        }
        sleep(POLL);
    }
    true
}

fn names(folder: &Path) -> BTreeSet<OsString> {
    fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.file_name()).collect()
}

fn remove(path: &Path) {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.expect("it goes");
}
