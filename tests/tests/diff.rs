//! `afterwake diff`: what is known to differ is what is shown, with its sign, per second, and nothing else.

use std::fs;
use std::path::Path;
use std::process::Command;

use afterwake_schema::recording::{COMPLETE, Manifest};
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::recording::{self, Form};
use afterwake_tests::machine::world::World;
use afterwake_tests::machine::{contract, script};
use afterwake_tests::program::{Answer, afterwake};
use serde_json::Value;
use tempfile::TempDir;

/// Each of two threads runs, sleeps once and runs again. In milliseconds: how long `sleeper` sleeps, how long it then
/// waits for its CPU, and how long all of it takes.
fn pair_of_threads(sleep: f64, wait: f64, stop: f64) -> String {
    let woken = 10.0 + sleep;
    let runs = woken + wait;
    format!(
        "cpus 2
         0 cpu0: idle -> steady
         0 cpu1: idle -> sleeper
         10 cpu0: steady -> idle S
         10 cpu1: sleeper -> idle S
         20 hardirq:hrtimer wakes steady
         20 cpu0: idle -> steady
         {woken} hardirq:hrtimer wakes sleeper @1
         {runs} cpu1: idle -> sleeper
         stop {stop}"
    )
}

fn world(sleep: f64, wait: f64, stop: f64) -> World {
    World::scripted(&pair_of_threads(sleep, wait, stop))
}

fn diff(view: &str, a: &Path, b: &Path, flags: &[&str]) -> Answer {
    let (a, b) = (a.to_string_lossy(), b.to_string_lossy());
    afterwake([&["diff", view, &a, &b][..], flags].concat())
}

fn rows(view: &str, a: &Path, b: &Path, flags: &[&str]) -> Vec<Value> {
    diff(view, a, b, &[&["--format", "json"], flags].concat()).rows()
}

#[track_caller]
fn near(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((value - expected).abs() < 1e-6 * expected.abs().max(1.0), "{value}, not {expected}");
}

#[test]
fn a_thread_that_sleeps_twice_as_long_is_what_grew() {
    let (a, b) = (world(10.0, 0.0, 100.0), world(20.0, 0.0, 100.0));
    let stacks = rows("offcputime", a.path(), b.path(), &["--stacks"]);
    assert_eq!(stacks.len(), 2, "{stacks:?}");
    assert!(stacks[0]["stack"].as_str().is_some_and(|stack| stack.starts_with("sleeper;")));
    near(&stacks[0]["a"], 100_000.0);
    near(&stacks[0]["b"], 200_000.0);
    near(&stacks[0]["change"], 100_000.0);
    near(&stacks[0]["change_pct"], 100.0);
    near(&stacks[1]["change"], 0.0);

    let functions = rows("offcputime", a.path(), b.path(), &[]);
    for function in &functions {
        let name = function["function"].as_str().expect("a name");
        let expected = if name.starts_with("steady") { 0.0 } else { 100_000.0 };
        near(&function["total_change"], expected);
        // Only `schedule` is a leaf, and it is of both.
        let expected = if name == "schedule" { [200_000.0, 300_000.0] } else { [0.0, 0.0] };
        near(&function["self_a"], expected[0]);
        near(&function["self_b"], expected[1]);
    }
    let own = rows("offcputime", a.path(), b.path(), &["--self", "--limit", "1"]);
    assert_eq!((own.len(), own[0]["function"].as_str()), (1, Some("schedule")));

    let folded = diff("offcputime", a.path(), b.path(), &["-f"]).good().stdout;
    let ends: Vec<_> = folded.lines().map(|line| line.split_once(' ').expect("values").1).collect();
    assert_eq!(ends, ["10000 20000", "10000 10000"], "{folded}");

    let states = rows("threadstates", a.path(), b.path(), &[]);
    let of = |measure: &str, comm: &str| {
        let found = states.iter().find(|row| row["measure"] == measure && row["comm"] == comm);
        found.unwrap_or_else(|| panic!("no {measure} of {comm}: {states:?}"))["change"].clone()
    };
    near(&of("blocked_s/s", "sleeper"), 0.1);
    near(&of("running_s/s", "sleeper"), -0.1);
    near(&of("blocked_s/s", "steady"), 0.0);
}

