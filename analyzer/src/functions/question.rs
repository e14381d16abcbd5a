//! The constant arguments of the chain functions.

use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::Expr;

use super::names::Who;
use crate::chains::{Choice, Limits};

/// Wakers on a path where no depth is asked for. Without loss no path repeats a thread, so this is a guard.
const DEFAULT_DEPTH: i64 = 64;

/// The arguments.
#[derive(Clone, Debug)]
pub struct Question {
    pub choice: Choice,
    pub limits: Limits,
    pid: Option<i64>,
    tid: Option<i64>,
    user_threads: bool,
    kernel_threads: bool,
    pub user_stacks: bool,
    pub kernel_stacks: bool,
}

impl Question {
    pub fn read(arguments: &[Expr]) -> Result<Self> {
        if arguments.len() != 14 {
            return plan_err!("a chain function takes 14 arguments, not {}", arguments.len());
        }
        let value = |number: usize| match &arguments[number] {
            Expr::Literal(value, _) => Ok(value.clone()),
            other => {
                plan_err!("argument {} of a chain function is not a constant: {other}", number + 1)
            }
        };
        let number = |argument: usize| match value(argument)?.cast_to(&DataType::Int64)? {
            ScalarValue::Int64(number) => Ok(number),
            _ => plan_err!("argument {} of a chain function is not a number", argument + 1),
        };
        let flag = |argument: usize| -> Result<bool> {
            Ok(value(argument)? == ScalarValue::Boolean(Some(true)))
        };
        let ns = |us: i64| us.saturating_mul(1000);
        Ok(Self {
            choice: Choice {
                from: number(0)?.unwrap_or(i64::MIN),
                to: number(1)?.unwrap_or(i64::MAX),
                min_ns: number(5)?.map_or(i64::MIN, ns),
                max_ns: number(6)?.map_or(i64::MAX, ns),
                state: number(7)?.map(|mask| mask as u32),
            },
            limits: Limits {
                depth: usize::try_from(number(2)?.unwrap_or(DEFAULT_DEPTH)).unwrap_or(0),
                unbounded: flag(3)?,
                whole: flag(4)?,
            },
            pid: number(8)?,
            tid: number(9)?,
            user_threads: flag(10)?,
            kernel_threads: flag(11)?,
            user_stacks: flag(12)?,
            kernel_stacks: flag(13)?,
        })
    }

    pub fn wants(&self, who: &Who) -> bool {
        self.pid.is_none_or(|pid| who.pid == pid)
            && self.tid.is_none_or(|tid| who.tid == tid)
            && !(self.user_threads && who.kernel)
            && (!self.kernel_threads || who.kernel)
    }

    /// Whether every thread is wanted, known or not.
    pub fn wants_all(&self) -> bool {
        self.pid.is_none() && self.tid.is_none() && !self.user_threads && !self.kernel_threads
    }
}
