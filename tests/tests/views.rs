//! One harness over every view file: its header is complete, it keeps its contract on any recording,
//! every flag works, and its answer on a synthetic machine is the one in `tests/goldens`.
//! `UPDATE_GENERATED=1` (or `make bless`) rewrites those.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use afterwake_schema::streams;
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::recording::{self, Form};
use afterwake_tests::machine::{Machine, contract, script};
use afterwake_tests::program::{Answer, afterwake};
use tempfile::TempDir;

const RENDERERS: [&str; 5] = ["table", "histogram", "histogram linear", "stacks", "parts"];

/// A machine small enough to be checked by eye. C waits for a timer, B for C, A for B; X takes B's CPU;
/// D waits for a disk, then long for a CPU; A creates E, which ends; H sleeps through it all. In milliseconds.
const SMALL: &str = "
    cpus 2
    asleep H
    0 cpu0: C -> A S
    0 cpu1: idle -> B
    5 cpu1: B -> idle S
    10 cpu0: A -> idle S
    30 hardirq:hrtimer wakes C
    31 cpu0: idle -> C
    50 C wakes B
    53 cpu1: idle -> B
    55 cpu0: C -> D S
    57 cpu0: D -> idle D io
    58 hardirq:hrtimer wakes X @1
    60 cpu1: B -> X preempted
    64 cpu1: X -> B S
    66 softirq:block wakes D
    70 B wakes A @1
    72 cpu0: idle -> A
    75 cpu1: B -> idle S
    76 A forks E
    81 cpu0: A -> D preempted
    82 cpu0: D -> A S
    84 cpu1: idle -> E
    90 cpu1: E -> idle dead
    stop 100";

/// One view file, read as plainly as possible.
struct View {
    name: String,
    header: Vec<String>,
}

impl View {
    fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../queries");
        let mut views: Vec<Self> = fs::read_dir(folder)
            .expect("the views")
            .flatten()
            .filter_map(|file| Self::read(&file.path()))
            .collect();
        views.sort_by(|one, two| one.name.cmp(&two.name));
        assert!(views.len() >= 11, "only {} views", views.len());
        views
    }

    fn read(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.strip_suffix(".sql")?.to_owned();
        let text = fs::read_to_string(path).expect("a view file is text");
        let lines = text.lines().take_while(|line| line.starts_with("--"));
        let header = lines.map(|line| line.trim_start_matches('-').trim().to_owned()).collect();
        Some(Self { name, header })
    }

    /// The values of a key, each without its help.
    fn values(&self, key: &str) -> Vec<&str> {
        let prefix = format!("{key}: ");
        let values = self.header.iter().filter_map(|line| line.strip_prefix(&prefix));
        values.map(|value| value.split(" -- ").next().unwrap_or_default().trim()).collect()
    }

    /// What its rows are made into, whatever the flags.
    fn renders(&self) -> Vec<&str> {
        let renders = self.values("render").into_iter();
        renders.map(|render| render.split('[').next().unwrap_or_default().trim()).collect()
    }

    /// It consists of other views.
    fn is_parts(&self) -> bool {
        self.renders() == ["parts"]
    }

    /// `--svg` draws it without any other flag.
    fn is_drawn(&self) -> bool {
        let pictures = ["stacks", "histogram", "histogram linear"];
        let mut renders = self.values("render").into_iter();
        renders.any(|render| pictures.contains(&render)) || !self.values("chart").is_empty()
    }

    /// Every flag with a value it accepts.
    fn flags(&self) -> Vec<Vec<String>> {
        let sample = |kind: &str| match kind {
            "INT" => "1",
            "INTS" => "1,2",
            "FLOAT" => "0.5",
            "DURATION" => "1ms",
            _ => "t1",
        };
        self.values("flag")
            .into_iter()
            .map(|flag| {
                let words: Vec<&str> =
                    flag.split([' ', ',']).filter(|word| !word.is_empty()).collect();
                let name = words.iter().find(|word| word.starts_with('-')).expect("a flag's name");
                let rest: Vec<&&str> = words.iter().filter(|word| !word.starts_with('-')).collect();
                let value = rest.get(1).map(|kind| sample(kind).to_owned());
                std::iter::once((*name).to_owned()).chain(value).collect()
            })
            .collect()
    }
}

/// Whether every flag of the column's condition has a `not` before it.
fn is_shown_without_flags(column: &str) -> bool {
    let condition = column.split_once('[').map_or("", |(_, condition)| condition);
    let words: Vec<&str> = condition.split_whitespace().collect();
    let is_wanted = |(place, word): (usize, &&str)| {
        word.starts_with('-') && (place == 0 || words[place - 1] != "not")
    };
    !words.iter().enumerate().any(is_wanted)
}