#[test]
fn a_histogram_that_moves_by_a_bucket_shows_two_changes() {
    let (a, b) = (world(10.0, 0.003, 100.0), world(10.0, 0.006, 100.0));
    let buckets = rows("runqlat", a.path(), b.path(), &[]);
    let of = |bucket: i64| {
        let found = buckets.iter().find(|row| row["bucket"] == bucket);
        found.unwrap_or_else(|| panic!("no bucket {bucket}: {buckets:?}"))
    };
    assert_eq!(buckets.len(), 3, "{buckets:?}");
    near(&of(0)["change"], 0.0);
    for (bucket, sign) in [(2, -1.0), (4, 1.0)] {
        near(&of(bucket)["change"], sign * 10.0);
        let shares = [&of(bucket)["a_share_pct"], &of(bucket)["b_share_pct"]];
        let (with, without) =
            if sign < 0.0 { (shares[0], shares[1]) } else { (shares[1], shares[0]) };
        assert!(with.as_f64() > Some(10.0), "{with}");
        near(without, 0.0);
    }
    let text = diff("runqlat", a.path(), b.path(), &[]).good().stdout;
    let line = |edge: &str| {
        let found = text.lines().find(|line| line.contains(edge));
        found.unwrap_or_else(|| panic!("no {edge} in {text}"))
    };
    assert!(line("2 -> 3").contains("-10.000") && line("4 -> 7").contains("+10.000"), "{text}");
    assert!(line("2 -> 3").contains("***"), "{text}");
    assert!(line("   all").contains("+0.000"), "{text}");
}

#[test]
fn twice_the_same_in_twice_the_time_is_no_change() {
    let once = pair_of_threads(10.0, 0.0, 100.0);
    let one = World::scripted(&once);
    // The same once more, 100 ms later.
    let mut twice = script::machine(&once);
    let again = twice.events.clone().into_iter().map(|mut event| {
        event.ts += 100_000_000;
        event
    });
    // The CPUs are busy at the seam: nothing switches there.
    let again: Vec<_> = again.filter(|event| event.ts > 100_000_000).collect();
    twice.events.extend(again);
    twice.stop *= 2;
    let two = World::of(twice);
    let answer = diff("offcputime", one.path(), two.path(), &["--stacks"]).good();
    let headline = answer.stdout.lines().next().expect("a first line").to_owned();
    for said in ["per second of the window", "A 0.100 s of", "B 0.200 s of"] {
        assert!(headline.contains(said), "{headline}");
    }
    assert!(answer.stderr.contains("nothing changed"), "{}", answer.stderr);
    for row in rows("offcputime", one.path(), two.path(), &["--stacks"]) {
        near(&row["change"], 0.0);
    }
    for row in rows("offcputime", one.path(), two.path(), &["--stacks", "--raw"]) {
        near(&row["change"], 10_000.0);
    }
    let answer = diff("offcputime", one.path(), two.path(), &["--raw"]).good();
    assert!(answer.stdout.lines().next().is_some_and(|line| line.contains("as recorded")));
    let folded = |flags: &[&str]| diff("offcputime", one.path(), two.path(), flags).good().stdout;
    assert!(folded(&["-f"]).lines().all(|line| line.ends_with(" 20000 20000")));
    assert!(folded(&["-f", "--raw"]).lines().all(|line| line.ends_with(" 10000 20000")));
    assert!(answer.stderr.contains("A: ") && answer.stderr.contains("2 CPUs"), "{}", answer.stderr);
}

#[test]
fn each_side_has_its_own_window() {
    let one = world(10.0, 0.0, 100.0);
    let halves = ["--stacks", "--to-a", "50ms", "--from-b", "50ms"];
    let rows = rows("offcputime", one.path(), one.path(), &halves);
    assert_eq!(rows.len(), 2, "{rows:?}");
    for row in &rows {
        near(&row["change"], -200_000.0);
        near(&row["b"], 0.0);
    }
}

/// Two recordings with something for every view to show.
fn busy() -> [TempDir; 2] {
    [1, 2].map(|seed| {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let size = Size { cpus: 2, threads: 8, steps: 400 * seed as usize };
        let machine = generate::machine(seed, size);
        let form = Form {
            sample_every: Some(997_000),
            counters: true,
            everyday: 60 + 40 * seed,
            ..Form::default()
        };
        recording::write(&machine, contract::rows(&machine), directory.path(), form);
        directory
    })
}

