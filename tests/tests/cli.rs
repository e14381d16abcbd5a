//! The command line of `afterwake`: help, mistakes, pipes and formats.

use std::io::Read;
use std::process::{Command, Stdio};

use afterwake_schema::streams::ALL;
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::world::World;
use afterwake_tests::oracle::Kind;
use afterwake_tests::oracle::sums::time_in;
use afterwake_tests::program::{self, afterwake};
use arrow::ipc::reader::StreamReader;

const SIZE: Size = Size { cpus: 2, threads: 8, steps: 400 };

fn world() -> (World, String) {
    let world = World::of(generate::machine(2, SIZE));
    let path = world.path().to_string_lossy().into_owned();
    (world, path)
}

/// The names of the view files of the repository.
fn view_names() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../queries");
    let files = std::fs::read_dir(folder).expect("the views").flatten();
    let name =
        |file: std::fs::DirEntry| Some(file.file_name().to_str()?.strip_suffix(".sql")?.to_owned());
    let mut names: Vec<String> = files.filter_map(name).collect();
    names.sort();
    assert!(names.len() > 5, "{names:?}");
    names
}

#[test]
fn help_is_complete() {
    let help = afterwake(["--help"]).good().stdout;
    for word in ["info", "sql", "shell", "views", "schema", "completions", "man"] {
        assert!(help.contains(word), "{word} is not in the help");
    }
    for name in view_names() {
        let help = afterwake([name.as_str(), "--help"]).good().stdout;
        for word in ["RECORDING", "--from", "--to", "--format"] {
            assert!(help.contains(word), "{name} --help does not tell of {word}");
        }
    }
    assert!(afterwake(["--version"]).good().stdout.starts_with("afterwake "));
}

#[test]
fn views_lists_every_view() {
    let listed = afterwake(["views"]).good().stdout;
    for name in view_names() {
        assert!(listed.lines().any(|line| line.contains(&name)), "{name} is not listed");
    }
}

#[test]
fn schema_lists_every_table_and_column() {
    let listed = afterwake(["schema"]).good().stdout;
    for stream in ALL {
        assert!(listed.contains(stream.name), "{} is not listed", stream.name);
        let table = afterwake(["schema", stream.name]).good().stdout;
        for column in stream.columns() {
            assert!(table.contains(column.name), "{}.{}", stream.name, column.name);
        }
    }
    afterwake(["schema", "wiat"]).bad(2);
}

#[test]
fn a_misspelt_view_is_suggested() {
    let (_world, path) = world();
    for (wrong, right) in [("chaingrap", "chaingraph"), ("offcputme", "offcputime")] {
        let answer = afterwake([wrong, &path]).bad(2);
        assert!(answer.stderr.contains(right), "{}", answer.stderr);
    }
}

#[test]
fn mistakes_exit_with_two() {
    let (_world, path) = world();
    for arguments in [
        vec!["offcputime", path.as_str(), "--no-such-flag"],
        vec!["offcputime", &path, "-p", "many"],
        vec!["offcputime"],
        vec!["sql", &path],
        vec!["offcputime", &path, "--format", "xml"],
        vec!["offcputime", &path, "--from", "yesterday"],
        vec!["completions", "tcsh2"],
    ] {
        let answer = afterwake(&arguments);
        assert_eq!(answer.code, Some(2), "{arguments:?}: {}", answer.stderr);
        assert!(answer.stderr.contains("error: "), "{arguments:?}: {}", answer.stderr);
        assert_eq!(answer.stdout, "", "{arguments:?}");
    }
}

#[test]
fn bad_sql_is_one_sentence() {
    let (_world, path) = world();
    for query in ["SELECT", "SELECT nothing FROM wait", "SELECT * FROM nowhere", "EXPLODE wait"] {
        let answer = afterwake(["sql", &path, query]).bad(1);
        assert!(answer.stderr.lines().count() <= 4, "{}", answer.stderr);
    }
    let answer = afterwake(["sql", &path, "SELECT of_ts FROM wait"]).bad(1);
    assert!(answer.stderr.contains("off_ts"), "no suggestion: {}", answer.stderr);
}

/// As some program may write them, as long as an argument can be.
#[test]
fn a_statement_without_end_is_refused() {
    let (_world, path) = world();
    let chain =
        |times: usize| format!("SELECT count(*) FROM wait WHERE true{}", " OR true".repeat(times));
    let answer = afterwake(["sql", &path, &chain(14_000)]).bad(1);
    assert!(answer.stderr.contains("over 1000 operators one upon the other"), "{}", answer.stderr);
    afterwake(["sql", &path, &chain(900)]).good();
}