/// A busy machine: something for every view to show.
fn busy() -> TempDir {
    sampled(&generate::machine(42, Size { cpus: 2, threads: 8, steps: 600 }), 997_000, 200)
}

/// A recording with samples, counters, and so many calls and requests of each common kind.
fn sampled(machine: &Machine, every: u64, everyday: u64) -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let form = Form { sample_every: Some(every), counters: true, everyday, ..Form::default() };
    recording::write(machine, contract::rows(machine), directory.path(), form);
    directory
}

fn empty() -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let machine = Machine { cpus: 1, stop: 1_000_000_000, ..Machine::default() };
    recording::record(&machine, directory.path());
    directory
}

fn run(view: &View, recording: &Path, flags: &[&str]) -> Answer {
    let recording = recording.to_string_lossy();
    afterwake([&[view.name.as_str(), &recording][..], flags].concat())
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens").join(format!("{name}.txt"))
}

#[test]
fn headers_are_complete() {
    for view in View::all() {
        let name = &view.name;
        let first = view.header.first().map(String::as_str).unwrap_or_default();
        assert!(first.len() > 10 && first.ends_with('.'), "{name}: {first:?} is no help line");
        assert!(view.header.iter().any(String::is_empty), "{name} has no longer help");
        assert_eq!(view.values("group").len(), 1, "{name}: group");
        let renders = view.values("render");
        let is_conditional = renders.iter().all(|render| render.contains('['));
        assert!(renders.len() == 1 || (renders.len() > 1 && is_conditional), "{name}: render");
        // What is made of parts needs what they need.
        assert_eq!(view.values("needs").len(), usize::from(!view.is_parts()), "{name}: needs");
        for stream in view.values("needs").into_iter().flat_map(str::split_whitespace) {
            assert!(streams::is_stream(stream), "{name} needs {stream}");
        }
        for part in view.values("part") {
            let views = part.split_whitespace().nth(2).expect("a part names a view").split('|');
            for part in views {
                assert!(View::all().iter().any(|view| view.name == part), "{name}: no view {part}");
            }
        }
        assert!(view.renders().iter().all(|render| RENDERERS.contains(render)), "{name}");
        assert!(!view.values("column").is_empty(), "{name} promises no column");
        for line in &view.header {
            let described = ["flag: ", "column: ", "arg: "].iter().any(|key| line.starts_with(key));
            assert!(!described || line.contains(" -- "), "{name}: {line:?} has no help");
        }
        if view.renders() == ["stacks"] {
            assert!(["us", "ns", "samples"].contains(&view.values("unit")[0]), "{name}");
        }
    }
}

#[test]
fn an_empty_recording_has_empty_answers() {
    let recording = empty();
    for view in View::all() {
        let answer = run(&view, recording.path(), &["--format", "json"]);
        // A view that needs what the machine did not have may say so instead.
        if view.values("requires").is_empty() || answer.code == Some(0) {
            let rows = answer.rows();
            assert!(rows.is_empty(), "{}: {rows:?}", view.name);
        } else {
            answer.bad(1);
        }
        let text = run(&view, recording.path(), &[]);
        assert!(!text.stderr.contains("panicked"), "{}: {}", view.name, text.stderr);
    }
}

#[test]
fn columns_are_as_promised() {
    let recording = busy();
    for view in View::all() {
        let answer = run(&view, recording.path(), &["--format", "csv"]).good();
        let found: Vec<&str> =
            answer.stdout.lines().next().unwrap_or_default().split(',').collect();
        let promised: Vec<&str> = view
            .values("column")
            .into_iter()
            .filter(|column| is_shown_without_flags(column))
            .map(|column| column.split(' ').next().unwrap_or_default())
            .collect();
        assert_eq!(found, promised, "{}", view.name);
        assert!(answer.stdout.lines().count() > 1, "{} shows nothing", view.name);
        if view.renders() == ["stacks"] {
            assert_eq!(found[..2], ["folded", "value"], "{}", view.name);
        }
    }
}

#[test]
fn every_flag_works() {
    let recording = busy();
    for view in View::all() {
        for flag in view.flags() {
            let flags: Vec<&str> = flag.iter().map(String::as_str).collect();
            let answer = run(&view, recording.path(), &flags);
            assert_eq!(answer.code, Some(0), "{} {flags:?}: {}", view.name, answer.stderr);
            let json = run(&view, recording.path(), &[&flags[..], &["--format", "json"]].concat());
            json.rows();
        }
        for flags in [["--from", "1ms"], ["--to", "20ms"]] {
            run(&view, recording.path(), &flags).good();
        }
    }
}

