//! The reference page of the tables: `schema/REFERENCE.md`.

use std::fmt::Write;

use arrow::datatypes::DataType;

use crate::streams::{ALL, SUMMED};

/// The type of a column in SQL terms.
pub fn sql_type(data_type: &DataType) -> String {
    match data_type {
        DataType::Int64 => "BIGINT".into(),
        DataType::Int32 => "INT".into(),
        DataType::Int16 => "SMALLINT".into(),
        DataType::Boolean => "BOOLEAN".into(),
        DataType::Utf8 => "VARCHAR".into(),
        DataType::List(item) => format!("{}[]", sql_type(item.data_type())),
        other => other.to_string(),
    }
}

/// The whole page.
pub fn reference() -> String {
    let mut page = String::from(
        "# Tables of a recording\n\n\
         <!-- Generated from schema/src/streams.rs; `make bless` rewrites it. -->\n\n\
         One directory per table, Parquet inside. `ts` and `*_ts` are nanoseconds of `CLOCK_MONOTONIC`, \
         `*_ns` are durations in nanoseconds. A column of a later version is NULL in an earlier recording.\n",
    );
    page.push_str("\nThese have no table of their own:\n\n");
    for (name, about) in SUMMED {
        let _ = writeln!(page, "- `{name}`: {about}");
    }
    for stream in ALL {
        let _ = write!(page, "\n## {}\n\n", stream.name);
        for line in stream.doc.lines() {
            let _ = writeln!(page, "{}", line.trim());
        }
        page.push_str("\n| column | type | unit or reference | meaning |\n|---|---|---|---|\n");
        for column in stream.columns() {
            let null = if column.nullable { " or NULL" } else { "" };
            let _ = writeln!(
                page,
                "| `{}` | {}{null} | {} | {} |",
                column.name,
                sql_type(&column.data_type),
                column.meaning,
                column.doc.trim()
            );
        }
    }
    page
}
