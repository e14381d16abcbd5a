//! ELF notes, of which only the build id matters here.

use std::fmt::Write;

/// `NT_GNU_BUILD_ID`.
const BUILD_ID: u32 = 3;

/// The GNU build id among the notes, in hexadecimal; empty if there is none.
pub fn build_id(mut notes: &[u8]) -> String {
    while let Some((note, rest)) = take(notes) {
        if note.kind == BUILD_ID && note.owner == b"GNU\0" && note.content.len() <= 64 {
            let mut text = String::new();
            for byte in note.content {
                let _ = write!(text, "{byte:02x}");
            }
            return text;
        }
        notes = rest;
    }
    String::new()
}

struct Note<'a> {
    kind: u32,
    owner: &'a [u8],
    content: &'a [u8],
}

/// The first note and what follows it; `None` at the end, or where the bytes make no sense.
fn take(notes: &[u8]) -> Option<(Note<'_>, &[u8])> {
    let word = |at: usize| Some(u32::from_ne_bytes(notes.get(at..at + 4)?.try_into().ok()?));
    let (owner_size, content_size) = (word(0)? as usize, word(4)? as usize);
    let rest = notes.get(12..)?;
    let owner = rest.get(..owner_size)?;
    let rest = rest.get(owner_size.checked_next_multiple_of(4)?..)?;
    let content = rest.get(..content_size)?;
    let rest = rest.get(content_size.checked_next_multiple_of(4)?..).unwrap_or_default();
    Some((Note { kind: word(8)?, owner, content }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(kind: u32, owner: &[u8], content: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for word in [owner.len() as u32, content.len() as u32, kind] {
            bytes.extend(word.to_ne_bytes());
        }
        for part in [owner, content] {
            bytes.extend(part);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        bytes
    }

    #[test]
    fn the_build_id_is_found_among_others() {
        let mut notes = note(1, b"Xen\0", b"odd");
        notes.extend(note(BUILD_ID, b"Go\0\0", b"no"));
        notes.extend(note(BUILD_ID, b"GNU\0", &[0xab, 0x01, 0xff]));
        assert_eq!(build_id(&notes), "ab01ff");
        for cut in 0..notes.len() {
            assert!(["", "ab01ff"].contains(&build_id(&notes[..cut]).as_str()));
        }
        assert_eq!(build_id(&[0xff; 64]), "");
    }
}
