//! The scalar functions.

use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, Int64Array, StringArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};

use super::folding::{self, Style};
use super::names::{Names, fit};
use super::terminal;
use crate::chains::roots;
use crate::chains::wait::{Context, EARLY_MAX_NS};

/// Arguments by row. Constants arrive as arrays of one row.
struct Arguments(Vec<Arc<dyn Array>>);

impl Arguments {
    fn rows(&self) -> usize {
        self.0.first().map_or(0, |array| array.len())
    }

    fn number(&self, argument: usize, row: usize) -> Option<i64> {
        let array = self.0[argument].as_primitive::<Int64Type>();
        array.is_valid(row).then(|| array.value(row))
    }

    fn flag(&self, argument: usize, row: usize) -> bool {
        let array = self.0[argument].as_boolean();
        array.is_valid(row) && array.value(row)
    }

    fn text(&self, argument: usize, row: usize) -> Option<&str> {
        let array = self.0[argument].as_string_view();
        array.is_valid(row).then(|| array.value(row))
    }

    fn style(&self, row: usize) -> Style {
        Style { delimiter: self.flag(2, row), annotate: self.flag(3, row) }
    }

    fn map<T, A: FromIterator<T> + Array + 'static>(
        &self,
        of: impl Fn(usize) -> T,
    ) -> Arc<dyn Array> {
        Arc::new((0..self.rows()).map(of).collect::<A>())
    }
}

fn function(
    name: &str,
    takes: &[DataType],
    gives: DataType,
    of: impl Fn(&Arguments) -> Result<Arc<dyn Array>> + Send + Sync + 'static,
) -> ScalarUDF {
    let body = move |values: &[ColumnarValue]| {
        let arguments = Arguments(ColumnarValue::values_to_arrays(values)?);
        Ok(ColumnarValue::Array(of(&arguments)?))
    };
    create_udf(name, takes.to_vec(), gives, Volatility::Immutable, Arc::new(body))
}

/// All of them.
pub fn functions(names: &Arc<Names>) -> Vec<ScalarUDF> {
    use DataType::{Boolean, Int64, Utf8, Utf8View};
    let style = [Int64, Int64, Boolean, Boolean];
    let (of_target, of_waker, of_terminal) =
        (Arc::clone(names), Arc::clone(names), Arc::clone(names));
    vec![
        function("stack_text", &style, Utf8, move |given| {
            let stacks = of_target.stacks()?;
            Ok(given.map::<_, StringArray>(|row| {
                let stack = |argument| given.number(argument, row).unwrap_or(0);
                Some(folding::target(stacks, stack(0), stack(1), given.style(row)))
            }))
        }),
        function("waker_text", &style, Utf8, move |given| {
            let stacks = of_waker.stacks()?;
            Ok(given.map::<_, StringArray>(|row| {
                let stack = |argument| given.number(argument, row).unwrap_or(0);
                Some(folding::waker(stacks, stack(0), stack(1), given.style(row)))
            }))
        }),
        function("frame_text", &[Utf8View], Utf8, |given| {
            Ok(given.map::<_, StringArray>(|row| given.text(0, row).map(fit)))
        }),
        function("terminal", &[Utf8View, Int64], Utf8, move |given| {
            let stacks = of_terminal.stacks()?;
            Ok(given.map::<_, StringArray>(|row| {
                let context = Context::named(given.text(0, row)?)?;
                Some(terminal::name(stacks, context, given.number(1, row).unwrap_or(0)))
            }))
        }),
        function("task_state", &[Int64, Boolean], Utf8, |given| {
            Ok(given.map::<_, StringArray>(|row| {
                given.number(0, row).map(|state| letter(state, given.flag(1, row)))
            }))
        }),
        function("log2_bucket", &[Int64], Int64, |given| {
            let values = given.0[0].as_primitive::<Int64Type>();
            Ok(Arc::new(values.unary::<_, Int64Type>(bucket)) as Arc<Int64Array>)
        }),
        function("runnable_ts", &[Int64, Int64, Int64, Boolean], Int64, |given| {
            let voluntary = given.0[3].as_boolean();
            let [off, woken, on] =
                [0, 1, 2].map(|argument| given.0[argument].as_primitive::<Int64Type>());
            Ok(given.map::<_, Int64Array>(|row| {
                let of = |array: &Int64Array| array.is_valid(row).then(|| array.value(row));
                let voluntary = voluntary.is_valid(row) && voluntary.value(row);
                runnable_ts(of(off)?, of(woken), of(on), voluntary)
            }))
        }),
        function("overlap_ns", &[const { Int64 }; 4], Int64, |given| {
            let [begin, end, from, to] =
                [0, 1, 2, 3].map(|argument| given.0[argument].as_primitive::<Int64Type>());
            let nulls = [begin, end, from, to]
                .iter()
                .fold(None, |nulls, array| NullBuffer::union(nulls.as_ref(), array.nulls()));
            let overlap = |row: usize| {
                let (begin, end) =
                    (begin.value(row).max(from.value(row)), end.value(row).min(to.value(row)));
                end.saturating_sub(begin).max(0)
            };
            let values = (0..given.rows()).map(overlap).collect::<Vec<_>>();
            Ok(Arc::new(Int64Array::new(values.into(), nulls)) as Arc<dyn Array>)
        }),
        function("has_state", &[Int64, Int64], Boolean, |given| {
            Ok(given.map::<_, BooleanArray>(|row| {
                Some(roots::has_state(given.number(0, row)? as u32, given.number(1, row)? as u32))
            }))
        }),
    ]
}

