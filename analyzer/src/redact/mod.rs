//! A recording without names that are nobody's business.
//!
//! What is in a column is declared in the schema, and [`policy`] says what becomes of it. [`columns`] goes over the
//! rows, [`manifest`] over `recording.json`; [`pseudonym`], [`address`] and [`number`] make what takes the place of
//! a value out of it and a [`key`], so that nothing has to be remembered. [`public`] is what every Linux has.

mod address;
mod columns;
mod facts;
mod key;
mod manifest;
mod number;
mod policy;
mod pseudonym;
mod public;
mod tally;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use afterwake_schema::{Stream, streams};
use anyhow::Result;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use clap::builder::EnumValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::cli::command;
use crate::recording::{Member, Recording};
use crate::render::escape;
use crate::rewrite::{Rewrite, only};
use crate::run::{self, Session, Take};
use crate::tool::Tool;
use crate::view::Library;
use columns::Columns;
use facts::Facts;
use key::Key;
use policy::{Policy, SymbolFate};
use pseudonym::Pseudonyms;
use tally::Tally;

pub const TOOL: Tool = Tool { name: "redact", command, run };

fn command() -> Command {
    let file = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("FILE").value_parser(value_parser!(PathBuf)).help(help)
    };
    Command::new("redact")
        .about("Replace names, paths, arguments and addresses by pseudonyms")
        .long_about(
            "Replace names, paths, arguments and addresses by pseudonyms.\n\n\
             The new recording answers every view as the old one does, with other names: cmd-… for a program or a \
             thread, /d-…/f-… for a path, arg-…, fn-… for a function, dev-… for a device, 240.… and 2001:db8:… for \
             addresses. The same name has the same pseudonym everywhere in it. A pseudonym is made with a key that is \
             not kept, so it leads nowhere; with --key, several recordings get equal pseudonyms, and whoever has the \
             key can test a guess.\n\n\
             What every Linux has stays: kernel threads, kernel functions, system calls, well-known libraries and \
             parts of paths. Lines of the kernel's log are emptied. Times, process ids, sizes, counts and ports stay. \
             It prints how many values were replaced, by class and table, and never which.",
        )
        .arg(command::recording().required_unless_present("print-policy").required(false).help("A recording"))
        .arg(file("policy", "What is replaced (see --print-policy)"))
        .arg(
            Arg::new("symbols")
                .long("symbols")
                .value_name("WHICH")
                .value_parser(EnumValueParser::<SymbolFate>::new())
                .help("Functions that keep their names: known (of the kernel and well-known libraries), keep (all), hash (none)"),
        )
        .arg(file("key", "The key, at least 16 random bytes: equal pseudonyms in several recordings"))
        .arg(
            Arg::new("print-policy")
                .long("print-policy")
                .action(ArgAction::SetTrue)
                .help("Print the default policy, with every field explained"),
        )
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("OUT.wake")
                .required_unless_present("print-policy")
                .value_parser(value_parser!(PathBuf))
                .help("The new recording, a directory"),
        )
        .after_help(
            "Examples:\n  \
             afterwake redact slow.wake -o shared.wake\n  \
             afterwake redact slow.wake --symbols keep -o shared.wake\n  \
             afterwake redact --print-policy > policy.toml\n  \
             afterwake redact slow.wake --policy policy.toml --key ours.key -o shared.wake",
        )
}

impl clap::ValueEnum for SymbolFate {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Known, Self::Hash, Self::Keep]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        let name = match self {
            Self::Known => "known",
            Self::Hash => "hash",
            Self::Keep => "keep",
        };
        Some(name.into())
    }
}

fn run(matches: &ArgMatches, library: &Arc<Library>) -> Result<()> {
    if matches.get_flag("print-policy") {
        let mut out = run::stdout();
        out.write_all(policy::DEFAULT.as_bytes())?;
        return Ok(out.flush()?);
    }
    let path = |name: &str| matches.get_one::<PathBuf>(name).map(PathBuf::as_path);
    let mut policy = path("policy").map_or_else(|| Ok(Policy::default()), Policy::read)?;
    if let Some(symbols) = matches.get_one::<SymbolFate>("symbols") {
        policy.symbols = *symbols;
    }
    let key = path("key").map_or_else(Key::random, Key::read)?;
    let target = path("output").unwrap_or(Path::new(""));
    let argument = matches.get_one::<String>("RECORDING").map_or("", String::as_str);
    let recording = Recording::open(argument)?;
    let member = only(&recording)?;
    let session = Session::open(Arc::clone(&recording), Arc::clone(library))?;
    session.keep_order();
    run::exit_on_interrupt(&session);
    let tally = loop {
        let names = Pseudonyms {
            key: key.clone(),
            policy: policy.clone(),
            kernel_threads: BTreeSet::new(),
        };
        match write(&session, member, names, target) {
            // A damaged segment is left out from the beginning.
            Err(_) if recording.verify() => {}
            result => break result?,
        }
    };
    if !member.complete {
        say!(
            "note: {} was cut short: its last seconds may be missing",
            escape(&member.directory.to_string_lossy())
        );
    }
    for (path, problem) in recording.damage() {
        say!("note: left out {}: {}", escape(&path.to_string_lossy()), escape(&problem));
    }
    tally.print(target)
}

/// The first bytes of a file, which may be a pipe or a device without an end.
fn beginning(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes the whole recording, table by table.
fn write(
    session: &Session,
    member: &Member,
    mut names: Pseudonyms,
    target: &Path,
) -> Result<Tally> {
    let mut rewrite = Rewrite::create(target)?;
    let facts = Facts::read(session, &mut names)?;
    let mut columns = Columns { names, facts, tally: Tally::default() };
    for stream in streams::ALL {
        let mut rows = Rows { stream, columns: &mut columns, rewrite: &mut rewrite };
        session.query(&format!("SELECT * FROM \"{}\"", stream.name), &mut rows)?;
    }
    let Columns { names, tally, .. } = columns;
    let mut manifest = manifest::redact(member.manifest.clone(), &names, tally);
    if let Some(redacted) = &mut manifest.redacted {
        for table in session.recording.damage().iter().filter_map(|(path, _)| table_of(path)) {
            let files = redacted.damaged.entry(table.into()).or_default();
            *files = files.saturating_add(1);
        }
    }
    let replaced = manifest.redacted.as_ref().map(|redacted| redacted.replaced.clone());
    rewrite.finish(manifest, member.complete)?;
    Ok(Tally(replaced.unwrap_or_default()))
}

/// The table that a segment belongs to; other names tell nothing.
fn table_of(segment: &Path) -> Option<&'static str> {
    let folder = segment.parent()?.file_name()?.to_str()?;
    streams::by_name(folder).map(|stream| stream.name)
}

/// The rows of a stream on their way.
struct Rows<'a> {
    stream: &'static Stream,
    columns: &'a mut Columns,
    rewrite: &'a mut Rewrite,
}

impl Take for Rows<'_> {
    fn schema(&mut self, _schema: &SchemaRef) -> Result<()> {
        Ok(())
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<()> {
        let batch = self.columns.redact(self.stream, &batch)?;
        self.rewrite.write(self.stream, &batch)
    }
}
