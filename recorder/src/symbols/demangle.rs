//! Readable names of compiled functions.

use std::fmt::{self, Write};

/// The longest name that is kept; template instances grow without limit.
const LONGEST: usize = 2048;
/// Mangled names longer than this are kept as they are: demangling may expand them exponentially.
const LONGEST_MANGLED: usize = 8192;

/// The name as the programmer wrote it, without Rust's hash; the given name where it is not mangled.
///
/// Control characters become `?`: names come from files that anybody may have written, and go to a terminal.
pub fn demangle(name: &str) -> String {
    let mut short = Short::default();
    let name = without_llvm_hash(name);
    if name.len() <= LONGEST_MANGLED {
        if let Ok(rust) = rustc_demangle::try_demangle(name) {
            let whole = write!(short, "{rust:#}").is_ok();
            return short.text(whole);
        }
        let mangled = name.starts_with("_Z") || name.starts_with("__Z");
        if mangled && let Ok(cpp) = cpp_demangle::Symbol::new(name) {
            let options = cpp_demangle::DemangleOptions::default();
            let whole = cpp.structured_demangle(&mut short, &options).is_ok();
            if whole || short.0.len() >= LONGEST {
                return short.text(whole);
            }
            short.0.clear();
        }
    }
    let whole = short.write_str(name).is_ok();
    short.text(whole)
}

/// The name without `.llvm.12345`, which only tells apart functions of the same name in one program.
fn without_llvm_hash(name: &str) -> &str {
    match name.rsplit_once(".llvm.") {
        Some((name, hash)) if hash.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    }
}

/// Collects at most [`LONGEST`] bytes, then fails, which stops the formatter.
#[derive(Default)]
struct Short(String);

impl Short {
    fn text(mut self, whole: bool) -> String {
        if !whole {
            self.0.push('…');
        }
        self.0
    }
}

impl Write for Short {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        for letter in piece.chars() {
            if self.0.len() >= LONGEST {
                return Err(fmt::Error);
            }
            self.0.push(if letter.is_control() { '?' } else { letter });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_written() {
        assert_eq!(demangle("_ZN4core3fmt5write17h0123456789abcdefE"), "core::fmt::write");
        assert_eq!(demangle("_RNvC6_123foo3bar"), "123foo::bar");
        assert_eq!(demangle("_ZNSt6vectorIiSaIiEE9push_backERKi"), {
            "std::vector<int, std::allocator<int> >::push_back(int const&)"
        });
        assert_eq!(demangle("_ZL3foov.llvm.1247"), "foo()");
        assert_eq!(demangle("_ZL3foov.cold"), "foo() [clone .cold]");
        assert_eq!(demangle("schedule_timeout"), "schedule_timeout");
        assert_eq!(demangle("_Zfoo bar"), "_Zfoo bar");
    }

    #[test]
    fn names_stay_short_and_printable() {
        assert_eq!(demangle("a\u{1b}[31mred\n"), "a?[31mred?");
        let long = "f".repeat(100_000);
        let name = demangle(&long);
        assert!(name.ends_with('…') && name.len() < LONGEST + 8, "{} bytes", name.len());
    }
}
