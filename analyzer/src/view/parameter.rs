//! A flag or a positional, and the literal that stands for it in the SQL.

use super::{Positional, View, nanoseconds};

/// A declared parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameter {
    pub short: Option<char>,
    pub long: Option<String>,
    /// Empty for a switch.
    pub metavar: String,
    pub kind: Type,
    pub help: String,
    pub default: Option<String>,
}

impl Parameter {
    /// The `name` of `$name`.
    pub fn name(&self) -> String {
        match (&self.long, self.short) {
            (Some(long), _) => long.replace('-', "_"),
            (None, Some(short)) => short.to_string(),
            (None, None) => self.metavar.to_lowercase(),
        }
    }
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Type {
    #[default]
    Switch,
    Int,
    Ints,
    Float,
    Text,
    Duration,
}

impl Type {
    pub fn named(word: &str) -> Result<Self, String> {
        Ok(match word {
            "INT" => Self::Int,
            "INTS" => Self::Ints,
            "FLOAT" => Self::Float,
            "TEXT" => Self::Text,
            "DURATION" => Self::Duration,
            _ => return Err(format!("{word} is not one of INT, INTS, FLOAT, TEXT, DURATION")),
        })
    }

    /// The SQL literal for what the user wrote, or for nothing.
    pub fn literal(self, value: Option<&str>) -> Result<String, String> {
        let sql_type = match self {
            Self::Switch => return Ok(if value.is_some() { "TRUE" } else { "FALSE" }.into()),
            Self::Int | Self::Duration => "BIGINT",
            Self::Ints => "BIGINT[]",
            Self::Float => "DOUBLE",
            Self::Text => "VARCHAR",
        };
        let Some(value) = value else { return Ok(format!("CAST(NULL AS {sql_type})")) };
        Ok(match self {
            Self::Switch | Self::Int => format!("CAST({} AS BIGINT)", integer(value)?),
            Self::Duration => format!("CAST({} AS BIGINT)", nanoseconds(value)?),
            Self::Ints => {
                let numbers = value.split(',').map(integer).collect::<Result<Vec<_>, _>>()?;
                let casts: Vec<_> =
                    numbers.iter().map(|number| format!("CAST({number} AS BIGINT)")).collect();
                format!("make_array({})", casts.join(", "))
            }
            Self::Float => {
                let number: f64 = value.parse().map_err(|_| format!("{value} is not a number"))?;
                if !number.is_finite() {
                    return Err(format!("{value} is not a number"));
                }
                format!("CAST({number:?} AS DOUBLE)")
            }
            Self::Text => format!("'{}'", value.replace('\'', "''")),
        })
    }
}

fn integer(text: &str) -> Result<i64, String> {
    let text = text.trim();
    let number = match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.map_err(|_| format!("{text} is not a whole number"))
}

impl View {
    /// The names that its SQL may use after a `$`.
    pub fn parameters(&self) -> Vec<String> {
        let mut names: Vec<String> = ["from", "to", "start", "stop"].map(String::from).into();
        if self.is(super::Render::Stacks) {
            names.push("folded".into());
        }
        if self.chart.is_some() {
            names.push("drawn".into());
        }
        names.extend(self.flags.iter().map(Parameter::name));
        names.extend(self.positionals.iter().filter_map(|positional| match positional {
            Positional::Value(parameter) => Some(parameter.name()),
            _ => None,
        }));
        names
    }
}

#[cfg(test)]
mod tests {
    use super::Type::*;

    #[test]
    fn literals_are_typed_and_quoted() {
        assert_eq!(Int.literal(Some("0x10")).unwrap(), "CAST(16 AS BIGINT)");
        assert_eq!(Int.literal(Some("-3")).unwrap(), "CAST(-3 AS BIGINT)");
        assert_eq!(Int.literal(None).unwrap(), "CAST(NULL AS BIGINT)");
        assert_eq!(
            Ints.literal(Some("1, 2")).unwrap(),
            "make_array(CAST(1 AS BIGINT), CAST(2 AS BIGINT))"
        );
        assert_eq!(Text.literal(Some("a'; DROP--")).unwrap(), "'a''; DROP--'");
        assert_eq!(Float.literal(Some("1")).unwrap(), "CAST(1.0 AS DOUBLE)");
        assert_eq!(Duration.literal(Some("10ms")).unwrap(), "CAST(10000000 AS BIGINT)");
        assert_eq!(Switch.literal(None).unwrap(), "FALSE");
        for bad in ["", "1x", "1 OR 1=1"] {
            assert!(Int.literal(Some(bad)).is_err(), "{bad}");
        }
        assert!(Float.literal(Some("inf")).is_err());
    }
}
