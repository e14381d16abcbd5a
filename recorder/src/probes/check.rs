//! `--check`: what each stream needs, and whether this kernel gives it.

use std::io::{self, Write};
use std::time::Duration;

use crate::cli::Problem;
use crate::session::Readings;
use crate::streams::{PROBES, READ, choosable, is_read, probes_of};

use super::{Options, Probes, wanted};

/// Tries every stream alone; exit status 1 where one is refused.
///
/// # Errors
/// No root or no BTF, or `out` takes nothing more.
pub fn print(out: &mut dyn Write) -> Result<u8, Problem> {
    super::privileges()?;
    let plain = Options { frequency: 99, ..Options::default() };
    let with_threshold = Options { stack_min: Duration::from_millis(1), ..plain.clone() };
    writeln!(out, "{:11} {:4} {:71} NOTE", "STREAM", "HERE", "NEEDS")?;
    let mut is_complete = true;
    for stream in choosable() {
        let read = READ.iter().filter(|(name, _)| *name == stream).map(|(_, from)| *from);
        let probed = probes_of(stream).filter(|probe| wanted::is_wanted(probe, &plain));
        let needs = in_short(probed.map(|probe| probe.needs).chain(read));
        is_complete &= try_one(stream, &plain, stream, &needs, out)?;
    }
    let needs = PROBES.iter().find(|probe| {
        wanted::is_wanted(probe, &with_threshold) && !wanted::is_wanted(probe, &plain)
    });
    let needs = needs.map_or("", |probe| probe.needs);
    is_complete &= try_one("wait", &with_threshold, "--stack-min", needs, out)?;
    Ok(u8::from(!is_complete))
}

/// Each thing once, and the kind of thing once for those that follow each other.
fn in_short(needs: impl Iterator<Item = &'static str>) -> String {
    let mut text = String::new();
    let (mut told, mut kind) = (Vec::new(), "");
    for need in needs {
        if told.contains(&need) {
            continue;
        }
        told.push(need);
        let (its_kind, name) = need.split_once(' ').unwrap_or(("", need));
        let separator = if text.is_empty() { "" } else { ", " };
        text += separator;
        text += if its_kind == kind { name } else { need };
        kind = its_kind;
    }
    text
}

/// Attaches or opens the stream and prints the line `label`; true if this kernel took it.
fn try_one(
    stream: &'static str,
    options: &Options,
    label: &str,
    needs: &str,
    out: &mut dyn Write,
) -> io::Result<bool> {
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
    writeln!(out, "{label:11} {here:4} {needs:71} {}", note.unwrap_or_default())?;
    Ok(is_here)
}

#[cfg(test)]
mod tests {
    #[test]
    fn needs_in_short() {
        let needs = ["tp_btf a", "tp_btf b", "iter task", "iter task", "tp_btf c", "/proc"];
        let short = super::in_short(needs.into_iter());
        assert_eq!(short, "tp_btf a, b, iter task, tp_btf c, /proc");
    }
}
