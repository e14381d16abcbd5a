//! How many values were replaced, of which class and where; never which.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::Result;

use crate::run::stdout;

/// By class, by table.
#[derive(Debug, Default)]
pub struct Tally(pub BTreeMap<String, BTreeMap<String, u64>>);

impl Tally {
    pub fn add(&mut self, class: &str, table: &str, count: u64) {
        if count > 0 {
            let tables = self.0.entry(class.to_owned()).or_default();
            *tables.entry(table.to_owned()).or_default() += count;
        }
    }

    /// Prints the counts.
    pub fn print(&self, target: &Path) -> Result<()> {
        let mut out = stdout();
        writeln!(out, "{:<16} {:<14} {:>12}", "CLASS", "TABLE", "REPLACED")?;
        for (class, tables) in &self.0 {
            for (table, count) in tables {
                writeln!(out, "{class:<16} {table:<14} {count:>12}")?;
            }
        }
        let total: u64 = self.0.values().flat_map(BTreeMap::values).sum();
        writeln!(out, "\n{total} values were replaced in {}", target.display())?;
        Ok(out.flush()?)
    }
}
