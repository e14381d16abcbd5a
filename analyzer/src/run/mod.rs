//! Runs a view or a piece of SQL over a recording.

mod contents;
mod engine;
pub mod info;
mod interrupt;
mod levels;
mod losses;
mod progress;
mod query;
pub mod shell;
pub mod sql;
mod trouble;
mod view;
mod window;

pub use contents::part_of;
pub use info::line as info_line;
pub use interrupt::{exit_on_interrupt, exit_on_interrupt_of};
pub use levels::STACK_BYTES;
pub use losses::{
    lost, report as report_losses, report_all as report_all_losses, say_what_is_gone,
    tables as tables_of,
};
pub use query::{Session, Take};
pub use trouble::{last_panic, remember_panics};
pub use view::{
    Choice, Order, Output, Piece, possible, print_parts, run as run_view, thresholds, write_svg,
};
pub use window::{Interval, instant, window};

use std::io::{self, BufWriter, Write};

/// Standard output, written in large pieces.
pub fn stdout() -> impl Write {
    BufWriter::with_capacity(64 * 1024, io::stdout())
}

#[cfg(test)]
mod damage_tests;
