//! Rows with their names replaced, column by column, by what the schema says is in them.

use std::collections::HashMap;
use std::sync::Arc;

use afterwake_schema::{Content, Stream};
use anyhow::Result;
use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, ListArray, ListBuilder, StringArray, StringBuilder,
};
use arrow::compute::cast;
use arrow::compute::kernels::cmp::distinct;
use arrow::datatypes::{DataType, Field, Int64Type};
use arrow::record_batch::RecordBatch;

use super::facts::{Arguments, Facts};
use super::number;
use super::policy::Fate;
use super::pseudonym::Pseudonyms;
use super::tally::Tally;

/// Bytes of a name at most.
const LONGEST: usize = 4096;

/// Replaces the names in batches of rows.
pub struct Columns {
    pub names: Pseudonyms,
    pub facts: Facts,
    pub tally: Tally,
}

/// The other columns that some are understood by.
struct Row<'a> {
    batch: &'a RecordBatch,
}

impl Row<'_> {
    fn numbers(&self, column: &str) -> Result<Int64Array> {
        match self.batch.column_by_name(column) {
            Some(numbers) => Ok(cast(numbers, &DataType::Int64)?.as_primitive().clone()),
            None => Ok(Int64Array::new_null(self.batch.num_rows())),
        }
    }

    fn texts(&self, column: &str) -> Result<StringArray> {
        match self.batch.column_by_name(column) {
            Some(texts) => Ok(cast(texts, &DataType::Utf8)?.as_string().clone()),
            None => Ok(StringArray::new_null(self.batch.num_rows())),
        }
    }
}

impl Columns {
    /// The rows of a stream, in the columns that are declared and in their order.
    pub fn redact(&mut self, stream: &Stream, batch: &RecordBatch) -> Result<RecordBatch> {
        let mut columns = Vec::new();
        for (column, declared) in batch.columns().iter().zip(stream.columns()) {
            let (class, redacted) = self.column(declared.content, column, &Row { batch })?;
            self.tally.add(class, stream.name, changes(column, &redacted)?);
            columns.push(redacted);
        }
        let schema = batch.schema();
        let names = schema.fields().iter().map(|field| field.name());
        let columns = names.zip(columns).map(|(name, column)| (name, column, true));
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    }

    /// The class of a column and what takes its place.
    fn column(
        &self,
        content: Content,
        column: &ArrayRef,
        row: &Row<'_>,
    ) -> Result<(&'static str, ArrayRef)> {
        let names = &self.names;
        let policy = &names.policy;
        let key = &names.key;
        Ok(match content {
            Content::Number => ("numbers", Arc::clone(column)),
            Content::Word(is_known) => {
                let word =
                    |text: &str| if is_known(text) { None } else { names.word("word", text) };
                ("words", texts(column, word)?)
            }
            Content::Command => ("commands", texts(column, |text| names.command(text))?),
            Content::Arguments => ("arguments", arguments(names, column)?),
            Content::Path => ("paths", texts(column, |text| names.path(text))?),
            Content::MappedFile => ("paths", texts(column, |text| names.mapped_file(text))?),
            Content::Address => ("addresses", texts(column, |text| names.address(text))?),
            Content::Symbol => ("symbols", self.symbols(column, row)?),
            Content::BuildId => ("build_ids", self.build_ids(column, row)?),
            Content::Device => ("devices", texts(column, |text| names.device(text))?),
            Content::Counter => ("devices", texts(column, |text| names.counter(text))?),
            Content::SystemCall => ("words", texts(column, |text| names.system_call(text))?),
            Content::Remark => ("remarks", texts(column, |text| names.remark(text))?),
            Content::FreeText => ("log", texts(column, |text| names.free_text(text))?),
            Content::User => ("users", numbers(column, policy.users, |id| number::user(key, id))?),
            Content::Container => {
                ("containers", numbers(column, policy.containers, |id| number::container(key, id))?)
            }
            Content::Inode => {
                ("inodes", numbers(column, policy.inodes, |id| number::inode(key, id))?)
            }
            Content::CodeAddress => {
                ("memory", numbers(column, policy.memory, |at| number::code_address(key, at))?)
            }
            Content::Offset => ("memory", self.offsets(column, row)?),
            Content::CallArgument => ("users", self.call_arguments(column, row)?),
            Content::CallResult => ("users", self.call_results(column, row)?),
        })
    }

    /// Functions by the module that they are in; those of the kernel are everybody's.
    fn symbols(&self, column: &ArrayRef, row: &Row<'_>) -> Result<ArrayRef> {
        let (modules, spaces) = (row.numbers("module")?, row.texts("space")?);
        let is_public = |place: usize| match modules.is_valid(place) {
            true => self.facts.public_modules.contains(&modules.value(place)),
            false => spaces.is_valid(place) && spaces.value(place) == "kernel",
        };
        by_row(column, |place, name| self.names.symbol(name, is_public(place)))
    }

    fn build_ids(&self, column: &ArrayRef, row: &Row<'_>) -> Result<ArrayRef> {
        let paths = row.texts("path")?;
        // A library everybody has; but a kernel is somebody's own build, and its names are recorded anyway.
        let is_public = |place: usize| {
            paths.is_valid(place)
                && !paths.value(place).starts_with('[')
                && self.names.is_public(paths.value(place))
        };
        by_row(column, |place, id| self.names.build_id(id, is_public(place)))
    }