#[test]
fn a_statement_before_the_recording_is_no_recording() {
    let (_world, path) = world();
    let answer = afterwake(["sql", "SELECT 1", &path]).bad(2);
    assert!(answer.stderr.contains("hint: the recording comes first"), "{}", answer.stderr);
    let answer = afterwake(["diff", &path, &path, "offcputime"]).bad(2);
    assert!(answer.stderr.contains("hint: the view comes first"), "{}", answer.stderr);
    let answer = afterwake(["runqlat", &path, "--from", "2ms", "--to", "1ms"]).bad(2);
    assert!(answer.stderr.contains("--from lies after --to"), "{}", answer.stderr);
}

#[test]
fn a_recording_alone_is_its_overview() {
    let (_world, path) = world();
    let info = afterwake(["info", &path]).good().stdout;
    assert_eq!(info, afterwake([&path]).good().stdout);
    assert!(info.lines().count() < 100);
    assert!(info.contains("synthetic") && info.contains("6.18.0"), "{info}");
}

/// `0.180` out of `… 0.180 s running …`, in nanoseconds.
fn seconds(text: &str, word: &str) -> u64 {
    let end = text.find(&format!(" s {word}")).unwrap_or_else(|| panic!("no {word} in {text}"));
    let number = text[..end].rsplit(' ').next().unwrap_or_default();
    (number.parse::<f64>().expect("seconds") * 1e9).round() as u64
}

#[test]
fn the_overview_adds_up() {
    let (world, path) = world();
    let info = afterwake(["info", &path]).good().stdout;
    let time = |of: fn(Kind) -> bool| -> u64 {
        (0..world.machine.threads.len()).map(|one| time_in(&world.timeline, one, of)).sum()
    };
    for (word, expected) in [
        ("running", time(|kind| kind == Kind::Running)),
        ("runnable", time(|kind| matches!(kind, Kind::Woken | Kind::New | Kind::Preempted))),
        ("blocked", time(|kind| matches!(kind, Kind::Blocked(_)))),
    ] {
        let off = seconds(&info, word).abs_diff(expected);
        assert!(off <= 500_000, "{word} should be {expected} ns: {info}");
    }
}