fn views() -> Vec<String> {
    let listed = afterwake(["views"]).good().stdout;
    let named = listed.lines().filter_map(|line| line.strip_prefix("  "));
    named.filter_map(|line| line.split_whitespace().next().map(String::from)).collect()
}

/// A line of an event or of the kernel's log has no counterpart, and a page of views no sum.
const INCOMPARABLE: [&str; 2] = ["checklist", "dmesg"];

/// The columns that tell rows apart, as text.
fn identity(row: &Value) -> String {
    let figures = ["a", "b", "change", "change_pct", "a_share_pct", "b_share_pct"];
    let is_figure = |name: &String| {
        let name = name.trim_start_matches("self_").trim_start_matches("total_");
        figures.contains(&name)
    };
    let columns = row.as_object().expect("a row").iter().filter(|(name, _)| !is_figure(name));
    columns.map(|(name, value)| format!("{name}={value} ")).collect()
}

#[test]
fn every_view_compares_or_says_why_not() {
    let [a, b] = busy();
    let mut with_changes = 0;
    for view in views() {
        if INCOMPARABLE.contains(&&*view) {
            diff(&view, a.path(), b.path(), &[]).bad(1);
            continue;
        }
        let there = rows(&view, a.path(), b.path(), &[]);
        let back = rows(&view, b.path(), a.path(), &[]);
        assert_eq!(there.len(), back.len(), "{view}");
        for row in &there {
            let counterpart = back.iter().find(|other| identity(other) == identity(row));
            let counterpart = counterpart.unwrap_or_else(|| panic!("{view}: no {row} in {back:?}"));
            for before in ["", "self_", "total_"] {
                let figure = |row: &Value, name: &str| row[format!("{before}{name}")].as_f64();
                assert_eq!(figure(row, "a"), figure(counterpart, "b"), "{view}: {row}");
                let change = figure(row, "change");
                assert_eq!(change, figure(counterpart, "change").map(|change| -change), "{view}");
                with_changes += usize::from(change.is_some_and(|change| change != 0.0));
            }
        }
        for row in rows(&view, a.path(), a.path(), &[]) {
            for name in ["change", "self_change", "total_change"] {
                assert!(row[name].as_f64().is_none_or(|change| change == 0.0), "{view}: {row}");
            }
        }
        let text = diff(&view, a.path(), b.path(), &[]).good().stdout;
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with(&format!("{view}: ")) && first.contains("per second"), "{first}");
        assert_eq!(text, diff(&view, a.path(), b.path(), &[]).good().stdout, "{view} twice");
    }
    assert!(with_changes > 500, "the machines differ in {with_changes} figures only");
}

#[test]
fn the_picture_is_red_where_b_has_more() {
    let (a, b) = (world(10.0, 0.0, 100.0), world(20.0, 0.0, 100.0));
    let place = tempfile::tempdir().expect("a temporary directory");
    let draw = |a: &World, b: &World| {
        let file = place.path().join("change.svg");
        let name = file.to_string_lossy().into_owned();
        diff("offcputime", a.path(), b.path(), &["--svg", &name]).good();
        let script = "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])";
        let parsed = Command::new("python3").args(["-c", script, &name]).output();
        Answer::of(&parsed.expect("python3 starts")).good();
        fs::read_to_string(&file).expect("the picture was written")
    };
    let grew = draw(&a, &b);
    let fills = |picture: &str, colour: fn(u32, u32) -> bool| {
        picture.split("fill=\"rgb(").skip(1).any(|rest| {
            let mut numbers =
                rest.split([',', ')']).map(|number| number.parse::<u32>().unwrap_or(0));
            let (red, _, blue) = (numbers.next(), numbers.next(), numbers.next());
            colour(red.unwrap_or(0), blue.unwrap_or(0))
        })
    };
    assert!(grew.contains("sleeper_work") && grew.contains("B against A"));
    assert!(fills(&grew, |red, blue| red == 255 && blue < 250), "nothing is red");
    assert!(!fills(&grew, |red, blue| blue == 255 && red < 250), "something is blue");
    let shrank = draw(&b, &a);
    assert!(fills(&shrank, |red, blue| blue == 255 && red < 250), "nothing is blue");
}

