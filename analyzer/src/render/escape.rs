//! Text from a recording, made safe for a terminal.
//!
//! A thread can name itself anything. Control characters could move the cursor or rewrite what is
//! on the screen, and bidirectional overrides could reorder it, so both are written out.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with every character that would not simply be drawn written as an escape.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        let _ = match letter {
            '\n' => safe.write_str("\\n"),
            '\r' => safe.write_str("\\r"),
            '\t' => safe.write_str("\\t"),
            letter if is_hostile(letter) && u32::from(letter) < 0x100 => {
                write!(safe, "\\x{:02x}", u32::from(letter))
            }
            letter if is_hostile(letter) => write!(safe, "\\u{{{:x}}}", u32::from(letter)),
            letter => safe.write_char(letter),
        };
    }
    Cow::Owned(safe)
}

/// Controls (C0, delete, C1), line separators and bidirectional formatting.
pub fn is_hostile(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn controls_are_written_out() {
        assert_eq!(escape("plain é 漢"), "plain é 漢");
        assert_eq!(escape("a\x1b[2Jb\n\t"), "a\\x1b[2Jb\\n\\t");
        assert_eq!(escape("\u{9b}31m\u{7f}"), "\\x9b31m\\x7f");
        assert_eq!(escape("abc\u{202e}txt"), "abc\\u{202e}txt");
    }
}
