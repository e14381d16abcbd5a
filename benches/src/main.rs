//! The promised figures, measured beside the tools people know, in one run: `make bench`.
//!
//! `afterwake-bench [GROUP…]` measures the named groups, or all of them. Whole processes are
//! measured, as a user starts them; so these are programs to run, not functions to call. A figure
//! that is not reached is printed as such; only a missing tool fails.

mod aggregation;
mod child;
mod everyday;
mod frames;
mod host;
mod load;
mod memory;
mod moments;
mod noise;
mod overhead;
mod place;
mod probes;
mod report;
mod tracer;
mod views;

use std::process::ExitCode;

use anyhow::Result;

use crate::place::Place;

/// A group of figures: its name, what it shows, and the function that measures it.
type Group = (&'static str, &'static str, fn(&Place) -> Result<()>);

const GROUPS: &[Group] = &[
    (
        "overhead",
        "what recording adds to an operation, and what a row takes on disk",
        overhead::run,
    ),
    (
        "everyday",
        "what the default profile adds to a compile, disk reads and system calls; bytes for each row",
        everyday::run,
    ),
    (
        "moments",
        "from the start to recording, and from the stop to a finished recording",
        moments::run,
    ),
    ("memory", "the recorder's memory over BENCH_MINUTES (default 1)", memory::run),
    ("views", "every view over ten million waits", views::run),
    ("aggregation", "the sums behind offcputime, against DuckDB", aggregation::run),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|name| GROUPS.iter().all(|group| group.0 != *name)) {
        let names: Vec<&str> = GROUPS.iter().map(|group| group.0).collect();
        eprintln!("error: there is no group {unknown}\nhint: choose from {}", names.join(", "));
        return ExitCode::from(2);
    }
    match measure(&wanted) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "error: {error:#}\nhint: `make bench` as root installs what it measures with"
            );
            ExitCode::FAILURE
        }
    }
}

fn measure(wanted: &[String]) -> Result<()> {
    let place = Place::prepare()?;
    println!("{}", place.machine());
    for (name, shows, run) in GROUPS {
        if wanted.is_empty() || wanted.iter().any(|group| group == name) {
            println!("\n# {name}: {shows}");
            run(&place)?;
        }
    }
    Ok(())
}
