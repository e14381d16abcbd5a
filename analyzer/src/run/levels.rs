//! How deep a statement may nest.
//!
//! The planner calls itself for every operator, join and set operation that stands upon another, and
//! takes time by the square of their number. A statement that some program wrote, of ten thousand
//! `OR`, would end this one where its stack ends.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr, Query, Select, SetExpr, Visit, Visitor};

use crate::failure::Failure;

/// More of them in a row than a person writes. A list, as of `IN`, is one level, however long.
const MOST: usize = 1000;

/// The stack of a thread that plans or computes: what [`MOST`] levels take, several times.
pub const STACK_BYTES: usize = 64 << 20;

/// Refuses a statement that nests deeper than the planner should go.
pub fn check(statement: &Statement) -> Result<(), Failure> {
    let flow = match statement {
        Statement::Statement(statement) => statement.visit(&mut Levels::default()),
        Statement::Explain(explain) => return check(&explain.statement),
        // Others have no expressions, or are refused by their kind.
        _ => ControlFlow::Continue(()),
    };
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(what) => {
            Err(Failure::new(format!("the statement has over {MOST} {what} one upon the other"))
                .hint("a long list is better written as `IN (…)`, or as VALUES to join with"))
        }
    }
}

/// Counts on the way down; breaks with what there is too much of.
#[derive(Default)]
struct Levels {
    operators: usize,
}

fn at_most(levels: usize, what: &'static str) -> ControlFlow<&'static str> {
    if levels > MOST { ControlFlow::Break(what) } else { ControlFlow::Continue(()) }
}

impl Visitor for Levels {
    type Break = &'static str;

    fn pre_visit_expr(&mut self, _expr: &Expr) -> ControlFlow<Self::Break> {
        self.operators += 1;
        at_most(self.operators, "operators")
    }

    fn post_visit_expr(&mut self, _expr: &Expr) -> ControlFlow<Self::Break> {
        self.operators -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        let mut sets = 0;
        let mut body = &*query.body;
        while let SetExpr::SetOperation { left, .. } = body {
            sets += 1;
            body = left;
        }
        at_most(sets, "set operations")
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Self::Break> {
        at_most(select.from.iter().map(|table| 1 + table.joins.len()).sum(), "joins")
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::parser::DFParser;

    use super::*;

    fn checked(sql: &str) -> Result<(), String> {
        let statement = DFParser::parse_sql(sql).expect("SQL").pop_front().expect("a statement");
        check(&statement).map_err(|failure| failure.message)
    }

    fn chain(first: &str, next: &str, times: usize) -> String {
        first.to_owned() + &next.repeat(times)
    }

    #[test]
    fn what_a_person_writes_passes() {
        let list = vec!["1"; 50_000].join(", ");
        assert_eq!(checked(&format!("SELECT 1 WHERE 2 NOT IN ({list})")), Ok(()));
        assert_eq!(checked(&chain("SELECT 1", " + 1", 900)), Ok(()));
        assert_eq!(checked(&chain("SELECT 1", " UNION SELECT 1", 900)), Ok(()));
        assert_eq!(checked(&chain("SELECT 1 FROM wait", ", wait", 900)), Ok(()));
        // Side by side is not one upon the other.
        assert_eq!(checked(&chain("SELECT 1", ", 1 + 1", 5000)), Ok(()));
    }

    #[test]
    fn what_has_no_end_is_refused() {
        for (first, next, what) in [
            ("SELECT 1", " + 1", "operators"),
            ("EXPLAIN SELECT 1 WHERE true", " OR false", "operators"),
            ("SELECT 1", " UNION ALL SELECT 1", "set operations"),
            ("SELECT * FROM (SELECT 1", " EXCEPT SELECT 1", "set operations"),
            ("SELECT 1 FROM wait", " JOIN wait ON true", "joins"),
            ("CREATE VIEW one AS SELECT 1 FROM wait", ", wait", "joins"),
        ] {
            let mut sql = chain(first, next, 20_000);
            if sql.contains('(') {
                sql.push(')');
            }
            let refused = std::thread::Builder::new().stack_size(STACK_BYTES);
            let refused = refused.spawn(move || checked(&sql)).expect("a thread").join();
            let expected = format!("the statement has over 1000 {what} one upon the other");
            assert_eq!(refused.expect("no overflow"), Err(expected), "{first}");
        }
    }
}
