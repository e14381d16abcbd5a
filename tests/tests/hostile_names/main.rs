//! A recording comes from a stranger, and every name in it is an attack. It goes through every view, in every format,
//! and through every command: what comes out is well-formed, says the names as they are where it is data, shows them
//! harmlessly where it is text, and lies where it was asked for.

mod attack;
mod commands;
mod damage;
mod form;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use afterwake_schema::streams::ALL;
use afterwake_tests::program::{self, Answer};
use arrow::ipc::reader::StreamReader;

use attack::{Attack, Poison, names, texts};

/// No answer about so small a recording takes longer, on whatever machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The lines of a header that say that `--svg` draws the view.
const PICTURES: [&str; 3] = ["-- render: stacks", "-- render: histogram", "-- chart:"];

/// Runs a program where the recording is `evil.wake`.
fn run(attack: &Attack, arguments: &[&str]) -> Output {
    let [mut stdout, mut stderr] = [(), ()].map(|()| tempfile::tempfile().expect("a file"));
    let copy = |file: &File| file.try_clone().expect("another handle");
    let mut command = program::command(arguments);
    command.current_dir(attack.place()).stdin(Stdio::null());
    command.stdout(copy(&stdout)).stderr(copy(&stderr));
    let begin = Instant::now();
    let mut running = command.spawn().expect("the program starts");
    let status = loop {
        match running.try_wait().expect("it is ours") {
            Some(status) => break status,
            None if begin.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(2)),
            None => {
                running.kill().expect("it is ours");
                running.wait().expect("it is ours");
                panic!("{arguments:?} took more than {PATIENCE:?}");
            }
        }
    };
    let [stdout, stderr] = [&mut stdout, &mut stderr].map(|file| {
        let mut bytes = Vec::new();
        file.rewind().and_then(|()| file.read_to_end(&mut bytes)).expect("readable");
        bytes
    });
    let said = String::from_utf8(stderr.clone()).expect("messages are text");
    form::is_plain(&said, arguments);
    let is_fault = said.contains("panicked") || said.contains("internal error");
    assert!(!is_fault, "{arguments:?}: {said}");
    Output { status, stdout, stderr }
}

fn answer(attack: &Attack, arguments: &[&str]) -> Answer {
    let answer = Answer::of(&run(attack, arguments));
    assert_eq!(answer.code, Some(0), "{arguments:?}: {}", answer.stderr);
    answer
}

/// The names of the views, each with its header.
fn views() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../queries");
    let mut views: Vec<_> = fs::read_dir(folder)
        .expect("the views")
        .flatten()
        .filter(|file| file.path().is_file())
        .map(|file| {
            let name = file.file_name().to_string_lossy().trim_end_matches(".sql").to_owned();
            (name, fs::read_to_string(file.path()).expect("text"))
        })
        .collect();
    views.sort();
    assert!(views.len() > 60, "only {} views", views.len());
    views
}

#[test]
fn text_obeys_nobody() {
    let attack = Attack::new();
    let before = attack.files();
    let mut shown = String::new();
    for (view, header) in views() {
        let mut forms = vec![vec![&*view, "evil.wake"]];
        if header.contains("-- render: stacks") {
            forms.push(vec![&*view, "evil.wake", "-f"]);
        }
        for arguments in forms {
            let text = answer(&attack, &arguments).stdout;
            form::is_plain(&text, &arguments);
            shown.push_str(&text);
        }
    }
    for arguments in
        [vec!["info", "evil.wake"], vec!["sql", "evil.wake", "SELECT * FROM recording"]]
    {
        let text = answer(&attack, &arguments).stdout;
        form::is_plain(&text, &arguments);
        shown.push_str(&text);
    }
    for stream in ALL {
        let arguments = ["sql", "evil.wake", &format!("SELECT * FROM {}", stream.name)];
        let text = answer(&attack, &arguments).stdout;
        form::is_plain(&text, &arguments);
    }
    for seen in ["<script>alert(1)</script>", "\\x1b[31m", "a\\nb\\rc", "../../etc/passwd"] {
        assert!(shown.contains(seen), "{seen} was nowhere to be seen");
    }
    assert!(attack.files() == before, "something was written");
}

#[test]
fn data_is_well_formed() {
    let attack = Attack::new();
    let before = attack.files();
    let mut filled = 0;
    for (view, _) in views() {
        let of = |format: &str| run(&attack, &[&view, "evil.wake", "--format", format]);
        let rows = Answer::of(&of("json")).rows().len();
        let csv = Answer::of(&of("csv")).good().stdout;
        form::is_plain(&csv, &[&view, "csv"]);
        assert_eq!(form::csv(&csv).len(), rows, "{view}: csv");
        let arrow = of("arrow");
        assert_eq!(arrow.status.code(), Some(0), "{view}: arrow");
        let reader = StreamReader::try_new(&*arrow.stdout, None).expect("an Arrow stream");
        let counts = reader.map(|batch| batch.expect("a batch").num_rows());
        assert_eq!(counts.sum::<usize>(), rows, "{view}: arrow");
        filled += usize::from(rows > 0);
    }
    assert!(filled > 50, "only {filled} views had anything to show");
    assert!(attack.files() == before, "something was written");
}

