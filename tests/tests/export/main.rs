//! Exports: what other programs read from them is what SQL says of the recording.

mod machine;
mod perfetto;
mod profiles;
mod sums;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use afterwake_tests::machine::contract;
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::recording::{self, Form};

use machine::{Place, SIZE, check, machine as recorded, run};

/// Not a name to trust.
const HOSTILE: &str = "<b>\"\\;\n\u{1b}[2J é\u{202e}";

#[test]
fn names_of_strangers_stay_names() {
    let machine = generate::machine(9, Size { steps: 800, ..SIZE });
    let place = Place(tempfile::tempdir().expect("a temporary directory"));
    let mut rows = contract::rows(&machine);
    rows.threads.iter_mut().for_each(|thread| thread.comm = HOSTILE.into());
    recording::write(
        &machine,
        rows,
        &place.path(),
        Form { sample_every: Some(200_000), everyday: 20, ..Form::default() },
    );
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/speedscope-schema.json");
    let checkers: [(&str, &str, &[&Path]); 6] = [
        ("perfetto", "perfetto_trace.py", &[]),
        ("speedscope", "speedscope.py", &[&schema]),
        ("firefox", "firefox.py", &[]),
        ("openmetrics", "openmetrics.py", &[]),
        ("csv", "tables.py", &[]),
        ("arrow", "tables.py", &[]),
    ];
    for (format, checker, further) in checkers {
        let output = place.output(format);
        run(&place.path(), format, &output, &[]).good();
        let Some(told) = check(checker, &output, further, "names_of_strangers_stay_names") else {
            return;
        };
        if format == "perfetto" {
            let names = told["names"].as_object().expect("an object");
            assert!(names.values().any(|name| name == HOSTILE));
        }
    }
    let output = place.output("folded");
    run(&place.path(), "folded", &output, &[]).good();
    let folded = std::fs::read_to_string(output).expect("folded stacks");
    assert!(
        !folded.contains('\u{1b}')
            && folded.lines().all(|line| line
                .rsplit(' ')
                .next()
                .is_some_and(|value| value.parse::<i64>().is_ok()))
    );
}

#[test]
fn outputs_are_private_and_never_replaced() {
    let place = recorded(10, 0);
    for format in ["perfetto", "speedscope", "folded", "firefox", "csv", "arrow", "openmetrics"] {
        let output = place.output(format);
        run(&place.path(), format, &output, &[]).good();
        let mode = |path: &Path| path.metadata().expect("it exists").permissions().mode() & 0o777;
        if output.is_dir() {
            assert_eq!(mode(&output), 0o700);
            for file in std::fs::read_dir(&output).expect("a directory").flatten() {
                assert_eq!(mode(&file.path()), 0o600, "{format}");
            }
        } else {
            assert_eq!(mode(&output), 0o600, "{format}");
        }
        let again = run(&place.path(), format, &output, &[]).bad(1);
        assert!(again.stderr.contains("exists"), "{}", again.stderr);
    }
    let left = std::fs::read_dir(place.0.path()).expect("a directory").flatten();
    let parts: Vec<_> = left
        .map(|file| file.file_name())
        .filter(|name| name.to_string_lossy().contains("part"))
        .collect();
    assert!(parts.is_empty(), "{parts:?}");
}

#[test]
fn mistakes_are_told() {
    let place = recorded(11, 0);
    let (recording, output) = (place.path(), place.output("out"));
    for (format, flags) in [
        ("pprof", &[][..]),
        ("perfetto", &["--to", "speedscope"]),
        ("perfetto", &["--to", "1s", "--to", "2s"]),
        ("perfetto", &["--view", "profile"]),
        ("folded", &["--view", "runqlat"]),
        ("folded", &["--view", "offcpu"]),
        ("perfetto", &["--from", "2h"]),
        ("perfetto", &["--to", "soon"]),
    ] {
        run(&recording, format, &output, flags).bad(2);
    }
    assert!(run(&recording, "pprof", &output, &[]).stderr.contains("perfetto, speedscope"));
    run(&recording, "perfetto", Path::new("no-such-folder/trace"), &[]).bad(1);
    run(Path::new("no.wake"), "perfetto", &output, &[]).bad(1);
    run(&recording, "csv", Path::new("/"), &[]).bad(2);
    assert!(!output.exists());
    let second = place.0.path().join("second.wake");
    recording::write(
        &generate::machine(12, SIZE),
        contract::rows(&generate::machine(12, SIZE)),
        &second,
        Form::default(),
    );
    run(place.0.path(), "perfetto", &output, &[]).bad(2);
}

/// Without a row there is still a trace.
#[test]
fn nothing_is_exported_as_nothing() {
    let place = Place(tempfile::tempdir().expect("a temporary directory"));
    let machine = generate::machine(13, Size { steps: 10, ..SIZE });
    std::fs::create_dir(place.path()).expect("writable");
    recording::manifest(&machine, Form::default()).write(&place.path(), true).expect("writable");
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/speedscope-schema.json");
    for (format, checker) in [
        ("perfetto", "perfetto_trace.py"),
        ("speedscope", "speedscope.py"),
        ("firefox", "firefox.py"),
        ("openmetrics", "openmetrics.py"),
        ("csv", "tables.py"),
        ("arrow", "tables.py"),
    ] {
        let output = place.output(format);
        run(&place.path(), format, &output, &[]).good();
        let further: &[&Path] = if format == "speedscope" { &[&schema] } else { &[] };
        check(checker, &output, further, "nothing_is_exported_as_nothing");
    }
}
