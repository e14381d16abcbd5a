//! The files of a recording, be they in a directory or in a pack: their names, where they lie, and what their bytes
//! must add up to.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use afterwake_schema::recording::{COMPLETE, PARTIAL};
use afterwake_schema::streams;
use anyhow::Result;

use super::archive::{self, Entry, Problem};
use super::checksum::Checksum;
use super::extent::Extent;
use super::inventory;
use crate::failure::Failure;
use crate::render::escape;

/// A name that is longer is cut where it is shown.
const LONGEST_NAME: usize = 120;

/// The files that a recording may have, by name: `recording.json`, `wait/000000.parquet`.
#[derive(Debug, Default)]
pub struct Contents {
    pub files: BTreeMap<String, Stored>,
    /// What else there is, by name, and why it is not read.
    pub strays: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub struct Stored {
    pub extent: Extent,
    /// What a zip says of it.
    pub checksum: Option<Checksum>,
}

/// The files in the directory of a recording.
pub fn of_directory(directory: &Path) -> io::Result<Contents> {
    let mut contents = Contents::default();
    for name in [COMPLETE, PARTIAL, inventory::NAME] {
        contents.add(name.into(), &directory.join(name))?;
    }
    for stream in streams::ALL {
        let folder = directory.join(stream.name);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                contents.strays.push((stream.name.into(), "it is no directory".into()));
                continue;
            }
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // Those that are still being written have another name.
            if path.extension().is_some_and(|extension| extension == "parquet") {
                contents.add(format!("{}/{name}", stream.name), &path)?;
            }
        }
    }
    Ok(contents)
}

/// The members of a pack, or of another zip of a recording, whose names may all begin with those of folders.
pub fn of_pack(path: &Path, file: &Arc<File>, size: u64) -> Result<Contents> {
    let open = Extent::member(file, 0, size).open()?;
    let shown = path.display();
    if !archive::is_zip(&open) {
        return Err(Failure::new(format!("{shown} is a file, but no pack of a recording"))
            .hint("name the NAME.wake directory that afterwake-record wrote, or a file that `afterwake pack` made of it")
            .into());
    }
    let entries = archive::entries(&open, size).map_err(|problem| {
        Failure::new(format!("{shown} cannot be read: {problem}"))
            .hint("ask for the file again; `unzip -t` tells what other programs make of it")
    })?;
    let prefix = prefix(&entries).unwrap_or_default();
    let mut contents = Contents::default();
    for entry in entries {
        let name =
            entry.name.strip_prefix(&prefix[..]).and_then(|name| std::str::from_utf8(name).ok());
        match (name.filter(|name| is_sane(name)), entry.problem) {
            (Some(name), None) => {
                let extent = Extent::member(file, entry.offset, entry.size);
                let checksum = Some(Checksum::Crc32(entry.crc));
                contents.files.insert(name.into(), Stored { extent, checksum });
            }
            (Some(name), Some(problem)) => {
                contents.strays.push((name.into(), problem.sentence().into()));
            }
            (None, _) => {
                let why = "it is no file of a recording that this version knows";
                contents.strays.push((readable(&entry.name), why.into()));
            }
        }
    }
    let is_compressed = |(_, why): &(String, String)| why == Problem::Compressed.sentence();
    if !contents.files.keys().any(|name| name.contains('/'))
        && contents.strays.iter().any(is_compressed)
    {
        return Err(Failure::new(format!("{shown} is compressed, and cannot be read in place"))
            .hint("unpack it with `unzip -d NAME.wake FILE` and name that directory; `afterwake pack` makes files that are read as they are")
            .into());
    }
    if contents.files.is_empty() {
        return Err(Failure::new(format!("{shown} is a zip file without a recording"))
            .hint("`afterwake pack RECORDING` makes one file of a recording")
            .into());
    }
    Ok(contents)
}

impl Contents {
    /// Adds a file of a directory, if it is there. What is no regular file is never opened: reading it might
    /// not end.
    fn add(&mut self, name: String, path: &Path) -> io::Result<()> {
        match fs::metadata(path) {
            Ok(about) if about.is_file() => {
                let stored = Stored { extent: Extent::file(path, about.len()), checksum: None };
                self.files.insert(name, stored);
            }
            Ok(_) => self.strays.push((readable(name.as_bytes()), "it is no regular file".into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The name of the table of each segment, the segment's own, and where it is.
    pub fn segments(&self) -> impl Iterator<Item = (&'static str, &str, &Stored)> {
        let own = |stream: &'static str| {
            let of_table = move |name: &&String| {
                name.strip_prefix(stream).is_some_and(|rest| rest.starts_with('/'))
            };
            let files = self.files.iter().filter(move |(name, _)| of_table(name));
            files.map(move |(name, stored)| (stream, name.as_str(), stored))
        };
        streams::ALL.iter().flat_map(move |stream| own(stream.name))
    }
}

/// What stands before the names where a whole directory was zipped.
fn prefix(entries: &[Entry]) -> Option<Vec<u8>> {
    let of = |name: &str| {
        let prefix = |entry: &Entry| {
            let before = entry.name.strip_suffix(name.as_bytes())?;
            (before.is_empty() || before.ends_with(b"/")).then(|| before.to_vec())
        };
        entries.iter().filter_map(prefix).min_by_key(Vec::len)
    };
    of(COMPLETE).or_else(|| of(PARTIAL))
}

/// `recording.json`, `pack.json`, or the segment of a table that is known.
fn is_sane(name: &str) -> bool {
    if [COMPLETE, PARTIAL, inventory::NAME].contains(&name) {
        return true;
    }
    let number = name.split_once('/').and_then(|(table, segment)| {
        streams::by_name(table)?;
        segment.strip_suffix(".parquet")
    });
    number.is_some_and(|number| {
        (6..=10).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// A name that may be anything, fit to be printed.
pub fn readable(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    let mut short: String = text.chars().take(LONGEST_NAME).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    escape(&short).into_owned()
}

impl Problem {
    fn sentence(self) -> &'static str {
        match self {
            Self::Compressed => "it is compressed, and only stored members are read",
            Self::Encrypted => "it is encrypted",
            Self::Contradicted => "what lies where it should is something else",
        }
    }
}

/// The path of a file of a recording, for those who read about it.
pub fn path_of(recording: &Path, name: &str) -> PathBuf {
    recording.join(name.trim_start_matches('/'))
}
