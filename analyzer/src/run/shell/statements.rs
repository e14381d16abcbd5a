//! Where one statement ends and the next begins.

/// Splits at the semicolons that end a statement; a line that begins with a dot is one, too.
pub fn split(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = if rest.starts_with('.') {
            rest.find('\n').unwrap_or(rest.len())
        } else {
            end(rest).unwrap_or(rest.len())
        };
        found.push(rest[..end].trim());
        rest = rest[end..].trim_start();
    }
    found
}

/// The place after the semicolon that ends the first statement.
pub fn end(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut comment = false;
    let bytes = text.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            _ if comment => comment = *byte != b'\n',
            (Some(open), byte) if *byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(*byte),
            (None, b'-') if bytes.get(index + 1) == Some(&b'-') => comment = true,
            (None, b';') => return Some(index + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_end_statements() {
        assert_eq!(
            split("SELECT ';' -- ;\n, 1; .tables\nSELECT 2;\n"),
            ["SELECT ';' -- ;\n, 1;", ".tables", "SELECT 2;"]
        );
        assert_eq!(end("SELECT 1"), None);
    }
}
