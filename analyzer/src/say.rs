//! What is said to the person, on standard error.

/// Prints a line to standard error. Unlike `eprintln!` it does not mind that nobody reads it any more,
/// as in `afterwake … 2>&1 | head`.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}
