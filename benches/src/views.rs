//! Every view over ten million waits: warm, the start of the process included.

use std::path::PathBuf;

use anyhow::Result;

use crate::child::{self, median_of};
use crate::place::Place;
use crate::report::{megabytes, table};

pub const WAITS: u64 = 10_000_000;
const RUNS: usize = 3;
const MOST_MEGABYTES: f64 = 300.0;
/// Seconds; the chains walk from wait to wait.
const MOST: f64 = 1.0;
const MOST_FOR_CHAINS: f64 = 3.0;
const CHAINS: [&str; 2] = ["chaingraph", "criticalpath"];

pub fn run(place: &Place) -> Result<()> {
    let recording = recording(place)?;
    let (_, listed) = child::run(place.program("afterwake")?.arg("views"))?;
    let names = listed.lines().filter(|line| line.starts_with("  "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    let tables = ["sched_switch", "sched_waking"].map(|name| {
        (name, vec!["sql".to_owned(), format!("SELECT count(*), max(ts) FROM {name}")])
    });
    let views = names.map(|name| (name, vec![name.to_owned()])).chain(tables);
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    for (name, words) in views {
        let measured = median_of(RUNS, || {
            let mut command = place.program("afterwake")?;
            command.arg(&words[0]).arg(&recording).args(&words[1..]);
            Ok(command)
        });
        let (taken, _) = match measured {
            Ok(measured) => measured,
            // Such as the one that needs hardware counters.
            Err(refusal) => {
                refused.push(format!("{name}: {refusal}"));
                continue;
            }
        };
        let most = if CHAINS.contains(&name) { MOST_FOR_CHAINS } else { MOST };
        let reached =
            taken.wall.as_secs_f64() < most && megabytes(taken.peak_bytes) < MOST_MEGABYTES;
        rows.push(vec![
            name.to_owned(),
            format!("{:.2} s", taken.wall.as_secs_f64()),
            format!("{most:.0} s"),
            format!("{:.2} s", taken.cpu.as_secs_f64()),
            format!("{:.0} MB", megabytes(taken.peak_bytes)),
            (if reached { "reached" } else { "NOT REACHED" }).to_owned(),
        ]);
    }
    table(&["view", "time", "at most", "CPU", "peak memory", "and below 300 MB"], &rows);
    refused.iter().for_each(|refusal| println!("not measured, {}", refusal.replace('\n', "; ")));
    Ok(())
}

/// The recording of ten million waits, made once.
pub fn recording(place: &Place) -> Result<PathBuf> {
    let recording = place.kept().join("ten-million.wake");
    if !recording.join("recording.json").exists() {
        eprintln!("Making {} once", recording.display());
        let _ = std::fs::remove_dir_all(&recording);
        let mut command = place.program("ten-million")?;
        child::run(command.arg(&recording).arg(WAITS.to_string()))?;
    }
    Ok(recording)
}
