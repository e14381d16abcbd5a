//! `start_of(thread)` and `stop_of(thread)`: from when to when there is a recording of that thread.
//!
//! Of several recordings, each ends for itself: between two of one host nobody knows what its threads did.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};

use crate::recording::Recording;

/// Both.
pub fn functions(recording: &Arc<Recording>) -> [ScalarUDF; 2] {
    [
        function("start_of", recording, |span| span.start),
        function("stop_of", recording, |span| span.end),
    ]
}

fn function(name: &str, recording: &Arc<Recording>, end: fn(Range<i64>) -> i64) -> ScalarUDF {
    let recording = Arc::clone(recording);
    let body = move |values: &[ColumnarValue]| {
        // One recording has one answer, and ten million rows.
        if !recording.is_several() {
            return Ok(ColumnarValue::Scalar(ScalarValue::Int64(Some(end(recording.span())))));
        }
        let threads = ColumnarValue::values_to_arrays(values)?;
        let threads = threads[0].as_primitive::<Int64Type>().iter();
        let of = |thread: Option<i64>| Some(end(recording.of_thread(thread?)?.span()));
        Ok(ColumnarValue::Array(Arc::new(threads.map(of).collect::<Int64Array>()) as ArrayRef))
    };
    let takes = vec![DataType::Int64];
    create_udf(name, takes, DataType::Int64, Volatility::Immutable, Arc::new(body))
}
