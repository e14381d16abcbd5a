//! `afterwake` reads recordings and answers questions about them, in SQL.
//!
//! [`recording`] turns a directory into tables, [`view`] reads the SQL files with their headers,
//! [`run`] executes them, [`render`] prints what comes out. [`functions`] and [`chains`] are what
//! SQL alone cannot do well.
//!
//! What leaves the machine is made by the commands that [`tool`] lists: [`pack`], [`cut`], [`redact`],
//! [`report`], [`diff`] and [`export`]. Those that write a recording do it by [`rewrite`].

#![warn(clippy::print_stderr)]

#[macro_use]
mod say;

pub mod chains;
pub mod cli;
pub mod cut;
pub mod diff;
pub mod export;
pub mod failure;
pub mod functions;
pub mod output;
pub mod pack;
pub mod recording;
pub mod redact;
pub mod render;
pub mod report;
pub mod rewrite;
pub mod run;
pub mod tool;
pub mod view;
