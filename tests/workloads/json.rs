//! A JSON object, written field by field.

use std::fmt::{self, Display, Write};

/// The fields so far, with their commas.
#[derive(Clone, Debug, Default)]
pub struct Object(String);

impl Object {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn number(self, name: &str, value: u64) -> Self {
        self.field(name, value)
    }

    /// A text without quotes, backslashes and control characters, as all of ours are.
    pub fn text(self, name: &str, value: &str) -> Self {
        self.field(name, format_args!("\"{value}\""))
    }

    /// A list of values that are JSON already.
    pub fn list<T: Display>(self, name: &str, values: &[T]) -> Self {
        let values: Vec<String> = values.iter().map(T::to_string).collect();
        self.field(name, format_args!("[{}]", values.join(",")))
    }

    /// The fields of both.
    pub fn join(mut self, other: Self) -> Self {
        if !other.0.is_empty() {
            self.comma();
            self.0.push_str(&other.0);
        }
        self
    }

    fn field(mut self, name: &str, value: impl Display) -> Self {
        self.comma();
        let _ = write!(self.0, "\"{name}\":{value}");
        self
    }

    fn comma(&mut self) {
        if !self.0.is_empty() {
            self.0.push(',');
        }
    }
}

impl Display for Object {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        write!(to, "{{{}}}", self.0)
    }
}
