//! Lists of what there is: views, tables, columns.

use std::collections::BTreeMap;
use std::io::Write;

use afterwake_schema::reference::sql_type;
use afterwake_schema::streams;
use anyhow::Result;

use crate::failure::Failure;
use crate::recording::about;
use crate::view::{Library, nearest};

/// Names and one-line helps by group.
fn groups(library: &Library) -> Result<BTreeMap<String, Vec<(&str, &str)>>> {
    let mut groups: BTreeMap<String, Vec<(&str, &str)>> = BTreeMap::new();
    for (name, help) in library.names() {
        let group = library.view(name)?.group;
        let group = if group.is_empty() { "other".into() } else { group };
        groups.entry(group).or_default().push((name, help));
    }
    Ok(groups)
}

/// The views, one line each, by group.
pub fn views(library: &Library, out: &mut dyn Write) -> Result<()> {
    let width = library.names().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (number, (group, views)) in groups(library)?.iter().enumerate() {
        let gap = if number == 0 { "" } else { "\n" };
        writeln!(out, "{gap}{group}")?;
        views.iter().try_for_each(|(name, help)| writeln!(out, "  {name:<width$} {help}"))?;
    }
    Ok(out.flush()?)
}

/// The same as a table for a page.
pub fn views_as_markdown(library: &Library, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "| view | shows |\n|---|---|")?;
    for (group, views) in groups(library)? {
        writeln!(out, "| **{group}** | |")?;
        for (name, help) in views {
            writeln!(out, "| `{name}` | {} |", help.replace('|', "\\|"))?;
        }
    }
    Ok(out.flush()?)
}

/// The tables, one line each: those of a recording, then the derived ones.
pub fn tables(library: &Library, out: &mut dyn Write) -> Result<()> {
    for stream in streams::ALL {
        writeln!(out, "{:<16} {}", stream.name, first_line(stream.doc))?;
    }
    writeln!(out, "{:<16} {}", about::NAME, about::DOC)?;
    for (name, help) in library.tables() {
        writeln!(out, "{name:<16} {help} (derived)")?;
    }
    Ok(out.flush()?)
}

/// The tables, or the columns of one.
pub fn schema(library: &Library, table: Option<&str>, out: &mut dyn Write) -> Result<()> {
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
    if table == about::NAME {
        writeln!(out, "{}\n", about::DOC)?;
        for (name, kind, meaning) in about::columns() {
            writeln!(out, "{name:<16} {kind:<10} {meaning}")?;
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
    let names = names.chain([about::NAME]).chain(library.tables().map(|(name, _)| name));
    let near = nearest(table, names).map_or(String::new(), |near| format!("did you mean {near}? "));
    Err(Failure::usage(format!("there is no table {table}"))
        .hint(format!("{near}`afterwake schema` lists them"))
        .into())
}

fn first_line(doc: &str) -> &str {
    doc.trim().lines().next().unwrap_or_default().trim()
}
