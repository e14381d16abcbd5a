//! What Tab offers, and when a line is a whole statement.

use anyhow::Result;
use rustyline::completion::Completer;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper, Highlighter, Hinter};

use super::{COMMANDS, Session, statements};

const KEYWORDS: &str = "SELECT FROM WHERE GROUP BY ORDER LIMIT JOIN LEFT USING HAVING WITH DISTINCT BETWEEN UNION CASE WHEN THEN ELSE END \
    COUNT SUM MIN MAX AVG COALESCE CAST EXPLAIN NULL DESC OVER PARTITION";

/// What can be completed.
#[derive(Helper, Highlighter, Hinter)]
pub struct Words {
    words: Vec<String>,
}

impl Words {
    pub fn of(session: &Session) -> Result<Self> {
        let mut words: Vec<String> = KEYWORDS.split_whitespace().map(String::from).collect();
        words.extend(COMMANDS.map(|(name, _)| name.into()));
        for (table, columns) in session.tables()? {
            words.extend(columns);
            words.push(table);
        }
        words.sort();
        words.dedup();
        Ok(Self { words })
    }
}

impl Completer for Words {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        end: usize,
        _: &Context,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
        let begin = line[..end].trim_end_matches(is_word).len();
        let typed = &line[begin..end];
        // `wait.thr` completes the column.
        let qualified = typed.rfind('.').filter(|dot| *dot > 0).map_or(0, |dot| dot + 1);
        let (begin, typed) = (begin + qualified, typed[qualified..].to_ascii_lowercase());
        let fits = |word: &&String| word.to_ascii_lowercase().starts_with(&typed);
        Ok((begin, self.words.iter().filter(fits).cloned().collect()))
    }
}

impl Validator for Words {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let text = context.input().trim();
        let whole = text.is_empty()
            || text.starts_with('.')
            || matches!(text, "quit" | "exit" | "help" | r"\q")
            || statements::end(text).is_some();
        Ok(if whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

#[cfg(test)]
mod tests {
    use rustyline::history::FileHistory;

    use super::*;

    #[test]
    fn words_complete() {
        let words = Words { words: ["SELECT", "seq", "state", "wait"].map(String::from).into() };
        let history = FileHistory::new();
        let context = Context::new(&history);
        let complete = |line: &str| words.complete(line, line.len(), &context).unwrap();
        assert_eq!(complete("se"), (0, vec!["SELECT".into(), "seq".into()]));
        assert_eq!(complete("é se"), (3, vec!["SELECT".into(), "seq".into()]));
        assert_eq!(complete("select wait.st"), (12, vec!["state".into()]));
    }
}
