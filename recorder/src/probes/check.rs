//! `--check`: what each stream needs, and whether this kernel gives it.

use std::time::Duration;

use crate::cli::Problem;
use crate::session::Readings;
use crate::streams::{PROBES, READ, choosable, is_read, probes_of};

use super::{Options, Probes, wanted};

/// Tries every stream alone; exit status 1 where one is refused.
///
/// # Errors
/// No root or no BTF.
pub fn print() -> Result<u8, Problem> {
    super::privileges()?;
    let plain = Options { frequency: 99, ..Options::default() };
    let with_threshold = Options { stack_min: Duration::from_millis(1), ..plain.clone() };
    println!("{:11} {:4} {:71} NOTE", "STREAM", "HERE", "NEEDS");
    let mut is_complete = true;
    for stream in choosable() {
        let needs: Vec<_> = probes_of(stream)
            .filter(|probe| wanted::is_wanted(probe, &plain))
            .map(|probe| probe.needs)
            .chain(READ.iter().filter(|(name, _)| *name == stream).map(|(_, from)| *from))
            .collect();
        is_complete &= try_one(stream, &plain, stream, &needs.join(", "));
    }
    let needs = PROBES.iter().find(|probe| {
        wanted::is_wanted(probe, &with_threshold) && !wanted::is_wanted(probe, &plain)
    });
    let needs = needs.map_or("", |probe| probe.needs);
    is_complete &= try_one("wait", &with_threshold, "--stack-min", needs);
    Ok(u8::from(!is_complete))
}

/// Attaches or opens the stream and prints the line `label`; true if this kernel took it.
fn try_one(stream: &'static str, options: &Options, label: &str, needs: &str) -> bool {
    let tried = if is_read(stream) {
        Ok(Readings::open(&[stream]).states)
    } else {
        Probes::attach(&[stream], options).map(|probes| probes.states)
    };
    let (is_here, note) = match tried {
        Ok(states) => {
            (states.iter().all(|state| state.on), states.into_iter().find_map(|state| state.note))
        }
        Err(problem) => (false, Some(format!("{:#}", problem.what))),
    };
    let here = if is_here { "yes" } else { "no" };
    println!("{label:11} {here:4} {needs:71} {}", note.unwrap_or_default());
    is_here
}