#[test]
fn a_closed_pipe_is_silence() {
    let (_world, path) = world();
    let long = "SELECT a.* FROM wait a CROSS JOIN (SELECT seq FROM wait LIMIT 300)";
    for arguments in [vec!["sql", path.as_str(), long], vec!["chaingraph", &path], vec!["views"]] {
        let mut child = program::command(&arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdout = child.stdout.take().expect("a pipe");
        let mut first = [0; 16];
        stdout.read_exact(&mut first).expect("some output");
        drop(stdout);
        let mut stderr = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("text");
        child.wait().expect("it ends");
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert!(!stderr.to_lowercase().contains("broken pipe"), "{stderr}");
    }
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut child =
        program::command(["info", "nowhere.wake"]).stderr(writer).spawn().expect("it starts");
    assert_eq!(child.wait().expect("it ends").code(), Some(1), "nobody reads its complaint");
}

#[test]
fn every_format_tells_the_same() {
    let (world, path) = world();
    let query = "SELECT thread, seq, comm, off_ts, preempted FROM wait ORDER BY thread, seq";
    let json = program::sql(world.path(), query);
    let csv = afterwake(["sql", &path, query, "--format", "csv"]).good().stdout;
    assert_eq!(csv.lines().count(), json.len() + 1);
    assert_eq!(csv.lines().next(), Some("thread,seq,comm,off_ts,preempted"));
    let table = afterwake(["sql", &path, query]).good().stdout;
    assert!(table.lines().count() > json.len(), "{table}");
    let output = program::command(["sql", &path, query, "--format", "arrow"]).output();
    let output = output.expect("the program starts");
    let batches = StreamReader::try_new(&output.stdout[..], None).expect("an Arrow stream");
    let rows: usize = batches.map(|batch| batch.expect("a batch").num_rows()).sum();
    assert_eq!(rows, json.len());
}

#[test]
fn no_rows_still_have_a_heading() {
    let (_world, path) = world();
    let query = "SELECT thread, comm FROM wait WHERE false";
    let csv = afterwake(["sql", &path, query, "--format", "csv"]).good().stdout;
    assert_eq!(csv.trim(), "thread,comm");
    let json = afterwake(["sql", &path, query, "--format", "json"]).good().stdout;
    assert_eq!(json.split_whitespace().collect::<String>(), "[]");
}

#[test]
fn completions_and_manual_pages_are_made() {
    for shell in ["bash", "zsh", "fish"] {
        let text = afterwake(["completions", shell]).good().stdout;
        assert!(text.contains("offcputime"), "{shell}");
    }
    assert!(afterwake(["man"]).good().stdout.contains(".TH"));
    assert!(afterwake(["man", "chaingraph"]).good().stdout.contains("unbounded"));
    afterwake(["man", "chaingrap"]).bad(2);
    // Of the recorder too, which lies on the hosts.
    let recorder = |what: &str| {
        let mut command = Command::new(program::path("afterwake-record"));
        let output = command.args(["--generate", what]).output().expect("the program starts");
        program::Answer::of(&output).good().stdout
    };
    let page = recorder("man");
    assert!(page.contains(".TH") && page.contains("COMMAND"), "{page}");
    for shell in ["bash", "zsh", "fish"] {
        let text = recorder(shell);
        assert!(text.contains("afterwake-record") && text.contains("stack-min"), "{shell}: {text}");
    }
}

#[test]
fn the_recorder_says_what_there_is_to_choose() {
    let recorder = |words: &[&str]| {
        let mut command = Command::new(program::path("afterwake-record"));
        command.args(words);
        command
    };
    let ask = |words: &[&str]| program::Answer::of(&recorder(words).output().expect("it starts"));
    assert!(
        ask(&["-e", "wait,blockio"])
            .bad(2)
            .stderr
            .contains("hint: a similar value exists: 'block_io'")
    );
    assert!(ask(&["-e", "nothing"]).bad(2).stderr.contains("hint: it is one of wait, sample"));
    assert!(
        ask(&["--profile", "none"]).bad(2).stderr.contains("hint: it is one of default, sched")
    );
    assert!(ask(&["-p", "1"]).bad(2).stderr.contains("hint: the whole machine is recorded"));
    assert!(ask(&["-e", "wait", "sample"]).bad(2).stderr.contains("-e wait,sample"));
    assert!(ask(&["--for", "0s"]).bad(2).stderr.contains("is no time to record"));
    // Nobody reads on.
    for words in [&["--list"][..], &["--generate", "man"]] {
        let (_, closed) = std::io::pipe().expect("a pipe");
        let mut command = recorder(words);
        let output = command.stdout(closed).stderr(Stdio::piped()).output().expect("it starts");
        assert!(output.status.success() && output.stderr.is_empty(), "{words:?}: {output:?}");
    }
}

#[test]
fn a_folder_of_own_views_works_like_ours() {
    let (_world, path) = world();
    let folder = tempfile::tempdir().expect("a temporary directory");
    let text = "-- Waits of one state.\n--\n-- group: own\n-- needs: wait\n\
                -- flag: --state BITS INT -- Only waits in these states (default 1).\n\
                -- column: waits -- How many.\n-- render: table\n\
                SELECT count(*) AS waits FROM wait WHERE state & $state <> 0\n";
    std::fs::write(folder.path().join("statewaits.sql"), text).expect("writable");
    let views = folder.path().to_string_lossy().into_owned();
    let ask = |flags: &[&str]| {
        let arguments = [&["statewaits", &path, "--format", "csv"][..], flags].concat();
        let mut command = program::command(arguments);
        let output = command.env("AFTERWAKE_VIEWS", &views).output().expect("it starts");
        program::Answer::of(&output)
    };
    let one = ask(&[]).good().stdout;
    assert!(one.starts_with("waits\n"), "{one}");
    assert_ne!(one, ask(&["--state", "2"]).good().stdout);
    std::fs::write(folder.path().join("statewaits.sql"), text.replace("needs", "neds"))
        .expect("ok");
    let answer = ask(&[]);
    assert_ne!(answer.code, Some(0));
    assert!(answer.stderr.contains("neds"), "{}", answer.stderr);
}

/// The recording may come first, and a flag that a view has not is answered with what helps.
#[test]
fn what_can_mean_only_one_thing_is_done() {
    let (_world, path) = world();
    let one = afterwake(["runqlat", &path]).good().stdout;
    assert_eq!(afterwake([&path, "runqlat"]).good().stdout, one);
    let refused = afterwake(["runqslower", &path, "--nonsense"]).bad(2).stderr;
    assert!(refused.contains("hint: `afterwake runqslower --help`"), "{refused}");
    for words in [&["runqlat", "1", "5"][..], &["checklist", "30s"]] {
        let refused = afterwake([words, &[&path]].concat()).bad(2).stderr;
        assert!(refused.contains("hint: the recording comes first"), "{refused}");
    }
    let refused = afterwake(["runqlat", &path, "--pid", &path]).bad(2).stderr;
    assert!(!refused.contains("hint: the recording comes first"), "{refused}");
    let refused = afterwake(["opensnoop", &path, "--svg", "x.svg"]).bad(2).stderr;
    assert!(refused.contains("hint: this view is a table"), "{refused}");
}
