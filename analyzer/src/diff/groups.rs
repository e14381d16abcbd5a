//! The rows of a table, put together by their keys while they arrive.

use std::collections::BTreeMap;

use anyhow::Result;
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, SchemaRef};
use arrow::record_batch::RecordBatch;

use crate::run::{Order, Take};
use crate::view::Measure;

/// The values of the key columns.
pub type Key = Vec<Option<String>>;

pub struct Groups<'a> {
    order: &'a Order,
    keys: &'a [String],
    measures: &'a [Measure],
    pub found: BTreeMap<Key, Vec<Sum>>,
}

/// A sum, and for a mean the sum of the weights.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    pub value: f64,
    pub weight: f64,
}

impl<'a> Groups<'a> {
    pub fn new(order: &'a Order, keys: &'a [String], measures: &'a [Measure]) -> Self {
        Self { order, keys, measures, found: BTreeMap::new() }
    }
}

impl Take for Groups<'_> {
    fn schema(&mut self, schema: &SchemaRef) -> Result<()> {
        self.order.shown(schema).map(drop)
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<()> {
        let keys = self.keys.iter().map(|name| column(&batch, name, &DataType::Utf8));
        let keys = keys.collect::<Result<Vec<_>>>()?;
        let keys: Vec<&StringArray> = keys.iter().map(|array| array.as_string()).collect();
        let measures = self.measures.iter().map(|measure| Addends::of(measure, &batch));
        let measures = measures.collect::<Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            let key = keys.iter().map(|array| array.is_valid(row).then(|| array.value(row).into()));
            let sums = self.found.entry(key.collect()).or_default();
            sums.resize(measures.len(), Sum::default());
            for (sum, addends) in sums.iter_mut().zip(&measures) {
                if let Some((value, weight)) = addends.row(row) {
                    sum.value += value * weight;
                    sum.weight += weight;
                }
            }
        }
        Ok(())
    }
}

/// The column of that name as another type; what cannot be read as such is NULL.
pub fn column(batch: &RecordBatch, name: &str, to: &DataType) -> Result<ArrayRef> {
    let place = batch.schema().index_of(name)?;
    Ok(cast(batch.column(place), to)?)
}

/// Value and weight of each row; 1 where there is no column.
struct Addends {
    value: Option<Float64Array>,
    weight: Option<Float64Array>,
}

impl Addends {
    fn of(measure: &Measure, batch: &RecordBatch) -> Result<Self> {
        let mut arrays = measure.columns().map(|name| -> Result<Float64Array> {
            let array = column(batch, name, &DataType::Float64)?;
            Ok(array.as_primitive::<Float64Type>().clone())
        });
        Ok(Self { value: arrays.next().transpose()?, weight: arrays.next().transpose()? })
    }

    fn row(&self, row: usize) -> Option<(f64, f64)> {
        let at = |array: &Option<Float64Array>| match array {
            Some(array) => array.is_valid(row).then(|| array.value(row)),
            None => Some(1.0),
        };
        Some((at(&self.value)?, at(&self.weight)?))
    }
}
