//! `--check`: what each stream needs, and whether this kernel gives it.

use std::time::Duration;

use crate::cli::Problem;
use crate::streams::{PROBES, PROFILES};

use super::{Options, Probes, threshold};

/// Tries every stream alone; exit status 1 where one is refused.
///
/// # Errors
/// No root or no BTF.
pub fn print() -> Result<u8, Problem> {
    super::privileges()?;
    let plain = Options { frequency: 99, stack_min: Duration::ZERO };
    let with_threshold = Options { stack_min: Duration::from_millis(1), ..plain };
    println!("{:11} {:4} {:71} NOTE", "STREAM", "HERE", "NEEDS");
    let mut is_complete = true;
    for stream in PROFILES[0].streams {
        let needs: Vec<_> = PROBES
            .iter()
            .filter(|probe| probe.stream == *stream && threshold::is_wanted(probe.attach, &plain))
            .map(|probe| probe.needs)
            .collect();
        is_complete &= try_one(stream, &plain, stream, &needs.join(", "));
    }
    let needs = PROBES.iter().find(|probe| {
        threshold::is_wanted(probe.attach, &with_threshold)
            && !threshold::is_wanted(probe.attach, &plain)
    });
    let needs = needs.map_or("", |probe| probe.needs);
    is_complete &= try_one("wait", &with_threshold, "--stack-min", needs);
    Ok(u8::from(!is_complete))
}

/// Attaches the stream and prints the line `label`; true if this kernel took it.
fn try_one(stream: &'static str, options: &Options, label: &str, needs: &str) -> bool {
    let (is_here, note) = match Probes::attach(&[stream], options) {
        Ok(probes) => (true, probes.states.into_iter().find_map(|state| state.note)),
        Err(problem) => (false, Some(format!("{:#}", problem.what))),
    };
    let here = if is_here { "yes" } else { "no" };
    println!("{label:11} {here:4} {needs:71} {}", note.unwrap_or_default());
    is_here
}
