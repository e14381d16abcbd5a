//! `afterwake` reads recordings and answers questions about them, in SQL.
//!
//! [`recording`] turns a directory into tables, [`view`] reads the SQL files with their headers,
//! [`run`] executes them, [`render`] prints what comes out. [`functions`] and [`chains`] are what
//! SQL alone cannot do well.

pub mod chains;
pub mod cli;
pub mod failure;
pub mod functions;
pub mod recording;
pub mod render;
pub mod run;
pub mod view;
