//! A command that is interrupted leaves nothing of what it was writing.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::world::World;
use afterwake_tests::program;

const SIZE: Size = Size { cpus: 4, threads: 40, steps: 20_000 };
/// Moments between the first file and the end that are tried, of each command and signal.
const MOMENTS: u32 = 12;
const POLL: Duration = Duration::from_micros(200);

#[test]
fn an_interrupt_leaves_nothing_behind() {
    let world = World::of(generate::machine(3, SIZE));
    // A report is written at once, when it is known: there is hardly a moment to hit.
    let commands = [
        ("part.wake", vec!["cut"], true),
        ("public.wake", vec!["redact"], true),
        ("slow.wake.zip", vec!["pack"], true),
        ("page.html", vec!["report"], false),
        ("trace.json", vec!["export", "--to", "firefox"], true),
    ];
    for (name, words, writes_long) in commands {
        let start = |folder: &Path| {
            let mut command = program::command(&words);
            command.arg(world.path()).arg("-o").arg(folder.join(name));
            command.stdout(Stdio::null()).stderr(Stdio::null());
            program::heed_hangups(&mut command);
            command.spawn().expect("the program starts")
        };
        let folder = tempfile::tempdir().expect("a temporary directory");
        let mut child = start(folder.path());
        wait_for_any_file(folder.path(), &mut child);
        let begin = Instant::now();
        assert!(child.wait().expect("it ends").success(), "{words:?}");
        let whole = begin.elapsed();

        for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
            let mut hits = 0;
            for moment in 0..MOMENTS {
                let folder = tempfile::tempdir().expect("a temporary directory");
                let mut child = start(folder.path());
                let began = wait_for_any_file(folder.path(), &mut child);
                sleep(whole * moment / MOMENTS);
                // SAFETY: The child is not waited for yet, so its number is its own.
                unsafe { libc::kill(child.id() as libc::pid_t, signal) };
                let status = child.wait().expect("it ends");
                if !status.success() {
                    assert_eq!(status.code(), Some(128 + signal), "{words:?}");
                }
                // What has its name is complete.
                let left = names(folder.path());
                let is_complete = left == BTreeSet::from([OsString::from(name)]);
                assert!(is_complete || left.is_empty(), "{words:?} left {left:?}");
                assert!(is_complete || !status.success(), "{words:?} wrote nothing");
                hits += u32::from(began && !is_complete);
            }
            assert!(hits > 0 || !writes_long, "{words:?} was never writing when {signal} came");
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
