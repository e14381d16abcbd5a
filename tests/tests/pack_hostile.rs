//! Packs and segments that a stranger made to do harm: one sentence, or what is intact; no panic, no hang, little
//! memory, and nothing written.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use afterwake_schema::recording::{FORMAT, Manifest};
use afterwake_tests::absurd::{Declared, file};
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::{contract, recording};
use afterwake_tests::program::{Answer, afterwake, command};
use afterwake_tests::zip::{Entry, archive};
use tempfile::TempDir;

/// What the largest of all runs in this file may take.
const MOST_MEMORY_KB: i64 = 300_000;
const PATIENCE: Duration = Duration::from_secs(20);

fn manifest() -> Entry {
    let manifest = Manifest { format: FORMAT, ..Manifest::default() };
    Entry::new("recording.json", serde_json::to_vec(&manifest).expect("JSON"))
}

/// The members of a good recording.
fn members() -> Vec<Entry> {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let machine = generate::machine(3, Size { cpus: 1, threads: 4, steps: 100 });
    recording::write(&machine, contract::rows(&machine), folder.path(), recording::Form::default());
    let read = |name: &str| Entry::new(name, fs::read(folder.path().join(name)).expect(name));
    ["recording.json", "wait/000000.parquet", "thread/000000.parquet"].map(read).to_vec()
}

struct Case {
    folder: TempDir,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(folder.path().join("inside")).expect("writable");
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("inside/pack.zip")
    }

    /// Writes the bytes as a pack and asks all kinds of questions about it. Gives the answer about `wait`.
    #[track_caller]
    fn ask(&self, bytes: &[u8]) -> Answer {
        let path = self.path();
        fs::write(&path, bytes).expect("writable");
        let answer = self.ask_about(&path);
        let files = |folder: &Path| fs::read_dir(folder).expect("a folder").count();
        assert_eq!((files(self.folder.path()), files(&self.folder.path().join("inside"))), (1, 1));
        answer
    }

    #[track_caller]
    fn ask_about(&self, path: &Path) -> Answer {
        let path = path.to_string_lossy();
        let begin = Instant::now();
        for arguments in [vec!["info", &path], vec!["verify", &path], vec!["chaingraph", &path]] {
            let folder = self.folder.path().join("inside");
            let output = command(arguments).current_dir(folder).output();
            check(Answer::of(&output.expect("the program starts")));
        }
        let query = "SELECT count(*), sum(thread), max(comm) FROM wait";
        let answer = check(afterwake(["sql", &path, query]));
        assert!(begin.elapsed() < PATIENCE, "it took {:?}", begin.elapsed());
        answer
    }
}

/// A good answer, or one sentence with advice.
#[track_caller]
fn check(answer: Answer) -> Answer {
    let hostile = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    assert!(!answer.stderr.contains(hostile), "{:?}", answer.stderr);
    assert!(!answer.stderr.contains("internal error"), "{}", answer.stderr);
    let errors = answer.stderr.lines().filter(|line| line.starts_with("error: ")).count();
    match answer.code {
        Some(0) => answer.good(),
        _ => {
            assert_eq!(errors, 1, "{}", answer.stderr);
            answer.bad(1)
        }
    }
}

#[test]
fn names_that_lead_elsewhere_are_left_out() {
    let case = Case::new();
    for name in [
        &b"../evil.parquet"[..],
        b"/tmp/evil.parquet",
        b"wait/../../evil.parquet",
        b"wait/..\\evil.parquet",
        b"wait/000001.parquet\n\x1b[31mred",
        b"wait/<script>.parquet",
        b"wait/\xff\xfe.parquet",
        b"\xe2\x80\xae.parquet",
        b"nothing/000000.parquet",
        b"wait/000000.parquet/",
        b"",
    ] {
        let bad = Entry::new(name, "text");
        let answer = case.ask(&archive(&[members(), vec![bad]].concat())).good();
        let is_folder = name.ends_with(b"/");
        assert_eq!(answer.stderr.contains("note: left out"), !is_folder, "{}", answer.stderr);
    }
    let long = Entry::new("x".repeat(60_000), "text");
    let answer = case.ask(&archive(&[members(), vec![long]].concat())).good();
    assert!(answer.stderr.len() < 1_000, "{}", answer.stderr.len());
}

#[test]
fn what_is_compressed_is_never_decompressed() {
    let case = Case::new();
    let mut bomb = members();
    bomb[1].method = 8;
    bomb[1].data = b"\x03\x00".to_vec();
    let answer = case.ask(&archive(&bomb)).good();
    assert!(answer.stderr.contains("wait/000000.parquet: it is compressed"), "{}", answer.stderr);
    bomb.iter_mut().for_each(|entry| entry.method = 8);
    assert!(case.ask(&archive(&bomb)).bad(1).stderr.contains("compressed"));
    let mut locked = members();
    locked[1].flags = 1;
    assert!(case.ask(&archive(&locked)).good().stderr.contains("encrypted"));
}

