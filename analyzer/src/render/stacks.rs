//! Stacks as text, and folded.

use std::collections::BTreeMap;
use std::io::{self, Write};

use arrow::array::{Array, AsArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use arrow::record_batch::RecordBatch;

use super::Stacks;

/// One row of a stack view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Frames from root to leaf, joined by `;`.
    pub folded: String,
    pub value: i64,
    /// Process of the root, where the view tells it.
    pub pid: Option<i64>,
    /// Instructions, where the view counts cycles.
    pub instructions: Option<i64>,
}

/// The rows of a result, in their order.
pub fn lines(stacks: &Stacks) -> io::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for batch in stacks.batches {
        let folded = cast_column(batch, "folded", &DataType::Utf8View)?
            .ok_or_else(|| io::Error::other("a stack view has a column `folded`"))?;
        let folded: &StringViewArray = folded.as_string_view();
        let value = cast_column(batch, "value", &DataType::Int64)?
            .ok_or_else(|| io::Error::other("a stack view has a column `value`"))?;
        let [pid, instructions] =
            ["pid", "instructions"].map(|name| cast_column(batch, name, &DataType::Int64));
        let (pid, instructions) = (pid?, instructions?);
        let number = |array: &Option<arrow::array::ArrayRef>, row: usize| {
            let array = array.as_ref()?.as_primitive::<Int64Type>();
            array.is_valid(row).then(|| array.value(row))
        };
        let value = Some(value);
        for row in (0..batch.num_rows()).filter(|row| folded.is_valid(*row)) {
            lines.push(Line {
                folded: folded.value(row).to_owned(),
                value: number(&value, row).unwrap_or(0),
                pid: number(&pid, row),
                instructions: number(&instructions, row),
            });
        }
    }
    Ok(lines)
}

fn cast_column(
    batch: &RecordBatch,
    name: &str,
    to: &DataType,
) -> io::Result<Option<arrow::array::ArrayRef>> {
    let array = batch.column_by_name(name).map(|array| cast(array, to));
    array.transpose().map_err(io::Error::other)
}

/// Equal stacks of several processes as one, in the order of the text.
pub fn merged(lines: &[Line]) -> BTreeMap<&str, (i64, i64)> {
    let mut merged: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for line in lines {
        let (value, instructions) = merged.entry(&line.folded).or_default();
        *value = value.saturating_add(line.value);
        *instructions = instructions.saturating_add(line.instructions.unwrap_or(0));
    }
    merged
}

/// The stacks one below the other, as the BCC tools print them: leaf first, then the root with its process,
/// then the value.
pub fn text(out: &mut dyn Write, stacks: &Stacks) -> io::Result<()> {
    for line in lines(stacks)? {
        let frames: Vec<&str> = line.folded.split(';').collect();
        for frame in frames[1..].iter().rev() {
            writeln!(out, "    {frame}")?;
        }
        match line.pid {
            Some(pid) => writeln!(out, "    {:<16} {} ({pid})", "-", frames[0])?,
            None => writeln!(out, "    {:<16} {}", "-", frames[0])?,
        }
        writeln!(out, "        {}\n", line.value)?;
    }
    Ok(())
}

/// One line per stack: frames joined by `;`, a space, the value.
pub fn folded(out: &mut dyn Write, stacks: &Stacks) -> io::Result<()> {
    for (folded, (value, _)) in merged(&lines(stacks)?) {
        writeln!(out, "{folded} {value}")?;
    }
    Ok(())
}

/// What the sums mean: thread-seconds, wall time and their ratio.
pub fn totals(err: &mut dyn Write, stacks: &Stacks) -> io::Result<()> {
    writeln!(err, "{}", summary(stacks)?)
}

/// One line about the sum of all values.
pub fn summary(stacks: &Stacks) -> io::Result<String> {
    let total = lines(stacks)?.iter().fold(0_i64, |sum, line| sum.saturating_add(line.value));
    let wall = stacks.span_ns as f64 / 1e9;
    let seconds = match stacks.unit {
        "us" => total as f64 / 1e6,
        "ns" => total as f64 / 1e9,
        unit => return Ok(format!("{total} {} in {wall:.3} s", counted(stacks.palette, unit))),
    };
    let ratio = if wall > 0.0 { seconds / wall } else { 0.0 };
    Ok(format!("{seconds:.3} thread-seconds in {wall:.3} s of wall time, {ratio:.2} times as much"))
}

/// What the values of a view that is not about time count.
pub fn counted<'a>(palette: &str, unit: &'a str) -> &'a str {
    if palette == "cpi" { "cycles" } else { unit }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringArray};

    use super::*;

    fn print(show: fn(&mut dyn Write, &Stacks) -> io::Result<()>) -> String {
        let folded = StringArray::from(vec!["sh;main;read", "sh;main;read", "idle"]);
        let batch = RecordBatch::try_from_iter([
            ("folded", Arc::new(folded) as ArrayRef),
            ("value", Arc::new(Int64Array::from(vec![1_500_000, 500_000, 2]))),
            ("pid", Arc::new(Int64Array::from(vec![Some(7), Some(8), None]))),
        ])
        .unwrap();
        let stacks = Stacks {
            view: "offcputime",
            title: "",
            unit: "us",
            palette: "offcpu",
            span_ns: 1_000_000_000,
            batches: &[batch],
        };
        let mut out = Vec::new();
        show(&mut out, &stacks).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_is_leaf_first() {
        let text = print(text);
        let begin = "    read\n    main\n    -                sh (7)\n        1500000\n\n";
        assert!(text.starts_with(begin), "{text}");
        assert!(text.ends_with("    -                idle\n        2\n\n"), "{text}");
    }

    #[test]
    fn folded_merges_processes() {
        assert_eq!(print(folded), "idle 2\nsh;main;read 2000000\n");
    }

    #[test]
    fn totals_are_thread_seconds() {
        let line = "2.000 thread-seconds in 1.000 s of wall time, 2.00 times as much\n";
        assert_eq!(print(totals), line);
    }
}
