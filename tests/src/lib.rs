//! What the tests share.
//!
//! - [`machine`]: a synthetic machine; scheduler events in, a recording out.
//! - [`oracle`]: what the views must answer, worked out from the events and never from the recording.
//! - [`duckdb`]: a Python with DuckDB.
//! - [`browser`]: Chromium without a window.
//! - [`program`]: runs the programs under test.
//! - [`absurd`]: Parquet files that declare more than they hold; [`zip`]: zip files that lie.
//! - [`chains`]: reads the folded stacks of an answer back into chains of threads.

pub mod absurd;
pub mod browser;
pub mod chains;
pub mod duckdb;
pub mod machine;
pub mod oracle;
pub mod program;
pub mod random;
pub mod zip;
