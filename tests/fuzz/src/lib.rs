//! What is fuzzed, as plain functions: each takes any bytes, and has to come back.
//!
//! The programs in `targets/` give them what libFuzzer thinks up. `analyzer/tests/corpora.rs` gives them the inputs
//! that are kept in `corpus/`, so that what was found once stays found.

mod ask;
mod recording;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use afterwake::cli::{command::view_command, order};
use afterwake::recording::Recording;
use afterwake::view::{self, Positional, Type, View, substitute};
use afterwake_schema::streams::{self, ALL};
use afterwake_schema::{Identify, Identity, Row, for_each_stream};

/// One target: what it is called, and what is given the bytes.
pub type Target = (&'static str, fn(&[u8]));

pub const RECORDS: Target = ("records", records);
pub const HEADER: Target = ("header", header);
pub const TABLE: Target = ("table", table);
pub const PACK: Target = ("pack", pack);

/// Names the folder that a target fills with valid inputs before it starts.
pub const SEEDS: &str = "AFTERWAKE_SEEDS";

/// What a target does before the first input.
pub fn prepare(target: Target) {
    if let Some(folder) = std::env::var_os(SEEDS) {
        seed(target, Path::new(&folder));
    }
}

/// Writes valid inputs of a target into a folder, one file each.
pub fn seed((name, _): Target, folder: &Path) {
    let seeds: Vec<Vec<u8>> = match name {
        "records" => recording::records(),
        "table" => recording::damageable(),
        "pack" => recording::packed(),
        // The views themselves are the seeds of `header`.
        _ => Vec::new(),
    };
    for (number, bytes) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("{name}-{number}")), bytes).expect("the folder is writable");
    }
}

/// Runs a target. A panic that nobody caught says what it was; those of the decoders are theirs to catch.
pub fn run((_, target): Target, bytes: &[u8]) {
    static QUIET: OnceLock<()> = OnceLock::new();
    QUIET.get_or_init(afterwake::run::remember_panics);
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(bytes))) {
        eprintln!("panicked: {}", afterwake::run::last_panic().unwrap_or_default());
        resume_unwind(panic);
    }
}

struct Nobody;

impl Identify for Nobody {
    fn identify(&self, _thread: u32, _ts: u64) -> Identity {
        Identity::default()
    }
}

/// The bytes as a record of every stream.
fn records(bytes: &[u8]) {
    macro_rules! decode {
        ($($name:ident: $row:ident,)*) => { $(record::<streams::$row>(bytes);)* };
    }
    for_each_stream!(decode);
}

fn record<R: Row>(bytes: &[u8]) {
    let Some(row) = R::decode(bytes) else { return };
    // Bytes that are no text grow when they are read and are cut when they are written; after that nothing changes.
    let again = R::decode(&row.encode()).expect("what was written is a record");
    assert_eq!(R::decode(&again.encode()).as_ref(), Some(&again), "{}", R::STREAM.name);
    let _ = (row.order(), row.latest());
    let batch = R::batch(&[row, again], &Nobody);
    assert_eq!((batch.num_rows(), batch.schema()), (2, R::STREAM.arrow()));
}

/// The bytes as the file of a view, as far as its SQL.
fn header(bytes: &[u8]) {
    static RECORDING: OnceLock<Arc<Recording>> = OnceLock::new();
    let text = String::from_utf8_lossy(bytes);
    let Ok(view) = view::parse("fuzzed", "fuzzed.sql", &text) else { return };
    let mut command = view_command(&view);
    assert!(command.render_long_help().to_string().contains("RECORDING"));
    let recording =
        RECORDING.get_or_init(|| recording::open(recording::intact().path()).expect("intact"));
    let bare = ["fuzzed", "x.wake"].map(String::from).to_vec();
    for arguments in [[&bare[..], &values(&view)].concat(), bare] {
        let Ok(matches) = command.try_get_matches_from_mut(arguments) else { continue };
        if let Ok(order) = order::from(view.clone(), &matches, recording) {
            let replaced = substitute(&view.sql, &order.literals);
            assert!(view.sql.contains('$') || replaced == view.sql);
        }
    }
}

/// A value for everything that a view takes.
fn values(view: &View) -> Vec<String> {
    let one = || "1".to_owned();
    let positionals = view.positionals.iter().flat_map(|positional| match positional {
        Positional::Interval { .. } => vec![one(), one()],
        Positional::Duration { .. } | Positional::Value(_) => vec![one()],
    });
    let flags = view.flags.iter().flat_map(|flag| {
        let name = match (&flag.long, flag.short) {
            (Some(long), _) => format!("--{long}"),
            (None, short) => format!("-{}", short.unwrap_or_default()),
        };
        let value = (flag.kind != Type::Switch).then(one);
        std::iter::once(name).chain(value)
    });
    positionals.chain(flags).collect()
}

/// The first byte chooses a file of a recording; the others are what it holds.
fn table(bytes: &[u8]) {
    let Some((choice, content)) = bytes.split_first() else { return };
    let file = recording::DAMAGED[usize::from(*choice) % recording::DAMAGED.len()];
    let folder = recording::with(file, content);
    match recording::open(folder.path()) {
        Ok(recording) => ask::table(&ask::session(recording), file),
        Err(error) => ask::sentence(&error),
    }
}

/// The bytes as a packed recording.
fn pack(bytes: &[u8]) {
    let file = tempfile::Builder::new().suffix(".wake").tempfile().expect("a temporary file");
    fs::write(file.path(), bytes).expect("it is writable");
    let session = match Recording::open(&file.path().to_string_lossy()) {
        Ok(recording) => ask::session(recording),
        Err(error) => return ask::sentence(&error),
    };
    for stream in ALL.iter().filter(|stream| holds(&session.recording, stream.name)) {
        ask::everything(&session, stream.name);
    }
    session.recording.verify();
}

fn holds(recording: &Recording, table: &str) -> bool {
    let segments = recording.members().iter().flat_map(|member| member.segments());
    segments.into_iter().any(|segment| segment.table() == table)
}
