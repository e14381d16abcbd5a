//! The commands that make something new of a recording: no name leads them elsewhere, or ends what it stands in.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use afterwake_schema::streams::ALL;
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::world::World;
use afterwake_tests::program::{Answer, afterwake};
use arrow::ipc::reader::FileReader;

use super::attack::{Attack, Poison, names, texts};
use super::{answer, form, run};

/// Runs a command, which says nothing that a terminal obeys and changes nothing but `out`.
fn make(attack: &Attack, arguments: &[&str]) -> Answer {
    let before = attack.files();
    let answer = answer(attack, arguments);
    form::is_plain(&answer.stdout, arguments);
    assert!(attack.files() == before, "{arguments:?} wrote where it should not");
    answer
}

/// What lies in `out`.
fn made(attack: &Attack) -> BTreeSet<String> {
    let entries = fs::read_dir(attack.place().join("out")).expect("a folder").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

fn only(name: &str) -> BTreeSet<String> {
    BTreeSet::from([name.to_owned()])
}

/// The rows of every table with text.
fn everything(attack: &Attack, recording: &str) -> Vec<serde_json::Value> {
    let tables = ALL.iter().filter(|stream| !texts(stream).is_empty());
    let rows = |table: &str| {
        let columns = texts(ALL.iter().find(|stream| stream.name == table).expect("a stream"));
        let places: Vec<String> = (1..=columns.len()).map(|place| place.to_string()).collect();
        let columns: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
        let (columns, places) = (columns.join(", "), places.join(", "));
        let sql = format!(
            "SELECT {columns}, count(*) AS n FROM {table} GROUP BY {places} ORDER BY {places}"
        );
        let output = run(attack, &["sql", recording, &sql, "--format", "json"]);
        Answer::of(&output).rows().into()
    };
    tables.map(|stream| rows(stream.name)).collect()
}

/// Every file beneath a folder, or the file.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.into()];
    }
    let entries = fs::read_dir(path).expect("a folder").flatten();
    entries.flat_map(|entry| files(&entry.path())).collect()
}

#[test]
fn a_pack_holds_the_same_names() {
    let attack = Attack::new();
    make(&attack, &["pack", "evil.wake", "-o", "out/evil.zip"]);
    assert_eq!(made(&attack), only("evil.zip"));
    make(&attack, &["verify", "out/evil.zip"]);
    make(&attack, &["info", "out/evil.zip"]);
    assert_eq!(everything(&attack, "out/evil.zip"), everything(&attack, "evil.wake"));
}

#[test]
fn a_cut_holds_names_as_they_are() {
    let attack = Attack::new();
    make(&attack, &["cut", "evil.wake", "--from", "1ms", "--to", "1h", "-o", "out/part.wake"]);
    assert_eq!(made(&attack), only("part.wake"));
    let sql = "SELECT DISTINCT comm FROM wait";
    let rows = Answer::of(&run(&attack, &["sql", "out/part.wake", sql, "--format", "json"])).rows();
    let found: BTreeSet<&str> = rows.iter().filter_map(|row| row["comm"].as_str()).collect();
    for name in names() {
        assert!(found.contains(&*name), "{name:?} is not in {found:?}");
    }
    make(&attack, &["offcputime", "out/part.wake"]);
    make(&attack, &["info", "out/part.wake"]);
}

#[test]
fn nothing_hostile_survives_redaction() {
    let attack = Attack::new();
    make(&attack, &["redact", "evil.wake", "--symbols", "hash", "-o", "out/red.wake"]);
    assert_eq!(made(&attack), only("red.wake"));
    // Those that are a space, or look like what every system has, are no one's names.
    let told = |name: &&String| {
        name.contains("script") || name.contains("very long") || name.contains("gpj")
    };
    for table in everything(&attack, "out/red.wake") {
        for name in names().iter().filter(told) {
            let text = table.to_string();
            let written = serde_json::to_string(name).expect("JSON");
            assert!(!text.contains(written.trim_matches('"')), "{name:?} in {text}");
        }
    }
    make(&attack, &["offcputime", "out/red.wake"]);
}

