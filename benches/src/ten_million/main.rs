//! Writes the recording that the analyzer is measured on, with so many waits, opens, reads and writes,
//! and disk requests: `ten-million DIRECTORY [ROWS]`.
//!
//! It comes from a small machine with a simple scheduler, simulated event by event, so that every wakeup
//! has its cause and every chain its end.

mod calls;
mod machine;
mod programs;
mod recording;

use std::path::PathBuf;
use std::process::ExitCode;

const ROWS: usize = 10_000_000;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(directory) = arguments.next().map(PathBuf::from) else {
        eprintln!("error: no directory is named\nhint: ten-million DIRECTORY [ROWS]");
        return ExitCode::from(2);
    };
    let rows = match arguments.next().map(|rows| rows.parse()) {
        None => ROWS,
        Some(Ok(rows)) => rows,
        Some(Err(_)) => {
            eprintln!(
                "error: the second argument is a number of rows\nhint: ten-million DIRECTORY [ROWS]"
            );
            return ExitCode::from(2);
        }
    };
    match recording::write(&directory, rows) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "error: {} cannot be written: {error}\nhint: check the path and the space on the disk",
                directory.display()
            );
            ExitCode::FAILURE
        }
    }
}
