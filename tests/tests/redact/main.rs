//! `afterwake redact`: nothing that was replaced is left in any byte, and the views still answer.

mod bytes;
mod planted;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use afterwake_schema::Content;
use afterwake_schema::recording::Manifest;
use afterwake_schema::streams::ALL;
use afterwake_tests::machine::contract;
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::recording::{self, Form};
use afterwake_tests::program::{Answer, afterwake, number, sql, view};
use tempfile::TempDir;

use planted::{ROWS, leaks, secret, sensitive};

const KEY: &[u8] = b"a key of 32 bytes for the tests.";

fn redact(recording: &Path, target: &Path, flags: &[&str]) -> Answer {
    let (recording, target) = (recording.to_string_lossy(), target.to_string_lossy());
    afterwake([&["redact", &recording, "-o", &target][..], flags].concat())
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// A recording with rows in every table that a machine fills.
fn everyday(directory: &Path) {
    let machine = generate::machine(3, Size { cpus: 2, threads: 8, steps: 400 });
    let form = Form { everyday: 60, sample_every: Some(1_000_000), ..Form::default() };
    recording::write(&machine, contract::rows(&machine), directory, form);
}

#[test]
fn every_text_column_says_what_is_in_it() {
    for stream in ALL {
        for column in stream.columns() {
            let is_text = format!("{:?}", column.data_type).contains("Utf8");
            let is_number = matches!(column.content, Content::Number);
            assert!(!(is_text && is_number), "{}.{} is text", stream.name, column.name);
        }
    }
}

#[test]
fn no_secret_survives_in_any_byte() {
    let folder = folder();
    let (before, after) = (folder.path().join("before.wake"), folder.path().join("after.wake"));
    fs::create_dir(&before).expect("the directory is writable");
    let secrets = sensitive(&before);
    assert!(secrets.len() > 40, "{secrets:?}");
    let there = leaks(&before, &secrets);
    for secret in &secrets {
        assert!(there.contains(secret), "the test does not see {secret}");
    }
    for number in ["user", "container", "namespace", "inode", "address"] {
        assert!(there.iter().any(|found| found.starts_with(number)), "{number}: {there:?}");
    }
    let answer = redact(&before, &after, &[]).good();
    assert_eq!(leaks(&after, &secrets), BTreeSet::new());
    let told = format!("{}{}", answer.stdout, answer.stderr);
    assert!(!secrets.iter().any(|secret| told.contains(secret.as_str())), "{told}");
    for stream in ALL {
        let count = format!("SELECT count(*) FROM \"{}\"", stream.name);
        assert_eq!(number(&after, &count), ROWS as i64, "{}", stream.name);
    }
    // A pack has the same files, stored as they are.
    let pack = folder.path().join("pack.wake");
    let arguments = ["pack".as_ref(), after.as_os_str(), "-o".as_ref(), pack.as_os_str()];
    afterwake(arguments).good();
    let packed = fs::read(&pack).expect("a pack");
    assert!(!secrets.iter().any(|secret| bytes::holds(&packed, secret.as_bytes())));
    let stored = fs::read(after.join("exec/000000.parquet")).expect("a segment");
    assert!(bytes::holds(&packed, &stored));
    for fate in ["addresses = \"prefix\"", "arguments = \"drop\"", "symbols = \"hash\""] {
        let (policy, after) = (folder.path().join("policy.toml"), folder.path().join(fate));
        fs::write(&policy, fate).expect("the file is writable");
        redact(&before, &after, &["--policy", &policy.to_string_lossy()]).good();
        assert_eq!(leaks(&after, &secrets), BTreeSet::new(), "{fate}");
    }
}

#[test]
fn a_policy_keeps_what_it_says() {
    let folder = folder();
    let (before, after) = (folder.path().join("before.wake"), folder.path().join("after.wake"));
    let policy = folder.path().join("policy.toml");
    fs::create_dir(&before).expect("the directory is writable");
    let secrets = sensitive(&before);
    let text =
        format!("users = \"keep\"\nports = \"drop\"\nwords = [\"{}\"]", secret("thread", "comm"));
    fs::write(&policy, text).expect("the file is writable");
    redact(&before, &after, &["--policy", &policy.to_string_lossy()]).good();
    let left = leaks(&after, &secrets);
    let expected = [secret("thread", "comm"), "user in binary".into(), "user in decimal".into()];
    assert_eq!(left, expected.into());
    let ports = "SELECT count(*) FROM sock WHERE endpoint LIKE '%:8443'";
    assert_eq!(number(&after, ports), 0);
    assert_eq!(number(&before, ports), 3);
}

#[test]
fn equal_keys_give_equal_pseudonyms() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    everyday(&at("before.wake"));
    fs::write(at("key"), KEY).expect("the file is writable");
    fs::write(at("other"), [7; 32]).expect("the file is writable");
    let names = |name: &str, key: Option<&str>| -> String {
        let key = key.map(|key| at(key).to_string_lossy().into_owned());
        let flags = key.as_ref().map_or(vec![], |key| vec!["--key", key.as_str()]);
        redact(&at("before.wake"), &at(name), &flags).good();
        let query = "SELECT DISTINCT comm, path, endpoint FROM path FULL JOIN sock USING (comm) ORDER BY 1, 2, 3";
        format!("{:?}", sql(&at(name), query))
    };
    let (one, same) = (names("one.wake", Some("key")), names("same.wake", Some("key")));
    assert_eq!(one, same);
    let (other, random) = (names("other.wake", Some("other")), names("random.wake", None));
    assert_ne!(one, other);
    assert_ne!(one, random);
    assert_ne!(random, names("again.wake", None));
    let uuid = |name: &str| Manifest::read(&at(name)).expect("a manifest").0.uuid;
    assert_eq!(uuid("one.wake"), uuid("same.wake"));
    assert_ne!(uuid("one.wake"), uuid("before.wake"));
}