#[test]
fn pictures_are_only_pictures() {
    let attack = Attack::new();
    let before = attack.files();
    let mut drawn = 0;
    for (view, header) in views() {
        if !PICTURES.iter().any(|line| header.contains(line)) {
            continue;
        }
        answer(&attack, &[&view, "evil.wake", "--svg", "out/picture.svg"]);
        let file = attack.place().join("out/picture.svg");
        let picture = fs::read_to_string(&file).expect("the picture was written, and is text");
        form::is_xml(&picture, &view);
        for attack in ["<script>alert", "<svg onload"] {
            assert!(!picture.contains(attack), "{view}: {attack}");
        }
        drawn += 1;
        fs::remove_file(file).expect("writable");
    }
    assert!(drawn > 20, "only {drawn} pictures");
    assert_eq!(fs::read_dir(attack.place().join("out")).expect("a folder").count(), 0);
    assert!(attack.files() == before, "something was written elsewhere");
}

/// A number that cannot be gives a wrong figure, or one sentence where there is no figure at all.
#[test]
fn numbers_end_no_program() {
    let attack = Attack::with(Poison::Numbers);
    let mut answered = 0;
    for (view, header) in views() {
        let mut forms =
            vec![vec![&*view, "evil.wake"], vec![&*view, "evil.wake", "--format", "json"]];
        if PICTURES.iter().any(|line| header.contains(line)) {
            forms.push(vec![&*view, "evil.wake", "--svg", "-"]);
        }
        if header.contains("-- arg: INTERVAL") {
            forms.push(vec![&*view, "evil.wake", "1"]);
        }
        for arguments in forms {
            let answer = Answer::of(&run(&attack, &arguments));
            match answer.code {
                Some(0) => answered += 1,
                _ => assert_eq!(answer.code, Some(1), "{arguments:?}: {}", answer.stderr),
            }
        }
    }
    assert!(answered > 150, "only {answered} answers");
    answer(&attack, &["info", "evil.wake"]);
}

/// Data says every name as it is; in CSV, which people look at, what a terminal would obey is written out.
#[test]
fn names_come_back() {
    let attack = Attack::new();
    let names: BTreeSet<String> = names().into_iter().collect();
    for stream in ALL {
        for column in texts(stream) {
            let is_list = stream
                .arrow()
                .field_with_name(column)
                .is_ok_and(|field| !matches!(field.data_type(), arrow::datatypes::DataType::Utf8));
            let value = if is_list { format!("\"{column}\"[1]") } else { format!("\"{column}\"") };
            let sql =
                format!("SELECT {value} AS name FROM {} WHERE {value} IS NOT NULL", stream.name);
            let of = |format: &str| run(&attack, &["sql", "evil.wake", &sql, "--format", format]);
            let place = format!("{}.{column}", stream.name);

            let rows = Answer::of(&of("json")).rows();
            let json: BTreeSet<_> =
                rows.iter().filter_map(|row| row["name"].as_str()).map(String::from).collect();
            assert!(json.is_superset(&names), "{place}: {:?}", names.difference(&json));

            let arrow = of("arrow").stdout;
            let reader = StreamReader::try_new(&*arrow, None).expect("an Arrow stream");
            let arrow: BTreeSet<_> =
                reader.flat_map(|batch| form::texts(&batch.expect("a batch"))).collect();
            assert_eq!(arrow, json, "{place}");

            let csv = form::csv(&Answer::of(&of("csv")).good().stdout);
            let csv: BTreeSet<_> = csv.into_iter().map(|mut row| row.remove(0)).collect();
            let written: BTreeSet<_> = json.iter().map(|name| form::written_out(name)).collect();
            assert_eq!(csv, written, "{place}");
        }
    }
}

#[test]
fn the_shell_is_as_careful() {
    let attack = Attack::new();
    let mut command = program::command(["shell", "evil.wake"]);
    command.current_dir(attack.place()).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut shell = command.spawn().expect("the program starts");
    let mut input = shell.stdin.take().expect("a pipe");
    let script = "SELECT DISTINCT comm FROM thread;\nSELECT * FROM \"<script>\x1b[31m\";\n.schema \x1b[31m\n";
    std::io::Write::write_all(&mut input, script.as_bytes()).expect("it reads");
    drop(input);
    let answer = Answer::of(&shell.wait_with_output().expect("it ends"));
    form::is_plain(&answer.stdout, &["shell"]);
    form::is_plain(&answer.stderr, &["shell"]);
    assert!(answer.stdout.contains("<script>alert(1)</script>"), "{}", answer.stdout);
}
