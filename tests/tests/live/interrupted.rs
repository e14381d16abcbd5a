//! How a recording ends: by its time, by its command, by Ctrl-C, by a kill.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use afterwake_schema::recording::{COMPLETE, Manifest, PARTIAL};
use afterwake_schema::streams::ALL;
use afterwake_tests::program::{Answer, afterwake, heed_hangups, number};
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::machine::{Machine, workload};

/// Tables are sealed at the latest after 2 s; a closing and a drain may come on top.
const LAST_SECONDS_NS: i64 = 4_000_000_000;

/// Whatever moment a kill hits: what was sealed opens, whole, and the answer says it was cut short.
#[test]
fn a_kill_loses_the_last_seconds_only() {
    for _ in 0..4 {
        let Some(machine) = Machine::take() else { return };
        let moment = Duration::from_millis(500 + random() % 5000);
        let mut load = busy("6");
        let mut recorder = start(&machine, &["--for", "60s"]);
        sleep(moment);
        signal(&recorder, libc::SIGKILL);
        let killed_ns = monotonic_ns();
        recorder.wait().expect("it ends");
        load.wait().expect("it ends");

        let recording = machine.recording();
        assert!(!recording.join(COMPLETE).exists(), "it was not completed");
        let info = info(&recording);
        let text = format!("{}{}", info.stdout, info.stderr);
        assert!(text.contains("cut short"), "killed after {moment:?}: {text}");
        let mut rows = 0;
        for stream in ALL {
            let sealed = sealed_rows(&recording.join(stream.name));
            let read = number(&recording, &format!("SELECT count(*) FROM {}", stream.name));
            assert_eq!(read, sealed, "rows of {}, killed after {moment:?}", stream.name);
            rows += sealed;
        }
        if moment.as_nanos() as i64 > LAST_SECONDS_NS {
            assert!(rows > 0, "nothing was sealed in {moment:?}");
        }
        if rows > 0 {
            let last = number(&recording, "SELECT max(on_ts) FROM wait");
            let lost = killed_ns - last;
            assert!(lost < LAST_SECONDS_NS, "{lost} ns were lost, killed after {moment:?}");
        }
    }
}

#[test]
fn ctrl_c_seals() {
    let Some(machine) = Machine::take() else { return };
    let recorder = start(&machine, &[]);
    sleep(Duration::from_millis(700));
    signal(&recorder, libc::SIGINT);
    let asked = Instant::now();
    let output = recorder.wait_with_output().expect("it ends");
    let answer = Answer::of(&output).good();
    assert!(asked.elapsed() < Duration::from_secs(3), "sealed in {:?}", asked.elapsed());
    assert_complete(&machine.recording());
    let span = span_ns(&machine.recording());
    assert!(span > 500_000_000 && span < 3_000_000_000, "{span} ns: {}", answer.stderr);
}

/// A connection that breaks takes the terminal along, and everybody on its way tells of it.
#[test]
fn a_hangup_seals() {
    let Some(machine) = Machine::take() else { return };
    let mut command = machine.recorder(&[]);
    heed_hangups(&mut command);
    let mut recorder = begin(&machine, command);
    drop(recorder.stderr.take());
    drop(recorder.stdout.take());
    sleep(Duration::from_millis(700));
    for kind in [libc::SIGHUP, libc::SIGHUP, libc::SIGTERM, libc::SIGHUP] {
        signal(&recorder, kind);
        sleep(Duration::from_millis(2));
    }
    assert!(recorder.wait().expect("it ends").success(), "nobody reads what it says");
    assert_complete(&machine.recording());
}

#[test]
fn a_hangup_that_is_ignored_does_not() {
    let Some(machine) = Machine::take() else { return };
    let command = machine.recorder(&["--for", "1500ms"]);
    let mut ignoring = Command::new("nohup");
    ignoring.arg(command.get_program()).args(command.get_args()).stdout(Stdio::null());
    let mut recorder = begin(&machine, ignoring);
    sleep(Duration::from_millis(300));
    signal(&recorder, libc::SIGHUP);
    assert!(recorder.wait().expect("it ends").success());
    let span = span_ns(&machine.recording());
    assert!(span > 1_400_000_000, "{span} ns: it went on");
}

