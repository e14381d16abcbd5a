//! What is well-formed.

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

/// A letter that a terminal obeys, or that turns the text round.
fn is_obeyed(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text that a terminal only shows.
#[track_caller]
pub fn is_plain(text: &str, arguments: &[&str]) {
    let found = text.char_indices().find(|(_, letter)| is_obeyed(*letter) && *letter != '\n');
    if let Some((place, letter)) = found {
        let line = text[..place].rsplit('\n').next().unwrap_or_default();
        panic!("{arguments:?}: {letter:?} after {line:?}");
    }
}

/// A name as text that people look at has it.
pub fn written_out(name: &str) -> String {
    let letter = |letter: char| match letter {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        letter if is_obeyed(letter) && u32::from(letter) < 256 => {
            format!("\\x{:02x}", u32::from(letter))
        }
        letter if is_obeyed(letter) => format!("\\u{{{:x}}}", u32::from(letter)),
        letter => letter.to_string(),
    };
    name.chars().map(letter).collect()
}

/// The rows of comma-separated values, each as long as the heading, which is left out.
#[track_caller]
pub fn csv(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut letters = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(letter) = letters.next() {
        let row = rows.last_mut().expect("never empty");
        let field = row.last_mut().expect("never empty");
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => {
                assert!(is_quoted || field.is_empty(), "a quote within {field:?}");
                is_quoted = !is_quoted;
            }
            ',' if !is_quoted => row.push(String::new()),
            '\n' if !is_quoted => rows.push(vec![String::new()]),
            letter => field.push(letter),
        }
    }
    assert!(!is_quoted, "a quote is open at the end");
    assert_eq!(rows.pop(), Some(vec![String::new()]), "the last line ends");
    let heading = rows.remove(0);
    for row in &rows {
        assert_eq!(row.len(), heading.len(), "{heading:?}: {row:?}");
    }
    rows
}

/// Lines of OpenMetrics: a remark, or a name, labels in quotes, and numbers.
#[track_caller]
pub fn is_openmetrics(text: &str) {
    assert!(text.ends_with("# EOF\n"), "it does not end");
    for line in text.split_terminator('\n').filter(|line| !line.starts_with('#')) {
        let mut rest = line;
        // What is left of a line without its quoted texts is plain.
        let mut plain = String::new();
        while let Some((before, quoted)) = rest.split_once('"') {
            plain.push_str(before);
            let mut is_escaped = false;
            let end = quoted.find(|letter| {
                let ends = letter == '"' && !is_escaped;
                is_escaped = letter == '\\' && !is_escaped;
                ends
            });
            rest = &quoted[end.unwrap_or_else(|| panic!("a quote is open in {line:?}")) + 1..];
        }
        plain.push_str(rest);
        let known = |letter: char| letter.is_ascii_alphanumeric() || "_{}=, .+-".contains(letter);
        assert!(plain.chars().all(known), "{plain:?} of {line:?}");
        let value = plain.rsplit(' ').next().unwrap_or_default();
        assert!(value.parse::<f64>().is_ok(), "{value:?} is no number, in {line:?}");
    }
}

/// The texts of the first column.
pub fn texts(batch: &RecordBatch) -> Vec<String> {
    let column = cast(batch.column(0), &DataType::Utf8).expect("text");
    column.as_string::<i32>().iter().flatten().map(String::from).collect()
}

/// Well-formed XML, of letters that XML allows.
#[track_caller]
pub fn is_xml(text: &str, name: &str) {
    let allowed = |letter: char| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(text.chars().all(allowed), "{name}: a letter that XML does not have");
    let mut reader = Reader::from_str(text);
    let mut depth = 0_i64;
    loop {
        let event = reader.read_event();
        match event.unwrap_or_else(|error| panic!("{name}: {error}")) {
            Event::Start(tag) => {
                depth += 1;
                tag.attributes().for_each(|one| drop(one.expect("an attribute")));
            }
            Event::Empty(tag) => tag.attributes().for_each(|one| drop(one.expect("an attribute"))),
            Event::End(_) => depth -= 1,
            Event::Text(text) => assert!(!text.contains(&b'<'), "{name}: markup in text"),
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{name}: a tag is open at the end");
}