#[test]
fn what_one_recording_has_not_is_empty_and_said() {
    let (a, b) = (world(10.0, 0.0, 100.0), world(20.0, 0.0, 100.0));
    fs::remove_dir_all(b.path().join("wait")).expect("remove");
    let answer = diff("offcputime", a.path(), b.path(), &["--stacks"]).good();
    assert!(answer.stderr.contains("B has no rows of wait"), "{}", answer.stderr);
    for row in rows("offcputime", a.path(), b.path(), &["--stacks"]) {
        near(&row["change"], -100_000.0);
    }
    let refuse = |world: &World| {
        let (mut manifest, _) = Manifest::read(world.path()).expect("a manifest");
        for state in manifest.streams.iter_mut().filter(|state| state.name == "wait") {
            state.on = false;
        }
        manifest.write(world.path(), true).expect("the manifest is writable");
    };
    refuse(&b);
    let answer = diff("runqlat", a.path(), b.path(), &[]).good();
    assert!(answer.stderr.contains("B counts as empty: runqlat needs"), "{}", answer.stderr);
    fs::remove_dir_all(a.path().join("wait")).expect("remove");
    refuse(&a);
    diff("runqlat", a.path(), b.path(), &[]).bad(1);
    // An older recorder knew fewer streams and wrote fewer keys.
    let text = fs::read_to_string(a.path().join(COMPLETE)).expect("a manifest");
    let mut older: Value = serde_json::from_str(&text).expect("JSON");
    older["streams"] = Value::Array(Vec::new());
    older["options"] = Value::Object(serde_json::Map::new());
    fs::write(a.path().join(COMPLETE), older.to_string()).expect("writable");
    diff("runqlat", a.path(), world(10.0, 0.0, 100.0).path(), &[]).good();
}

#[test]
fn several_recordings_are_one_side() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let machine = script::machine(&pair_of_threads(10.0, 0.0, 100.0));
    for host in ["alpha", "beta"] {
        let form = Form { host, ..Form::default() };
        let path = folder.path().join(format!("{host}.wake"));
        recording::write(&machine, contract::rows(&machine), &path, form);
    }
    let one = world(10.0, 0.0, 100.0);
    let answer = diff("offcputime", one.path(), folder.path(), &[]).good();
    assert!(answer.stderr.contains("host alpha, beta, 4 CPUs"), "{}", answer.stderr);
    assert!(answer.stderr.contains("A has 2 CPUs, B 4"), "{}", answer.stderr);
    for row in rows("offcputime", one.path(), folder.path(), &["--stacks"]) {
        near(&row["change_pct"], 100.0);
    }
}

/// A view of the user's own, with what a `compare` line can say.
#[test]
fn a_header_says_how_rows_are_compared() {
    let views = tempfile::tempdir().expect("a temporary directory");
    let text = "-- Waits by length.\n--\n-- group: own\n-- needs: wait\n\
        -- flag: -r, --rows N INT -- So many rows (default 1)\n\
        -- column: comm -- Name.\n-- column: waits -- How many.\n-- column: ms -- How long.\n\
        -- compare: rows, sum waits, rate waits, mean ms over waits by comm with rows\n-- render: table\n\
        SELECT comm, waits, ms FROM (VALUES ('a', 1, 10.0), ('a', 3, 30.0), ('b', 2, 5.0)) AS t(comm, waits, ms)\n\
        WHERE comm = 'a' OR $stop - $start > 150000000\nLIMIT $rows\n";
    fs::write(views.path().join("own.sql"), text).expect("writable");
    let (a, b) = (world(10.0, 0.0, 100.0), world(10.0, 0.0, 200.0));
    let ask = |view: &str, flags: &[&str]| {
        let (a, b) = (a.path().to_string_lossy(), b.path().to_string_lossy());
        let folder = views.path().to_string_lossy();
        afterwake([&["--views", &folder, "diff", view, &a, &b][..], flags].concat())
    };
    let rows = ask("own", &["--format", "json"]).rows();
    let of = |measure: &str, comm: &str, side: &str| {
        let found = rows.iter().find(|row| row["measure"] == measure && row["comm"] == comm);
        found.unwrap_or_else(|| panic!("no {measure} of {comm}: {rows:?}"))[side].clone()
    };
    near(&of("rows/s", "a", "a"), 20.0);
    near(&of("rows/s", "a", "b"), 10.0);
    near(&of("waits/s", "a", "change"), -20.0);
    near(&of("waits", "a", "change"), 0.0);
    near(&of("mean ms", "a", "a"), 25.0);
    near(&of("rows/s", "b", "change"), 5.0);
    assert!(of("mean ms", "b", "a").is_null() && of("mean ms", "b", "change").is_null());
    let limited = ask("own", &["--format", "json", "--rows", "1", "--raw"]).rows();
    assert_eq!(limited[0]["a"].as_f64(), Some(1.0), "{limited:?}");
    fs::write(views.path().join("own.sql"), text.replace("-- compare", "--  no comparison"))
        .expect("ok");
    let refused = ask("own", &[]).bad(1).stderr;
    assert!(refused.contains("`compare: …`"), "{refused}");
    fs::write(views.path().join("own.sql"), text.replace("sum waits", "sum naps"))
        .expect("writable");
    assert!(ask("own", &[]).stderr.contains("compare names naps"));
}

