//! The generated files in the repository are what the declarations say.
//! `UPDATE_GENERATED=1` (or `make bless`) rewrites them.

use std::path::Path;

fn check(path: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&path, expected).expect("the repository is writable");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{} is out of date; run `make bless`", path.display());
}

#[test]
fn c_header() {
    check("bpf/events.h", &afterwake_schema::header::header());
}

#[test]
fn reference_page() {
    check("schema/REFERENCE.md", &afterwake_schema::reference::reference());
}
