//! The key, and what is made of it: the same word has the same pseudonym, and without the key none leads back.

use std::path::Path;

use anyhow::Result;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::beginning;
use crate::failure::Failure;

/// Bytes of a key: fewer could be guessed, more are not a key.
const SHORTEST: usize = 16;
const LONGEST: usize = 1 << 16;

/// Letters of a pseudonym: those that are not taken for one another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// How many: 40 bits, so that among 100,000 names hardly two have the same.
const LENGTH: usize = 8;

/// HMAC-SHA256 under one key.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl Key {
    /// A key that nobody will ever know.
    pub fn random() -> Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| {
            Failure::new(format!("the system gives no random numbers: {error}"))
        })?;
        Ok(Self::of(&bytes))
    }

    /// The key in a file, whose bytes it is.
    pub fn read(path: &Path) -> Result<Self> {
        let hint = "`head -c 32 /dev/urandom > FILE` makes a key; keep it to yourself";
        let about = path.display();
        let bytes = beginning(path, LONGEST + 1).map_err(|error| {
            Failure::usage(format!("the key {about} cannot be read: {error}")).hint(hint)
        })?;
        if !(SHORTEST..=LONGEST).contains(&bytes.len()) {
            let message = format!("the key {about} has not between {SHORTEST} and {LONGEST} bytes");
            return Err(Failure::usage(message).hint(hint).into());
        }
        Ok(Self::of(&bytes))
    }

    fn of(bytes: &[u8]) -> Self {
        Self(Hmac::new_from_slice(bytes).expect("HMAC takes a key of any length"))
    }

    /// The code of a value; those of different purposes have nothing in common.
    pub fn code(&self, purpose: &str, value: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(value);
        mac.finalize().into_bytes().into()
    }

    /// Eight letters that stand for a word, wherever it stands.
    pub fn tag(&self, word: &str) -> String {
        let code = self.code("word", word.as_bytes());
        let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
        code[..LENGTH].iter().map(letter).collect()
    }

    /// As many hexadecimal digits, 64 at most.
    pub fn digits(&self, purpose: &str, value: &str, count: usize) -> String {
        let code = self.code(purpose, value.as_bytes());
        let digits: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
        digits[..count.min(digits.len())].to_owned()
    }

    /// A number that stands for another one.
    pub fn number(&self, purpose: &str, value: i64) -> u64 {
        let code = self.code(purpose, &value.to_le_bytes());
        u64::from_le_bytes(code[..8].try_into().expect("the code is longer"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_depends_on_the_word_and_on_the_key() {
        let (one, other) = (Key::of(&[1; 16]), Key::of(&[2; 16]));
        assert_eq!(one.tag("nginx"), one.tag("nginx"));
        assert_ne!(one.tag("nginx"), one.tag("nginx "));
        assert_ne!(one.tag("nginx"), other.tag("nginx"));
        assert_eq!(one.tag("").len(), LENGTH);
        assert_eq!(one.tag(&"x".repeat(5000)).len(), LENGTH);
        assert_ne!(one.number("user", 1000), one.number("inode", 1000));
        assert_eq!(one.digits("build id", "ab", 40).len(), 40);
        let random = || Key::random().unwrap().tag("nginx");
        assert_ne!(random(), random());
    }
}
