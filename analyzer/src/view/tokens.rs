//! Just enough of SQL's tokens to find parameters and names, and nothing inside strings and comments.

use std::collections::BTreeMap;

/// A piece of SQL. The pieces of a text, one after the other, are the text.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// `$name`, without the dollar sign.
    Parameter(&'a str),
    /// An identifier or a keyword.
    Word(&'a str),
    /// A string, a quoted identifier, a comment, a number, punctuation, space.
    Other(&'a str),
}

fn pieces(sql: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        let length = match rest.as_bytes() {
            [] => return None,
            [b'-', b'-', ..] => rest.find('\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => rest.find("*/").map_or(rest.len(), |end| end + 2),
            [quote @ (b'\'' | b'"'), ..] => {
                rest[1..].find(char::from(*quote)).map_or(rest.len(), |end| end + 2)
            }
            [b'$', ..] => 1 + word(&rest[1..]),
            [b'0'..=b'9', ..] => word(rest),
            _ => word(rest).max(rest.chars().next().map_or(0, char::len_utf8)),
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        Some(match piece.as_bytes() {
            [b'$', _, ..] => Piece::Parameter(&piece[1..]),
            [first, ..] if first.is_ascii_alphabetic() || *first == b'_' => Piece::Word(piece),
            _ => Piece::Other(piece),
        })
    })
}

fn word(text: &str) -> usize {
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

/// Every `$name` with the number of the line it stands on, counted from 0.
pub fn parameters(sql: &str) -> Vec<(String, usize)> {
    let mut line = 0;
    let mut found = Vec::new();
    for piece in pieces(sql) {
        match piece {
            Piece::Parameter(name) => found.push((name.into(), line)),
            Piece::Word(_) => {}
            Piece::Other(text) => line += text.matches('\n').count(),
        }
    }
    found
}

/// Every identifier and keyword, in lower case.
pub fn words(sql: &str) -> impl Iterator<Item = String> {
    pieces(sql).filter_map(|piece| match piece {
        Piece::Word(word) => Some(word.to_ascii_lowercase()),
        _ => None,
    })
}

/// The SQL with every `$name` replaced by its literal; one without a literal stays.
pub fn substitute(sql: &str, literals: &BTreeMap<String, String>) -> String {
    let mut text = String::with_capacity(sql.len());
    for piece in pieces(sql) {
        match piece {
            Piece::Parameter(name) => match literals.get(name) {
                Some(literal) => text.push_str(literal),
                None => {
                    text.push('$');
                    text.push_str(name);
                }
            },
            Piece::Word(piece) | Piece::Other(piece) => text.push_str(piece),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parameters_are_replaced() {
        let literals =
            [("pid", "7"), ("from", "1")].map(|(name, value)| (name.into(), value.into()));
        let sql =
            "SELECT '$pid it''s $pid', \"$pid\", $pid+$from -- $pid\n/* $pid */ WHERE é=$pid_x";
        assert_eq!(
            substitute(sql, &literals.into()),
            "SELECT '$pid it''s $pid', \"$pid\", 7+1 -- $pid\n/* $pid */ WHERE é=$pid_x"
        );
    }

    #[test]
    fn unfinished_text_ends_at_the_end() {
        for sql in ["'open $pid", "/* open $pid", "-- open $pid", "\"open $pid"] {
            assert!(parameters(sql).is_empty(), "{sql}");
            assert_eq!(substitute(sql, &BTreeMap::new()), sql);
        }
        assert_eq!(substitute("$", &BTreeMap::new()), "$");
    }

    #[test]
    fn lines_are_counted() {
        assert_eq!(parameters("a\n'b\n'\n$c"), [("c".into(), 3)]);
    }

    #[test]
    fn words_leave_out_strings() {
        assert_eq!(
            words("SELECT x FROM Waits -- y\n").collect::<Vec<_>>(),
            ["select", "x", "from", "waits"]
        );
    }
}