/// The second Ctrl-C does not wait for names and the rest; what is sealed stays readable.
#[test]
fn a_second_ctrl_c_aborts() {
    let Some(machine) = Machine::take() else { return };
    let mut load = busy("3");
    let recorder = start(&machine, &[]);
    sleep(Duration::from_millis(2500));
    signal(&recorder, libc::SIGINT);
    sleep(Duration::from_millis(20));
    signal(&recorder, libc::SIGINT);
    let asked = Instant::now();
    let output = recorder.wait_with_output().expect("it ends");
    assert!(asked.elapsed() < Duration::from_secs(1), "aborted in {:?}", asked.elapsed());
    load.wait().expect("it ends");
    let recording = machine.recording();
    let complete = recording.join(COMPLETE).exists();
    // The first may have been faster than the second.
    assert_eq!(complete, output.status.success(), "{output:?}");
    info(&recording);
}

#[test]
fn it_records_for_as_long_as_it_is_told() {
    let Some(machine) = Machine::take() else { return };
    let output = machine.recorder(&["--for", "1500ms"]).output().expect("it starts");
    Answer::of(&output).good();
    assert_complete(&machine.recording());
    let span = span_ns(&machine.recording());
    assert!((1_450_000_000..1_900_000_000).contains(&span), "{span} ns is not 1.5 s");
}

#[test]
fn the_status_of_the_command_is_passed_on() {
    for (script, status) in [("exit 0", 0), ("exit 37", 37), ("kill -TERM $$", 128 + 15)] {
        let Some(machine) = Machine::take() else { return };
        let output = machine.record(&[], &["sh", "-c", script]);
        assert_eq!(output.status.code(), Some(status), "{script}: {output:?}");
        assert_complete(&machine.recording());
        let (manifest, _) = Manifest::read(&machine.recording()).expect("a manifest");
        assert_eq!(manifest.status, Some(status), "{script}");
    }
}

/// What the command writes is its own: the recorder adds nothing to stdout.
#[test]
fn stdout_is_the_commands() {
    let Some(machine) = Machine::take() else { return };
    let output = machine.record(&[], &["echo", "its own words"]);
    assert_eq!(Answer::of(&output).good().stdout, "its own words\n");
}

/// Starts the recorder and waits until it records.
fn start(machine: &Machine, options: &[&str]) -> Child {
    begin(machine, machine.recorder(options))
}

fn begin(machine: &Machine, mut command: Command) -> Child {
    let mut recorder = command.spawn().expect("it starts");
    let begin = Instant::now();
    while !machine.recording().join(PARTIAL).exists() {
        let ended = recorder.try_wait().expect("a child");
        if ended.is_some() || begin.elapsed() > Duration::from_secs(5) {
            drop(recorder.kill());
            panic!("it does not record: {:?}", recorder.wait_with_output());
        }
        sleep(Duration::from_millis(5));
    }
    recorder
}

/// Something to record meanwhile.
fn busy(seconds: &str) -> Child {
    let milliseconds = format!("{seconds}000");
    let mut command = Command::new(workload());
    command.args(["named", &milliseconds]).stdout(Stdio::null()).spawn().expect("it starts")
}

fn signal(child: &Child, signal: libc::c_int) {
    // SAFETY: the child has not been waited for, so its id is its own.
    let sent = unsafe { libc::kill(child.id() as libc::pid_t, signal) };
    assert_eq!(sent, 0, "the recorder still runs");
}

#[track_caller]
fn info(recording: &Path) -> Answer {
    afterwake([OsStr::new("info"), recording.as_os_str()]).good()
}

#[track_caller]
fn assert_complete(recording: &Path) {
    assert!(recording.join(COMPLETE).exists(), "recording.json is written");
    assert!(!recording.join(PARTIAL).exists(), "recording.json.part is gone");
    let info = info(recording);
    assert!(!format!("{}{}", info.stdout, info.stderr).contains("cut short"), "{info:?}");
    assert!(number(recording, "SELECT count(*) FROM wait") > 0, "it has waits");
}

fn span_ns(recording: &Path) -> i64 {
    let (manifest, _) = Manifest::read(recording).expect("a manifest");
    manifest.clock.stop_ns.expect("a stop") - manifest.clock.start_ns
}

/// Rows of the closed segments of a table, by their own footers.
fn sealed_rows(table: &Path) -> i64 {
    let Ok(entries) = fs::read_dir(table) else { return 0 };
    entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension() == Some(OsStr::new("parquet")))
        .map(|path| {
            let reader = SerializedFileReader::new(File::open(&path).expect("a segment"));
            let reader = reader.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            reader.metadata().file_metadata().num_rows()
        })
        .sum()
}

fn monotonic_ns() -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the answer.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// A different number each time; the message of a failure tells it.
fn random() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    let mut mixed = now.as_nanos() as u64;
    for shift in [33, 29, 32] {
        mixed = (mixed ^ (mixed >> shift)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    }
    mixed >> 16
}
