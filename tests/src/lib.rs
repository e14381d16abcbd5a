//! What the tests share.
//!
//! - [`machine`]: a synthetic machine; scheduler events in, a recording out.
//! - [`oracle`]: what the views must answer, worked out from the events and never from the recording.
//! - [`duckdb`]: a Python with DuckDB.
//! - [`program`]: runs the programs under test.
//! - [`chains`]: reads the folded stacks of an answer back into chains of threads.

pub mod chains;
pub mod duckdb;
pub mod machine;
pub mod oracle;
pub mod program;
pub mod random;
