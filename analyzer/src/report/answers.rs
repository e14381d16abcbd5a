//! Any view as a figure: stacks as a flame graph, histograms as bars, rows as a table, parts as text.

use anyhow::Result;
use arrow::array::AsArray;
use arrow::datatypes::{DataType, Int64Type};
use serde_json::{Value, json};

use super::columns::{numbers, texts};
use super::context::{Answer, Context};
use super::tree::Tree;
use crate::render::{Cells, Sections, heading};
use crate::run::Order;
use crate::view::{Buckets, Render};

/// Rows of a table, and frames of a flame graph; what is beyond is said.
const ROWS: usize = 200;
const FRAMES: usize = 20_000;
/// Histograms of one view: a view with `-P` has one per process.
const SECTIONS: usize = 24;
/// Letters of a text: the checklist is short, a view of a stranger's may not be.
const LETTERS: usize = 200_000;

/// What draws the answer, and its data.
pub fn ask(context: &mut Context<'_>, view: &str, flags: &[&str]) -> Result<(&'static str, Value)> {
    let order = context.order(view, flags)?;
    match order.render() {
        Render::Parts => {
            let text = context.text(&order)?;
            let text: String = text.chars().take(LETTERS).collect();
            Ok(("text", json!({ "parts": parts(&text) })))
        }
        Render::Stacks => {
            let answer = context.answer(&order, usize::MAX)?;
            Ok(("flame", flame(context, &order, &answer)?))
        }
        Render::Histogram(buckets) => {
            let answer = context.answer(&order, usize::MAX)?;
            Ok(("histogram", histogram(&answer, buckets)?))
        }
        Render::Table => {
            let answer = context.answer(&order, ROWS)?;
            Ok(("table", table(context, &order, &answer)?))
        }
    }
}

fn flame(context: &mut Context, order: &Order, answer: &Answer) -> Result<Value> {
    let mut tree = Tree::new(&mut context.names);
    for batch in &answer.batches {
        let (folded, value) = (texts(batch, "folded")?, numbers(batch, "value")?);
        for row in 0..batch.num_rows() {
            let leaf = tree.leaf(folded.value(row), &mut context.names);
            tree.add(leaf, value.value(row).max(0));
        }
    }
    let drawn = tree.fitted(FRAMES, &mut context.names);
    let unit = if order.view.unit.is_empty() { "us" } else { &order.view.unit };
    Ok(json!({
        "unit": unit,
        "palette": order.view.palette,
        "tree": { "frames": drawn.text, "total": drawn.total, "least": drawn.least },
    }))
}

fn histogram(answer: &Answer, buckets: Buckets) -> Result<Value> {
    let mut open = Sections::new(buckets);
    let mut sections = Vec::new();
    for batch in &answer.batches {
        sections.extend(open.read(batch)?);
    }
    sections.extend(open.close());
    let hidden = sections.len().saturating_sub(SECTIONS);
    let sections: Vec<Value> = (sections.iter().take(SECTIONS))
        .map(|section| {
            let slots: Vec<_> = (section.slots.iter())
                .map(|(slot, count)| {
                    let (low, high) = buckets.limits(*slot);
                    // A page's numbers have 53 bits; beyond, a limit is a text.
                    json!([slot, low.to_string(), high.to_string(), count])
                })
                .collect();
            json!({ "heading": section.heading, "unit": section.unit, "slots": slots })
        })
        .collect();
    Ok(json!({ "sections": sections, "hidden": hidden, "linear": buckets == Buckets::Linear }))
}

fn table(context: &Context, order: &Order, answer: &Answer) -> Result<Value> {
    let clock = context.session.recording.wall_clock();
    let mut columns = Vec::new();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for batch in &answer.batches {
        let schema = batch.schema();
        let is_time = |index: usize| {
            let field = schema.field(index);
            field.name() == "time" && field.data_type() == &DataType::Int64
        };
        if columns.is_empty() {
            for (index, field) in schema.fields().iter().enumerate() {
                let declared = order.view.columns.iter().find(|one| one.name == *field.name());
                let given = declared.and_then(|column| column.heading.clone());
                let title = given.unwrap_or_else(|| heading(field.name()));
                let meaning = declared.map_or("", |column| &column.meaning);
                let is_number = field.data_type().is_numeric() && !is_time(index);
                columns.push(json!([title, meaning, is_number]));
            }
        }
        let cells: Vec<_> = batch
            .columns()
            .iter()
            .map(|array| Cells::new(array, Some(3)))
            .collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            let text = |index: usize| match batch.column(index).as_primitive_opt::<Int64Type>() {
                Some(times) if is_time(index) && !cells[index].text(row).is_empty() => {
                    clock.time_of_day(times.value(row))
                }
                _ => cells[index].text(row),
            };
            rows.push((0..cells.len()).map(text).collect());
        }
    }
    Ok(json!({ "columns": columns, "rows": rows, "hidden": answer.rows - rows.len() }))
}

/// The parts of a list: what follows `== ` up to the next.
fn parts(text: &str) -> Vec<[String; 2]> {
    let mut parts: Vec<[String; 2]> = Vec::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("== ") {
            parts.push([heading.into(), String::new()]);
        } else if let Some([_, body]) = parts.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    parts
}