#[test]
fn views_answer_as_before_under_other_names() {
    let folder = folder();
    let (before, after) = (folder.path().join("before.wake"), folder.path().join("after.wake"));
    everyday(&before);
    redact(&before, &after, &[]).good();
    for name in [
        "execsnoop",
        "opensnoop",
        "soconnect",
        "soaccept",
        "setuids",
        "filelife",
        "biosnoop",
        "iostat",
        "mpstat",
        "sartcp",
        "sardev",
        "hardirqs",
        "vmstat",
        "threadstates",
        "waitcause",
        "ext4slower",
        "dmesg",
        "killsnoop",
    ] {
        let (whole, redacted) = (view(name, &before, &[]), view(name, &after, &[]));
        assert!(!whole.is_empty(), "{name} has no rows to compare");
        assert_eq!(whole.len(), redacted.len(), "{name}");
    }
    // The shapes of the stacks: how deep, how many, how long.
    let shapes = |recording: &Path| -> Vec<(usize, String)> {
        let folded = afterwake(["offcputime", &recording.to_string_lossy(), "-f"]).good().stdout;
        let shape = |line: &str| {
            let (stack, time) = line.rsplit_once(' ').expect("a stack and its time");
            (stack.split(';').count(), time.to_owned())
        };
        let mut shapes: Vec<_> = folded.lines().map(shape).collect();
        shapes.sort();
        shapes
    };
    assert!(shapes(&before).len() > 10);
    assert_eq!(shapes(&before), shapes(&after));
    let info = afterwake([after.as_os_str()]).good().stdout;
    assert!(info.lines().any(|line| line.starts_with("redacted")), "{info}");
    assert!(!info.contains("synthetic"), "{info}");
}

#[test]
fn what_every_linux_has_stays_and_the_rest_does_not() {
    let folder = folder();
    let (before, after) = (folder.path().join("before.wake"), folder.path().join("after.wake"));
    everyday(&before);
    redact(&before, &after, &[]).good();
    for (query, message) in [
        (
            "SELECT count(*) FROM path WHERE fs IN ('ext4', 'xfs', 'btrfs', 'tmpfs')",
            "types of file systems",
        ),
        (
            "SELECT count(*) FROM frame WHERE space = 'kernel' AND name = 'do_syscall_64'",
            "kernel functions",
        ),
        ("SELECT count(*) FROM disk WHERE name = 'vda1'", "disks"),
        ("SELECT count(*) FROM syscall WHERE name = 'openat'", "system calls"),
        ("SELECT count(*) FROM counter WHERE key = 'eth0.rx_bytes'", "interfaces"),
        ("SELECT count(*) FROM hardirq WHERE name = 'virtio0-input.0'", "interrupts"),
        ("SELECT count(*) FROM thread WHERE comm LIKE 'cmd-________'", "threads"),
        ("SELECT count(*) FROM path WHERE path LIKE '/srv/f-________.db'", "files"),
        ("SELECT count(*) FROM exec WHERE filename LIKE '/usr/bin/f-________'", "programs"),
        (
            "SELECT count(*) FROM sock WHERE endpoint LIKE '240.%:443' OR endpoint LIKE '2__.%:443'",
            "addresses",
        ),
    ] {
        assert!(number(&after, query) > 0, "{message}: {query}");
    }
    for query in [
        "SELECT count(*) FROM path WHERE path LIKE '%data%'",
        "SELECT count(*) FROM kernel_log WHERE text <> ''",
        "SELECT count(*) FROM sock WHERE endpoint LIKE '10.1.2.3%'",
        "SELECT count(*) FROM thread WHERE NOT kernel AND comm NOT LIKE 'cmd-%'",
        "SELECT count(*) FROM exec WHERE uid = 1000",
    ] {
        assert!(number(&before, query) > 0, "{query} asks for nothing");
        assert_eq!(number(&after, query), 0, "{query}");
    }
    // Names that joins compare are equal still.
    let joined =
        "SELECT count(*) FROM wait JOIN thread USING (thread) WHERE wait.comm = thread.comm";
    assert_eq!(number(&before, joined), number(&after, joined));
    let names = "SELECT count(DISTINCT path) FROM path";
    assert_eq!(number(&before, names), number(&after, names));
}