/// When a thread that left the CPU was runnable again, never before it left and never after it came back.
/// NULL while it sleeps.
fn runnable_ts(off: i64, woken: Option<i64>, on: Option<i64>, voluntary: bool) -> Option<i64> {
    if !voluntary {
        return Some(off);
    }
    let woken = woken.filter(|woken| off.saturating_sub(*woken) <= EARLY_MAX_NS).or(on)?.max(off);
    Some(on.map_or(woken, |on| woken.min(on.max(off))))
}

/// The lower edge of the bucket that a value falls in: 0 for 0 and 1, then powers of two.
fn bucket(value: i64) -> i64 {
    if value < 2 { 0 } else { 1 << value.ilog2() }
}

/// The letter of a task state, `+` behind it where the CPU was taken away.
fn letter(state: i64, preempted: bool) -> &'static str {
    match state {
        _ if preempted => "R+",
        0 => "R",
        state if state & 0x80 != 0 => "X",
        state if state & 0x402 == 0x402 => "I",
        state if state & 0x1 != 0 => "S",
        state if state & 0x2 != 0 => "D",
        state if state & 0x4 != 0 => "T",
        state if state & 0x8 != 0 => "t",
        state if state & 0x40 != 0 => "P",
        state if state & 0x8000 != 0 => "F",
        state if state & 0x1000 != 0 => "L",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::{bucket, letter, runnable_ts};

    #[test]
    fn buckets_begin_at_powers_of_two() {
        let edges: Vec<i64> = [0, 1, 2, 3, 4, 7, 8, 1023, 1024].map(bucket).into();
        assert_eq!(edges, [0, 0, 2, 2, 4, 4, 8, 512, 1024]);
        assert_eq!(bucket(-5), 0);
    }

    #[test]
    fn wakings_are_clamped_into_the_wait() {
        assert_eq!(runnable_ts(10, Some(15), Some(20), true), Some(15));
        assert_eq!(runnable_ts(10, Some(15), Some(20), false), Some(10), "never blocked");
        assert_eq!(runnable_ts(10, Some(9), Some(20), true), Some(10), "an early waking");
        assert_eq!(runnable_ts(5_000_000, Some(9), Some(5_000_020), true), Some(5_000_020));
        assert_eq!(runnable_ts(10, Some(25), Some(20), true), Some(20));
        assert_eq!(runnable_ts(10, None, Some(20), true), Some(20), "no waker");
        assert_eq!(runnable_ts(10, None, None, true), None, "asleep");
    }

    #[test]
    fn states_have_the_letters_of_ps() {
        let states =
            [(0, "R"), (1, "S"), (2, "D"), (0x102, "D"), (0x402, "I"), (0x2001, "S"), (0x80, "X")];
        for (state, expected) in states {
            assert_eq!(letter(state, false), expected, "{state:#x}");
        }
        assert_eq!(letter(1, true), "R+");
    }
}