/// As many scripts begin and end in the page as in that of a harmless recording.
#[test]
fn a_report_runs_its_own_scripts_only() {
    let attack = Attack::new();
    make(&attack, &["report", "evil.wake", "-o", "out/report.html"]);
    assert_eq!(made(&attack), only("report.html"));
    let page = fs::read_to_string(attack.place().join("out/report.html")).expect("text");
    let harmless = World::of(generate::machine(42, Size { cpus: 2, threads: 8, steps: 600 }));
    let file = harmless.path().join("report.html");
    afterwake(["report", &harmless.path().to_string_lossy(), "-o", &file.to_string_lossy()]).good();
    let expected = fs::read_to_string(file).expect("text");
    for tag in ["<script", "</script", "<svg onload", "<iframe", "onerror=", "<!--", "-->"] {
        let count = |page: &str| page.to_lowercase().matches(tag).count();
        assert_eq!(count(&page), count(&expected), "{tag}");
    }
}

#[test]
fn a_comparison_is_harmless() {
    let attack = Attack::new();
    for view in ["offcputime", "chaingraph", "runqlat", "filetop", "syscount"] {
        make(&attack, &["diff", view, "evil.wake", "evil.wake"]);
        let json = run(&attack, &["diff", view, "evil.wake", "evil.wake", "--format", "json"]);
        Answer::of(&json).rows();
    }
    make(&attack, &["diff", "offcputime", "evil.wake", "evil.wake", "-f"]);
    make(&attack, &["diff", "offcputime", "evil.wake", "evil.wake", "--svg", "out/diff.svg"]);
    let picture = fs::read_to_string(attack.place().join("out/diff.svg")).expect("text");
    form::is_xml(&picture, "diff");
    assert!(!picture.contains("<script>alert") && !picture.contains("<svg onload"));
}

#[test]
fn exports_are_well_formed() {
    let attack = Attack::new();
    for format in ["perfetto", "speedscope", "folded", "firefox", "csv", "arrow", "openmetrics"] {
        let target = format!("out/{format}");
        make(&attack, &["export", "evil.wake", "--to", format, "-o", &target]);
        assert_eq!(made(&attack), only(format));
        let written = files(&attack.place().join(&target));
        assert!(!written.is_empty(), "{format}");
        for file in written {
            let bytes = fs::read(&file).expect("readable");
            let text = || String::from_utf8(bytes.clone()).expect("text");
            match format {
                "speedscope" => {
                    drop(serde_json::from_slice::<serde_json::Value>(&bytes).expect("JSON"));
                }
                "firefox" if bytes.starts_with(b"{") => {
                    serde_json::from_slice::<serde_json::Value>(&bytes).expect("JSON");
                }
                "csv" => drop(form::csv(&text())),
                "folded" => form::is_plain(&text(), &[format]),
                "openmetrics" => form::is_openmetrics(&text()),
                "arrow" => {
                    let reader =
                        FileReader::try_new(fs::File::open(&file).expect("readable"), None);
                    reader.expect("an Arrow file").for_each(|batch| drop(batch.expect("a batch")));
                }
                _ => assert!(bytes.len() > 1000, "{format} is {} bytes", bytes.len()),
            }
        }
        match fs::metadata(attack.place().join(&target)).expect("it was made").is_dir() {
            true => fs::remove_dir_all(attack.place().join(&target)).expect("writable"),
            false => fs::remove_file(attack.place().join(&target)).expect("writable"),
        }
    }
}

#[test]
fn numbers_end_no_command() {
    let attack = Attack::with(Poison::Numbers);
    let made = |name: &str, arguments: &[&str]| {
        let output = format!("out/{name}");
        let arguments = [arguments, &["-o", &output]].concat();
        let answer = Answer::of(&run(&attack, &arguments));
        match answer.code {
            Some(0) => assert!(attack.place().join(&output).exists(), "{arguments:?}"),
            code => assert_eq!(code, Some(1), "{arguments:?}: {}", answer.stderr),
        }
    };
    made("evil.zip", &["pack", "evil.wake", "--max-size", "100kB"]);
    made("cut.wake", &["cut", "evil.wake", "--from", "1ms", "--to", "50ms"]);
    made("red.wake", &["redact", "evil.wake"]);
    made("report.html", &["report", "evil.wake"]);
    for format in ["perfetto", "speedscope", "folded", "firefox", "csv", "arrow", "openmetrics"] {
        made(format, &["export", "evil.wake", "--to", format]);
    }
    for view in ["offcputime", "runqlat", "filetop", "syscount", "biolatency"] {
        let answer = Answer::of(&run(&attack, &["diff", view, "evil.wake", "evil.wake", "--raw"]));
        assert!([Some(0), Some(1)].contains(&answer.code), "{view}: {}", answer.stderr);
    }
}
