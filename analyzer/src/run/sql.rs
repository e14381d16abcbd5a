//! `afterwake sql`: any SQL that reads the tables of a recording.

use std::io::Write;

use anyhow::Result;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::execution::context::SQLOptions;

use super::{Session, Take, losses, stdout};
use crate::render::{self, Format, Sink, TableStyle};
use crate::view::words;

/// Runs the SQL and prints its result; what its tables miss is said on stderr.
pub fn run(session: &Session, sql: &str, format: Format) -> Result<()> {
    let mut out = stdout();
    print(session, sql, format, &mut out)?;
    let mut tables: Vec<String> = words(sql).collect();
    let mut needed = session.tables_of(sql);
    for table in tables.clone() {
        if let Some(derived) = session.library.table(&table) {
            let derived = derived?;
            tables.extend(words(&derived.sql));
            needed.extend(derived.needs);
        }
    }
    losses::say_what_was_not_recorded(session, &needed);
    losses::report(session, &tables)
}

/// A view of the user's lasts as long as the session; everything else that changes something is refused.
fn options(sql: &str) -> SQLOptions {
    let first: Vec<_> = words(sql).take(4).collect();
    let first: Vec<_> = first.iter().map(String::as_str).collect();
    let is_view =
        matches!(first[..], ["create" | "drop", "view", ..] | ["create", "or", "replace", "view"]);
    SQLOptions::new()
        .with_allow_ddl(is_view)
        .with_allow_dml(false)
        .with_allow_statements(matches!(first[..], ["set", ..]))
}

/// Runs the SQL and prints its result.
pub fn print(session: &Session, sql: &str, format: Format, out: &mut dyn Write) -> Result<()> {
    let mut printer = Printer { format, out: Some(out), sink: None };
    session.execute(sql, options(sql), &mut printer)?;
    printer.sink.as_mut().map_or(Ok(()), |sink| sink.finish())
}

struct Printer<'a> {
    format: Format,
    out: Option<&'a mut dyn Write>,
    sink: Option<Box<dyn Sink + 'a>>,
}

impl Take for Printer<'_> {
    fn schema(&mut self, schema: &SchemaRef) -> Result<()> {
        let Some(out) = self.out.take() else { return Ok(()) };
        // A statement such as CREATE VIEW has no columns, and nothing to print.
        if !schema.fields().is_empty() {
            self.sink = Some(render::sink(self.format, out, schema, TableStyle::Plain)?);
        }
        Ok(())
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<()> {
        self.sink.as_mut().map_or(Ok(()), |sink| sink.write(&batch))
    }
}