#[test]
fn help_tells_of_every_flag() {
    for view in View::all() {
        let help = afterwake([view.name.as_str(), "--help"]).good().stdout;
        for flag in view.flags() {
            assert!(help.contains(&flag[0]), "{} --help does not tell of {}", view.name, flag[0]);
        }
    }
}

#[test]
fn the_same_question_has_the_same_answer() {
    let recording = busy();
    for view in View::all() {
        for format in ["table", "csv", "json"] {
            let ask = || run(&view, recording.path(), &["--format", format]).good().stdout;
            assert_eq!(ask(), ask(), "{} --format {format}", view.name);
        }
        if view.is_drawn() {
            let svg = recording.path().join("picture.svg");
            let draw = || {
                run(&view, recording.path(), &["--svg", &svg.to_string_lossy()]).good();
                fs::read_to_string(&svg).expect("the picture was written")
            };
            let picture = draw();
            assert!(picture.contains("</svg>"), "{}", view.name);
            assert_eq!(picture, draw(), "{} --svg", view.name);
        }
    }
}

#[test]
fn folded_stacks_are_the_rows() {
    let recording = busy();
    for view in View::all().iter().filter(|view| view.renders() == ["stacks"]) {
        let folded = run(view, recording.path(), &["-f"]).good().stdout;
        let sum = |text: &str| -> i64 {
            text.lines()
                .map(|line| {
                    line.rsplit(' ').next().unwrap_or_default().parse::<i64>().expect("value")
                })
                .sum()
        };
        let rows = run(view, recording.path(), &["--format", "json"]).rows();
        let expected: i64 = rows.iter().filter_map(|row| row["value"].as_i64()).sum();
        assert_eq!(sum(&folded), expected, "{}", view.name);
    }
}

#[test]
fn answers_are_the_goldens() {
    let short = sampled(&script::machine(SMALL), 10_100_000, 20);
    // Counters are read once a second.
    let long = sampled(&script::machine(&SMALL.replace("stop 100", "stop 3100")), 10_100_000, 20);
    let mut known = BTreeSet::new();
    for view in View::all() {
        let is_long = view.is_parts() || view.values("needs") == ["counter"];
        let recording = if is_long { &long } else { &short };
        let answer = run(&view, recording.path(), &[]).good().stdout;
        let answer = answer.replace(&*recording.path().to_string_lossy(), "small.wake");
        let path = golden(&view.name);
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            fs::write(&path, &answer).expect("the goldens are writable");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(answer == expected, "{} differs from {}:\n{answer}", view.name, path.display());
        assert!(!answer.trim().is_empty(), "{} has nothing to show", view.name);
        known.insert(format!("{}.txt", view.name));
    }
    for file in fs::read_dir(golden("x").parent().expect("a folder")).expect("goldens").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        assert!(known.contains(&name), "{name} is of no view");
    }
}

#[test]
fn the_readme_has_the_catalog() {
    const MARKS: [&str; 2] =
        ["<!-- views: `make bless` writes them -->\n", "<!-- end of views -->"];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(&path).expect("the README is there");
    let (before, rest) = readme.split_once(MARKS[0]).expect("the begin of the catalog");
    let (_, after) = rest.split_once(MARKS[1]).expect("its end");
    let catalog = afterwake(["views", "--markdown"]).good().stdout;
    let expected = [before, MARKS[0], &catalog, MARKS[1], after].concat();
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::write(&path, &expected).expect("the README is writable");
    } else {
        assert!(readme == expected, "the catalog of views is out of date; run `make bless`");
    }
}

#[test]
fn checklists_have_every_step() {
    let recording = busy();
    let path = recording.path().to_string_lossy();
    for view in View::all().iter().filter(|view| view.is_parts()) {
        let mut steps = 0;
        for list in view.values("list") {
            let name = view.name.as_str();
            let text = afterwake([name, list, &path]).good().stdout;
            assert_eq!(text, afterwake([name, &path, list]).good().stdout, "either order");
            let headings: Vec<&str> = text.lines().filter(|line| line.starts_with("== ")).collect();
            assert!(headings.len() >= 10, "{list}: {headings:?}");
            // A remark that is neither of these says why there is no answer.
            let remarks = text.lines().filter(|line| line.starts_with('('));
            let known = |line: &str| line.contains("nothing in") || line.contains(" more lines: ");
            assert!(remarks.into_iter().all(known), "{text}");
            steps += headings.len();
            let within = afterwake([name, list, &path, "--from", "20ms", "--to", "60ms"]).good();
            assert_ne!(within.stdout, text, "{list} keeps to its window");
        }
        assert_eq!(steps, view.values("part").len());
        afterwake([view.name.as_str(), &path, "no-such-list"]).bad(2);
    }
}