    /// Code that lies in no file has its address for an offset.
    fn offsets(&self, column: &ArrayRef, row: &Row<'_>) -> Result<ArrayRef> {
        let addresses = row.numbers("address")?;
        if self.names.policy.memory == Fate::Keep {
            return Ok(Arc::clone(column));
        }
        let offsets = column.as_primitive::<Int64Type>().iter().zip(&addresses);
        let replaced = offsets.map(|(offset, address)| match (offset, address) {
            (Some(offset), Some(address)) if offset == address => {
                Some(number::code_address(&self.names.key, address))
            }
            (offset, _) => offset,
        });
        Ok(Arc::new(replaced.collect::<Int64Array>()))
    }

    /// Arguments of calls that take user ids, or numbers that name nobody; of other calls nothing is left.
    fn call_arguments(&self, column: &ArrayRef, row: &Row<'_>) -> Result<ArrayRef> {
        self.by_call(column, row, |arguments, value| match arguments {
            Some(Arguments::Users) => number::user(&self.names.key, value),
            Some(Arguments::Numbers) if value < number::LEAST_POINTER => value,
            Some(Arguments::Numbers) | None => 0,
        })
    }

    /// `setfsuid` returns the user id that was set before; errors are negative.
    fn call_results(&self, column: &ArrayRef, row: &Row<'_>) -> Result<ArrayRef> {
        self.by_call(column, row, |arguments, value| match arguments {
            Some(Arguments::Users) if value > 0 => number::user(&self.names.key, value),
            _ => value,
        })
    }

    /// Numbers that are understood by the arguments of their call.
    fn by_call(
        &self,
        column: &ArrayRef,
        row: &Row<'_>,
        replaced: impl Fn(Option<Arguments>, i64) -> i64,
    ) -> Result<ArrayRef> {
        if self.names.policy.users == Fate::Keep {
            return Ok(Arc::clone(column));
        }
        let calls = row.numbers("syscall")?;
        let values = column.as_primitive::<Int64Type>().iter().zip(&calls);
        let values = values.map(|(value, call)| {
            let arguments = call.and_then(|call| self.facts.arguments.get(&call).copied());
            value.map(|value| replaced(arguments, value))
        });
        Ok(Arc::new(values.collect::<Int64Array>()))
    }
}

/// Every text by its pseudonym. A batch has few different ones, and no more than it has rows are remembered.
fn texts(column: &ArrayRef, pseudonym: impl Fn(&str) -> Option<String>) -> Result<ArrayRef> {
    let texts = cast(column, &DataType::Utf8View)?;
    let mut known: HashMap<&str, Option<String>> = HashMap::new();
    let mut result = StringBuilder::new();
    for text in texts.as_string_view() {
        let Some(text) = text else {
            result.append_null();
            continue;
        };
        let replaced = known.entry(text);
        let replaced = replaced.or_insert_with(|| shortened(text).or_else(|| pseudonym(text)));
        result.append_value(replaced.as_deref().unwrap_or(text));
    }
    Ok(Arc::new(result.finish()))
}

/// The same where it depends on the row.
fn by_row(
    column: &ArrayRef,
    pseudonym: impl Fn(usize, &str) -> Option<String>,
) -> Result<ArrayRef> {
    let texts = cast(column, &DataType::Utf8View)?;
    let mut result = StringBuilder::new();
    for (place, text) in texts.as_string_view().iter().enumerate() {
        let replaced = text.and_then(|text| shortened(text).or_else(|| pseudonym(place, text)));
        result.append_option(replaced.as_deref().or(text));
    }
    Ok(Arc::new(result.finish()))
}

/// No name is as long as this: nothing is left of it.
fn shortened(text: &str) -> Option<String> {
    (text.len() > LONGEST).then(|| "too-long".to_owned())
}

fn arguments(names: &Pseudonyms, column: &ArrayRef) -> Result<ArrayRef> {
    let mut result = ListBuilder::new(StringBuilder::new());
    for list in lists(column)?.iter() {
        if let Some(list) = &list {
            let arguments = list.as_string::<i32>();
            let replaced = names.arguments(arguments.iter().map(Option::unwrap_or_default));
            for (argument, replaced) in arguments.iter().zip(replaced) {
                result.values().append_option(argument.map(|argument| match &replaced {
                    Some(replaced) => replaced.as_str(),
                    None => argument,
                }));
            }
        }
        result.append(list.is_some());
    }
    Ok(Arc::new(result.finish()))
}

fn lists(column: &ArrayRef) -> Result<ListArray> {
    let item = Field::new_list_field(DataType::Utf8, true);
    Ok(cast(column, &DataType::List(Arc::new(item)))?.as_list::<i32>().clone())
}

fn numbers(column: &ArrayRef, fate: Fate, pseudonym: impl Fn(i64) -> i64) -> Result<ArrayRef> {
    if fate == Fate::Keep {
        return Ok(Arc::clone(column));
    }
    let mut known: HashMap<i64, i64> = HashMap::new();
    let values = column.as_primitive::<Int64Type>().iter();
    let mut replaced = |value: i64| *known.entry(value).or_insert_with(|| pseudonym(value));
    let values = values.map(|value| value.map(&mut replaced));
    Ok(Arc::new(values.collect::<Int64Array>()))
}

/// Values that are not what they were; each argument of a program counts.
fn changes(before: &ArrayRef, after: &ArrayRef) -> Result<u64> {
    if Arc::ptr_eq(before, after) {
        return Ok(0);
    }
    if let DataType::List(_) = before.data_type() {
        let (before, after) = (lists(before)?, lists(after)?);
        let pairs = before.iter().flatten().zip(after.iter().flatten());
        return pairs.map(|(before, after)| changes(&before, &after)).sum();
    }
    let common = match before.data_type() {
        DataType::Utf8View => &DataType::Utf8View,
        _ => after.data_type(),
    };
    let (before, after) = (cast(before, common)?, cast(after, common)?);
    Ok(distinct(&before, &after)?.true_count() as u64)
}