#[test]
fn members_that_cannot_be_are_refused() {
    let case = Case::new();
    let good = members();
    let mut large = good.clone();
    large[1].size = Some(u32::MAX - 1);
    assert!(case.ask(&archive(&large)).bad(1).stderr.contains("outside"));
    let mut longer = good.clone();
    longer[1].size = Some(longer[1].data.len() as u32 + 60);
    assert!(case.ask(&archive(&longer)).bad(1).stderr.contains("overlap"));
    let twice = [good.clone(), vec![good[1].clone()]].concat();
    assert!(case.ask(&archive(&twice)).bad(1).stderr.contains("same name"));
    // Two names for the same bytes, as in the bombs that are small and unpack to petabytes.
    let mut other = Entry::new("wait/000001.parquet", good[1].data.clone());
    other.offset = Some(30 + 14 + good[0].data.len() as u32);
    let answer = case.ask(&archive(&[good.clone(), vec![other]].concat())).good();
    assert!(answer.stderr.contains("wait/000001.parquet"), "{}", answer.stderr);
    let hidden = [&b"PK\x03\x04 hidden"[..], &archive(&good)].concat();
    case.ask(&hidden).bad(1);
    let mut cut = archive(&good);
    cut.truncate(cut.len() - 1);
    case.ask(&cut).bad(1);
    for bytes in [&b""[..], b"PK", b"PK\x03\x04", b"PK\x05\x06", b"text"] {
        case.ask(bytes).bad(1);
    }
}

#[test]
fn a_manifest_that_says_something_else_is_not_believed() {
    let case = Case::new();
    let with =
        |manifest: &str| archive(&[members(), vec![Entry::new("pack.json", manifest)]].concat());
    for manifest in ["", "{", "null", "[]", "{\"format\": 7}", "\u{1b}"] {
        case.ask(&with(manifest)).bad(1);
    }
    case.ask(&with(&"[".repeat(100_000))).bad(1);
    // recording.json is not listed, or listed with another sum.
    case.ask(&with("{\"format\": 1}")).bad(1);
    let sum = "0".repeat(64);
    let size = members()[0].data.len();
    let item = format!(r#"{{"name": "recording.json", "size": {size}, "sha256": "{sum}"}}"#);
    case.ask(&with(&format!(r#"{{"format": 1, "members": [{item}]}}"#))).bad(1);
}

#[test]
fn absurd_sizes_take_no_memory() {
    let case = Case::new();
    let plain = Declared::default();
    let good = archive(&[manifest(), Entry::new("wait/000000.parquet", file("thread", plain))]);
    let answer = case.ask(&good).good();
    assert!(answer.stdout.contains('7') && answer.stderr.is_empty(), "{answer:?}");
    let absurd = [
        Declared { page_size: i64::from(i32::MAX), codec: 6, ..plain },
        Declared { page_size: i64::from(i32::MAX), ..plain },
        Declared { page_size: -1, ..plain },
        Declared { dictionary: Some(i64::from(i32::MAX)), ..plain },
        Declared { dictionary: Some(4_000_000), page_size: 30 << 20, ..plain },
        Declared { rows: i64::from(i32::MAX), ..plain },
        Declared { rows: i64::MAX, ..plain },
        Declared { rows: -1, ..plain },
        Declared { encoding: 6, ..plain },
        Declared { groups: i32::MAX as u64, ..plain },
        Declared { groups: u64::MAX, ..plain },
        Declared { statistics: Some(1 << 40), ..plain },
        Declared { statistics: Some(u64::MAX), ..plain },
        Declared { nesting: 1_000_000, ..plain },
    ];
    for declared in absurd {
        let segment = Entry::new("wait/000000.parquet", file("thread", declared));
        let answer = case.ask(&archive(&[manifest(), segment])).good();
        assert!(answer.stderr.contains("wait/000000.parquet: "), "{declared:?}: {}", answer.stderr);
    }
    // A column of another type than its name has.
    let segment = Entry::new("wait/000000.parquet", file("comm", plain));
    let answer = case.ask(&archive(&[manifest(), segment])).good();
    assert!(answer.stderr.contains("of another type"), "{}", answer.stderr);
    // A file of gigabytes that takes no room, as a directory has it.
    let folder = case.folder.path().join("inside/sparse.wake");
    fs::create_dir_all(folder.join("wait")).expect("writable");
    for name in ["recording.json", "pack.json", "wait/000000.parquet"] {
        let sparse = fs::File::create(folder.join(name)).expect("writable");
        sparse.set_len(40 << 30).expect("a sparse file");
        case.ask_about(&folder);
        fs::remove_file(folder.join(name)).expect("removable");
    }
    // SAFETY: `getrusage` fills in the structure it is given.
    let usage = unsafe {
        let mut usage = std::mem::zeroed::<libc::rusage>();
        libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage);
        usage
    };
    assert!(usage.ru_maxrss < MOST_MEMORY_KB, "the largest run took {} kB", usage.ru_maxrss);
}

#[test]
fn what_would_never_end_is_not_read() {
    let case = Case::new();
    let folder = case.folder.path().join("inside/endless.wake");
    fs::create_dir_all(folder.join("wait")).expect("writable");
    fs::write(folder.join("recording.json"), &manifest().data).expect("writable");
    let fifo = folder.join("wait/000000.parquet");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo");
    assert!(made.success());
    assert!(case.ask_about(&folder).good().stderr.contains("no regular file"));
    case.ask_about(&fifo).bad(1);
    fs::remove_file(folder.join("recording.json")).expect("removable");
    std::os::unix::fs::symlink("/dev/zero", folder.join("recording.json")).expect("a link");
    case.ask_about(&folder);
}
