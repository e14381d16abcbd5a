//! How the answers of one view to two recordings are compared: the `compare` line of a header.

use super::{Condition, clause};

/// What `compare` declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compare {
    pub measures: Vec<Measure>,
    /// Rows of both answers with equal values in these columns belong together.
    pub keys: Vec<String>,
    /// Parameters: switches that are taken as given, values that are taken as left out.
    pub with: Vec<String>,
}

/// What is compared of the rows that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// How many there are.
    Rows,
    /// The column added up: it grows with the recorded time.
    Sum(String),
    /// The column added up: it is a rate or a share already.
    Rate(String),
    /// The mean of the column, each row as heavy as the other column says.
    Mean { column: String, weight: Option<String> },
}

impl Measure {
    /// The columns it is made of.
    pub fn columns(&self) -> impl Iterator<Item = &String> {
        let (column, weight) = match self {
            Self::Rows => (None, None),
            Self::Sum(column) | Self::Rate(column) => (Some(column), None),
            Self::Mean { column, weight } => (Some(column), weight.as_ref()),
        };
        column.into_iter().chain(weight)
    }
}

/// `[rows,] [sum X …,] [rate X …,] [mean X … [over W]] [by KEY …] [with FLAG …] [condition]`.
pub(super) fn parse(value: &str) -> Result<(Compare, Condition), String> {
    let (text, condition) = value.split_at(value.find('[').unwrap_or(value.len()));
    let mut compare = Compare::default();
    let mut clause = "";
    let mut first_mean = 0;
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        match (word, clause) {
            ("rows", "" | "sum" | "rate" | "mean" | "over") => compare.measures.push(Measure::Rows),
            ("sum" | "rate" | "mean" | "over" | "by" | "with", _) => {
                clause = word;
                if word == "mean" {
                    first_mean = compare.measures.len();
                }
            }
            (_, "sum") => compare.measures.push(Measure::Sum(word.into())),
            (_, "rate") => compare.measures.push(Measure::Rate(word.into())),
            (_, "mean") => {
                compare.measures.push(Measure::Mean { column: word.into(), weight: None });
            }
            (_, "over") => {
                for measure in &mut compare.measures[first_mean..] {
                    if let Measure::Mean { weight, .. } = measure {
                        *weight = Some(word.into());
                    }
                }
            }
            (_, "by") => compare.keys.push(word.into()),
            (_, "with") => compare.with.push(word.replace('-', "_")),
            _ => return Err(format!("expected rows, sum, rate, mean or by, not {word}")),
        }
    }
    if compare == Compare::default() {
        return Err("expected `sum COLUMN … by KEY …`".into());
    }
    Ok((compare, clause::condition(condition)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Compare {
        parse(value).unwrap().0
    }

    #[test]
    fn clauses_are_read() {
        let compare = read("rows, sum io kbytes, mean avg_ms over io by comm d with max-rows");
        let mean = Measure::Mean { column: "avg_ms".into(), weight: Some("io".into()) };
        let sums = ["io", "kbytes"].map(|name| Measure::Sum(name.into()));
        assert_eq!(compare.measures, [vec![Measure::Rows], sums.into(), vec![mean]].concat());
        assert_eq!(compare.keys, ["comm", "d"]);
        assert_eq!(compare.with, ["max_rows"]);
    }

    #[test]
    fn a_column_may_be_called_rows() {
        let compare = read("rows by rows with rows");
        assert_eq!((compare.keys, compare.with), (vec!["rows".into()], vec!["rows".into()]));
        assert_eq!(compare.measures, [Measure::Rows]);
    }

    #[test]
    fn a_mean_of_rows_has_no_weight() {
        let mean = |name: &str| Measure::Mean { column: name.into(), weight: None };
        assert_eq!(read("mean r b").measures, [mean("r"), mean("b")]);
        assert_eq!(read("by comm"), Compare { keys: vec!["comm".into()], ..Compare::default() });
    }

    #[test]
    fn conditions_follow() {
        let (compare, when) = parse("sum waits by cause [--sum]").unwrap();
        assert_eq!(compare.keys, ["cause"]);
        assert!(when.holds(|flag| flag == "sum") && !when.holds(|_| false));
        assert!(parse("").is_err() && parse("count by comm").is_err());
    }
}
