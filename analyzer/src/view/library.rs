//! The views there are: those that come with the program, and those of a folder of the user's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Result;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;

use super::{View, header, nearest, words};
use crate::failure::Failure;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// View files and derived tables by name; a header is read when it is asked for.
#[derive(Debug, Default)]
pub struct Library {
    views: BTreeMap<String, File>,
    tables: BTreeMap<String, File>,
}

#[derive(Debug)]
struct File {
    path: String,
    text: String,
}

impl Library {
    /// The embedded files; those of `folder` are added and win over embedded ones of the same name.
    pub fn load(folder: Option<&Path>) -> Result<Self> {
        let mut library = Self::default();
        for (path, text) in embedded::FILES {
            library.add(&Path::new("queries").join(path), (*text).into());
        }
        if let Some(folder) = folder {
            library.add_folder(folder)?;
            let derived = folder.join("lib");
            if derived.is_dir() {
                library.add_folder(&derived)?;
            }
        }
        Ok(library)
    }

    fn add(&mut self, path: &Path, text: String) {
        let is_table = path.parent().is_some_and(|parent| parent.ends_with("lib"));
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let files = if is_table { &mut self.tables } else { &mut self.views };
        files.insert(name, File { path: path.display().to_string(), text });
    }

    fn add_folder(&mut self, folder: &Path) -> Result<()> {
        let unreadable = |path: &Path, error: std::io::Error| {
            Failure::new(format!("{} cannot be read: {error}", path.display()))
                .hint("--views and AFTERWAKE_VIEWS name a folder of .sql files")
        };
        let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
        for entry in entries {
            let path = entry.map_err(|error| unreadable(folder, error))?.path();
            if path.extension().is_some_and(|extension| extension == "sql") {
                let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
                self.add(&path, text);
            }
        }
        Ok(())
    }

    /// The names of the views and their one-line helps.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.views.iter().map(|(name, file)| (name.as_str(), header::help(&file.text)))
    }

    /// The names of the derived tables and their one-line helps.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tables.iter().map(|(name, file)| (name.as_str(), header::help(&file.text)))
    }

    pub fn has(&self, name: &str) -> bool {
        self.views.contains_key(name)
    }

    /// The view of that name.
    pub fn view(&self, name: &str) -> Result<View> {
        let Some(file) = self.views.get(name) else {
            let hint = match nearest(name, self.views.keys().map(String::as_str)) {
                Some(near) => format!("did you mean {near}? `afterwake views` lists them all"),
                None => "`afterwake views` lists them all".into(),
            };
            return Err(Failure::usage(format!("there is no view {name}")).hint(hint).into());
        };
        header::parse(name, &file.path, &file.text)
    }

    /// The derived table of that name, if there is one.
    pub fn table(&self, name: &str) -> Option<Result<View>> {
        let file = self.tables.get(name)?;
        Some(header::parse(name, &file.path, &file.text))
    }

    /// Whether `sql` reads the table, be it through derived tables.
    pub fn reads(&self, sql: &str, table: &str) -> Result<bool> {
        let mut seen = BTreeSet::new();
        self.collect(sql, &mut seen, &mut Vec::new())?;
        Ok(seen.contains(table))
    }

    /// Registers the derived tables that `sql` mentions, and those that they are made of.
    pub async fn register(&self, session: &SessionContext, sql: &str) -> Result<()> {
        let mut order = Vec::new();
        self.collect(sql, &mut BTreeSet::new(), &mut order)?;
        for table in order {
            if session.table_exist(table.name.as_str())? {
                continue;
            }
            let create = format!("CREATE VIEW \"{}\" AS {}", table.name, table.sql);
            let wrong = |error: DataFusionError| {
                Failure::new(format!(
                    "{}: {}",
                    table.file,
                    error.strip_backtrace().replace('\n', " ")
                ))
                .hint("a derived table is a SELECT over tables and other derived tables")
            };
            session.sql(&create).await.map_err(wrong)?;
        }
        Ok(())
    }

    /// Registers every derived table; one that does not work is named on stderr and left out.
    pub async fn register_all(&self, session: &SessionContext) {
        for name in self.tables.keys() {
            if let Err(error) = self.register(session, name).await {
                say!("note: {name} is left out: {error}");
            }
        }
    }

    /// Depth first, so that what a table is made of comes before it.
    fn collect(&self, sql: &str, seen: &mut BTreeSet<String>, order: &mut Vec<View>) -> Result<()> {
        for word in words(sql) {
            if seen.insert(word.clone())
                && let Some(table) = self.table(&word)
            {
                let table = table?;
                self.collect(&table.sql, seen, order)?;
                order.push(table);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_file_has_a_good_header() {
        let library = Library::load(None).unwrap();
        for (name, _) in library.names() {
            let view = library.view(name).unwrap();
            assert!(!view.group.is_empty() && !view.columns.is_empty(), "{name}");
        }
        for (name, _) in library.tables() {
            library.table(name).unwrap().unwrap();
        }
    }

    #[test]
    fn a_folder_adds_and_replaces() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("lib")).unwrap();
        fs::write(folder.path().join("mine.sql"), "-- Mine.\nSELECT 1").unwrap();
        fs::write(folder.path().join("lib/two.sql"), "-- Two.\nSELECT x + 1 AS x FROM one")
            .unwrap();
        fs::write(folder.path().join("lib/one.sql"), "-- One.\nSELECT 1 AS x").unwrap();
        let library = Library::load(Some(folder.path())).unwrap();
        assert_eq!(library.view("mine").unwrap().help, "Mine");
        let mut order = Vec::new();
        library.collect("SELECT * FROM two", &mut BTreeSet::new(), &mut order).unwrap();
        let names: Vec<_> = order.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["one", "two"]);
        let error = library.view("mime").unwrap_err();
        let hint = error.downcast_ref::<Failure>().unwrap().hint.clone();
        assert!(hint.unwrap().contains("did you mean mine?"));
    }
}