#[test]
fn mistakes_are_told_with_advice() {
    let one = world(10.0, 0.0, 100.0);
    let path = one.path().to_string_lossy().into_owned();
    for arguments in [
        vec!["diff"],
        vec!["diff", "offcputime"],
        vec!["diff", "offcputime", &path],
        vec!["diff", "offcputme", &path, &path],
        vec!["diff", "offcputime", &path, &path, "--no-such-flag"],
        vec!["diff", "offcputime", &path, &path, "-p", "many"],
        vec!["diff", "offcputime", &path, &path, "--from", "3s"],
        vec!["diff", "offcputime", &path, &path, "--limit", "0"],
        vec!["diff", "offcputime", &path, &path, "-f", "--format", "csv"],
        vec!["diff", "runqlat", &path, &path, "--svg", "x.svg"],
    ] {
        let answer = afterwake(&arguments).bad(2);
        assert_eq!(answer.stdout, "", "{arguments:?}");
    }
    afterwake(["diff", "offcputime", &path, "nowhere.wake"]).bad(1);
    let help = afterwake(["diff", "runqlat", "--help"]).good().stdout;
    for word in ["--pid", "--from-a", "--raw", "--limit", "<A>", "<B>"] {
        assert!(help.contains(word), "{word}: {help}");
    }
    assert!(!help.contains("INTERVAL") && !help.contains("--svg"), "{help}");
    let help = afterwake(["diff", "--help"]).good().stdout;
    assert!(help.contains("--svg") && help.contains("VIEW A B"), "{help}");
    // An option may stand anywhere.
    let before = afterwake(["diff", "--limit=1", "offcputime", &path, &path, "--format", "csv"]);
    assert_eq!(before.good().stdout.lines().count(), 2);
}

#[test]
fn names_from_a_recording_are_harmless() {
    let mut machine = script::machine(&pair_of_threads(10.0, 0.003, 100.0));
    machine.threads[0].name = "\u{1b}[31m<script>\u{202e}".into();
    let hostile = World::of(machine);
    let one = world(10.0, 0.0, 100.0);
    let svg = hostile.path().join("x.svg").to_string_lossy().into_owned();
    for (view, flags) in [
        ("offcputime", &["--stacks"][..]),
        ("offcputime", &["-f"]),
        ("cpudist", &["-P"]),
        ("threadstates", &[]),
    ] {
        let answer = diff(view, one.path(), hostile.path(), flags).good();
        let text = answer.stdout + &answer.stderr;
        let bad = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}';
        assert!(!text.contains(bad), "{view}: {text:?}");
        assert!(text.contains("<script>"), "{view}: {text}");
    }
    diff("offcputime", one.path(), hostile.path(), &["--svg", &svg]).good();
    let picture = fs::read_to_string(&svg).expect("the picture was written");
    assert!(!picture.contains("<script>\\") && picture.contains("&lt;script&gt;"));
}
