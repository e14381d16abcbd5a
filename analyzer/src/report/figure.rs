//! What a page is made of: sections of figures, each with the command that gives it again.

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::render::escape;

#[derive(Debug)]
pub struct Section {
    pub id: &'static str,
    pub title: &'static str,
    pub lead: &'static str,
    pub figures: Vec<Figure>,
}

/// One of them, or why it is missing.
#[derive(Debug, Default)]
pub struct Figure {
    pub id: String,
    pub title: String,
    /// What the page draws it with.
    pub kind: &'static str,
    /// What is to be known to read it.
    pub notes: Vec<String>,
    pub command: Option<Command>,
    pub data: Value,
    /// Set where there is nothing to draw.
    pub missing: Option<(String, String)>,
}

/// A command line; the page puts the window between its halves.
#[derive(Clone, Debug, Default)]
pub struct Command {
    pub head: String,
    pub tail: String,
}

impl Section {
    pub fn json(&self) -> Value {
        let figures: Vec<Value> = self.figures.iter().map(Figure::json).collect();
        json!({ "id": self.id, "title": self.title, "lead": self.lead, "figures": figures })
    }
}

impl Figure {
    pub fn new(id: &str, title: &str, kind: &'static str) -> Self {
        Self { id: id.into(), title: title.into(), kind, ..Self::default() }
    }

    /// The figure that says why there is none.
    pub fn missing(mut self, error: &anyhow::Error) -> Self {
        let text: Vec<_> = error.chain().map(ToString::to_string).collect();
        let hint = error.downcast_ref::<Failure>().and_then(|failure| failure.hint.clone());
        self.missing = Some((text.join(": "), hint.unwrap_or_default()));
        self
    }

    fn json(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("id".into(), json!(self.id));
        fields.insert("title".into(), json!(escape(&self.title)));
        fields.insert("kind".into(), json!(self.kind));
        let notes: Vec<_> = self.notes.iter().map(|note| escape(note)).collect();
        fields.insert("notes".into(), json!(notes));
        if let Some(command) = &self.command {
            let (head, tail) = (escape(&command.head), escape(&command.tail));
            fields.insert("command".into(), json!([head, tail]));
        }
        if let Some((sentence, hint)) = &self.missing {
            fields.insert("missing".into(), json!([escape(sentence), escape(hint)]));
        } else {
            fields.insert("data".into(), self.data.clone());
        }
        Value::Object(fields)
    }
}

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/+:,@%=".contains(letter);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(is_plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_name_stays_one_word() {
        assert_eq!(quoted("slow-1.wake"), "slow-1.wake");
        assert_eq!(quoted("a b; rm *.wake"), "'a b; rm *.wake'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}
