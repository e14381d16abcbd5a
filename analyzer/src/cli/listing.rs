//! Lists of what there is: views, tables, columns.

use std::collections::BTreeMap;
use std::io::Write;

use afterwake_schema::reference::sql_type;
use afterwake_schema::streams;
use anyhow::Result;

use crate::failure::Failure;
use crate::view::{Library, nearest};

/// The views, one line each, by group.
pub fn views(library: &Library, out: &mut dyn Write) -> Result<()> {
    let mut groups: BTreeMap<String, Vec<(&str, &str)>> = BTreeMap::new();
    for (name, help) in library.names() {
        groups.entry(library.view(name)?.group).or_default().push((name, help));
    }
    for (number, (group, views)) in groups.iter().enumerate() {
        let gap = if number == 0 { "" } else { "\n" };
        writeln!(out, "{gap}{}", if group.is_empty() { "other" } else { group })?;
        views.iter().try_for_each(|(name, help)| writeln!(out, "  {name:<16} {help}"))?;
    }
    Ok(out.flush()?)
}

/// The tables, one line each: those of a recording, then the derived ones.
pub fn tables(library: &Library, out: &mut dyn Write) -> Result<()> {
    for stream in streams::ALL {
        writeln!(out, "{:<16} {}", stream.name, first_line(stream.doc))?;
    }
    for (name, help) in library.tables() {
        writeln!(out, "{name:<16} {help} (derived)")?;
    }
    Ok(out.flush()?)
}

/// The tables, or the columns of one.
pub async fn schema(library: &Library, table: Option<&str>, out: &mut dyn Write) -> Result<()> {
    let Some(table) = table else { return tables(library, out) };
    if let Some(stream) = streams::by_name(table) {
        for line in stream.doc.trim().lines() {
            writeln!(out, "{}", line.trim())?;
        }
        writeln!(out)?;
        for column in stream.columns() {
            let kind = sql_type(&column.data_type);
            let meaning = if column.meaning.is_empty() {
                String::new()
            } else {
                format!(" ({})", column.meaning)
            };
            writeln!(out, "{:<16} {kind:<10} {}{meaning}", column.name, column.doc.trim())?;
        }
        return Ok(out.flush()?);
    }
    if let Some(derived) = library.table(table) {
        let derived = derived?;
        writeln!(out, "{}.\n{}\n", derived.help, derived.description)?;
        for column in &derived.columns {
            writeln!(out, "{:<16} {}", column.name, column.meaning)?;
        }
        return Ok(out.flush()?);
    }
    let names = streams::ALL.iter().map(|stream| stream.name);
    let names = names.chain(library.tables().map(|(name, _)| name));
    let near = nearest(table, names).map_or(String::new(), |near| format!("did you mean {near}? "));
    Err(Failure::usage(format!("there is no table {table}"))
        .hint(format!("{near}`afterwake schema` lists them"))
        .into())
}

fn first_line(doc: &str) -> &str {
    doc.trim().lines().next().unwrap_or_default().trim()
}