#[test]
fn a_redaction_can_be_redacted_and_says_how_often() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    everyday(&at("before.wake"));
    redact(&at("before.wake"), &at("once.wake"), &[]).good();
    let answer = redact(&at("once.wake"), &at("twice.wake"), &["--symbols", "keep"]).good();
    let redacted =
        Manifest::read(&at("twice.wake")).expect("a manifest").0.redacted.expect("a note");
    assert_eq!(redacted.times, 2);
    assert_eq!(redacted.policy["symbols"], "keep");
    assert!(redacted.replaced["commands"]["wait"] > 0);
    assert!(!redacted.replaced.contains_key("symbols"));
    let counted = |table: &str| {
        let lines = answer.stdout.lines();
        lines.filter(|line| line.starts_with("commands") && line.contains(table)).count()
    };
    assert_eq!(counted("wait"), 1, "{}", answer.stdout);
    let count = "SELECT count(*) FROM wait";
    assert_eq!(number(&at("twice.wake"), count), number(&at("before.wake"), count));
}

#[test]
fn damage_is_left_out_and_named() {
    let folder = folder();
    let (before, after) = (folder.path().join("before.wake"), folder.path().join("after.wake"));
    everyday(&before);
    let torn = before.join("io/000000.parquet");
    let whole = fs::read(&torn).expect("a segment");
    for (name, bytes) in [
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("blank", {
            let mut bytes = whole.clone();
            bytes[4..200].fill(0xff);
            bytes
        }),
    ] {
        fs::write(&torn, bytes).expect("the segment is writable");
        let after = after.with_extension(name);
        let answer = redact(&before, &after, &[]).good();
        assert!(answer.stderr.contains("io/000000.parquet"), "{name}: {}", answer.stderr);
        assert_eq!(number(&after, "SELECT count(*) FROM io"), 0, "{name}");
        let told = afterwake(["readsizes", &after.to_string_lossy()]).good().stderr;
        assert!(told.contains("damaged files of io were left out: 1"), "{name}: {told}");
        let count = "SELECT count(*) FROM wait";
        assert_eq!(number(&after, count), number(&before, count), "{name}");
    }
}

#[test]
fn mistakes_are_named_and_leave_nothing_behind() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let before = folder.path().join("before.wake");
    everyday(&before);
    let printed = afterwake(["redact", "--print-policy"]).good().stdout;
    fs::write(at("default"), &printed).expect("the file is writable");
    redact(&before, Path::new(&at("default.wake")), &["--policy", &at("default")]).good();
    for (name, text, word) in [
        ("field", "colour = \"red\"", "colour"),
        ("fate", "commands = \"burn\"", "burn"),
        ("type", "words = 7", "line 1"),
        ("syntax", "= =", "line 1"),
        ("empty-key", "", "16"),
    ] {
        fs::write(at(name), text).expect("the file is writable");
        let flag = if name == "empty-key" { "--key" } else { "--policy" };
        let answer = redact(&before, Path::new(&at("after.wake")), &[flag, &at(name)]).bad(2);
        assert!(answer.stderr.contains(word), "{name}: {}", answer.stderr);
        assert_eq!(answer.stderr.lines().count(), 2, "{name}: {}", answer.stderr);
    }
    redact(&before, &before, &[]).bad(1);
    assert_eq!(afterwake(["redact", "-o", &at("after.wake")]).code, Some(2));
    let left: BTreeSet<_> = fs::read_dir(folder.path())
        .expect("the folder")
        .flatten()
        .collect::<Vec<_>>()
        .into_iter()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(!left.iter().any(|name| name.contains("after")), "{left:?}");
}
