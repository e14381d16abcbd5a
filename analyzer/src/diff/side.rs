//! One of the two recordings, and what has to be said about it.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;
use clap::ArgMatches;

use super::Question;
use crate::failure::Failure;
use crate::recording::{Member, Recording};
use crate::render::escape;
use crate::run::{self, Order, Output, Session, Take, possible, thresholds};
use crate::view::{Library, duration};

pub struct Side {
    pub letter: char,
    /// As it was named on the command line.
    pub name: String,
    pub session: Session,
    pub order: Order,
}

impl Side {
    pub fn open(
        letter: char,
        question: &Question,
        matches: &ArgMatches,
        library: &Arc<Library>,
    ) -> Result<Self> {
        let text =
            |name: &str| matches.try_get_one::<String>(name).ok().flatten().map(String::as_str);
        let name = text(&letter.to_string()).unwrap_or_default().to_owned();
        let recording = Recording::open(&name)?;
        let limit = |own: &str, both: &str| text(&format!("{own}_{letter}")).or_else(|| text(both));
        let (from, to) = (limit("FROM", "from"), limit("TO", "to"));
        let mut window = run::window(from, to, &recording.span(), recording.wall_clock())?;
        if let Ok(Some(length)) = matches.try_get_one::<i64>("DURATION") {
            window.end = window.start.saturating_add(*length).min(window.end);
        }
        if window.is_empty() {
            return Err(Failure::new(format!("{letter} has no length: {name} recorded no time"))
                .hint("`afterwake info` shows what a recording holds")
                .into());
        }
        let (view, literals) = (question.view.clone(), question.literals.clone());
        let order = Order {
            view,
            literals,
            window,
            interval: None,
            output: Output::default(),
            parts: Vec::new(),
        };
        Ok(Self { letter, name, session: Session::open(recording, Arc::clone(library))?, order })
    }

    /// Length of the window.
    pub fn seconds(&self) -> f64 {
        (self.order.window.end - self.order.window.start) as f64 / 1e9
    }

    /// Runs the view. A stream that was not recorded has no rows, as [`notes`] says.
    pub fn answer(&self, take: &mut dyn Take) -> Result<()> {
        if possible::recorded(&self.session, &self.order.view).is_err() {
            return Ok(());
        }
        possible::check(&self.session, &self.order.view)?;
        self.session.query(&self.order.sql(&self.session, &self.order.window), take)
    }

    fn members(&self) -> &[Member] {
        self.session.recording.members()
    }

    fn is_redacted(&self) -> bool {
        self.members().iter().any(|member| member.manifest.redacted.is_some())
    }

    fn cpus(&self) -> u32 {
        self.members().iter().map(|member| member.manifest.host.cpus).sum()
    }

    /// Host, CPUs, kernel and length, as one line.
    fn facts(&self) -> String {
        let of_all = |of: fn(&Member) -> &str| {
            let texts: BTreeSet<&str> = self.members().iter().map(of).collect();
            texts.into_iter().collect::<Vec<_>>().join(", ")
        };
        let (hosts, kernels) =
            (of_all(Member::host), of_all(|member| &member.manifest.host.kernel));
        let (cpus, seconds) = (self.cpus(), self.seconds());
        let facts = format!(
            "{}: {}: host {hosts}, {cpus} CPUs, Linux {kernels}, {seconds:.3} s",
            self.letter, self.name
        );
        escape(&facts).into_owned()
    }
}

/// Fails where neither recording has what the view needs.
pub fn check(sides: &[Side; 2]) -> Result<()> {
    let refused = sides.each_ref().map(|side| possible::recorded(&side.session, &side.order.view));
    match refused {
        [Err(error), Err(_)] => Err(error),
        _ => Ok(()),
    }
}

/// Which recordings these are, what is missing from each, and where they differ in more than what happened.
pub fn notes(sides: &[Side; 2]) -> Result<()> {
    for side in sides {
        say!("{}", side.facts());
        let view = &side.order.view;
        if let Err(error) = possible::recorded(&side.session, view) {
            say!("note: {} counts as empty: {error}", side.letter);
        }
        thresholds::report(&side.session, &[view])?;
        run::report_losses(&side.session, &run::tables_of(&side.session, &[view]))?;
    }
    differences(sides);
    Ok(())
}

fn differences(sides: &[Side; 2]) {
    let [a, b] = sides;
    if a.is_redacted() || b.is_redacted() {
        say!(
            "note: names were redacted: those of A and B are only the same where both were redacted with the same --key"
        );
    }
    if a.cpus() != b.cpus() {
        say!("note: A has {} CPUs, B {}; no figure is divided by them", a.cpus(), b.cpus());
    }
    let needs = &a.order.view.needs;
    for stream in needs {
        let rows = sides.each_ref().map(|side| rows(side, stream));
        for (side, own, others) in [(a, rows[0], rows[1]), (b, rows[1], rows[0])] {
            if own == 0 && others > 0 {
                say!("note: {} has no rows of {stream}", side.letter);
            }
        }
        let [least_a, least_b] = sides.each_ref().map(|side| minimum(side, stream));
        if least_a != least_b {
            let (a, b) = (duration(least_a), duration(least_b));
            say!("note: {stream} has rows from {a} on in A, from {b} on in B");
        }
    }
    let [of_a, of_b] = sides.each_ref().map(frequency);
    if needs.iter().any(|stream| stream == "sample") && of_a != of_b {
        say!(
            "note: CPUs were sampled {of_a} times a second in A, {of_b} times in B; counts of samples differ by that"
        );
    }
}

fn rows(side: &Side, stream: &str) -> u64 {
    side.members().iter().map(|member| member.rows(stream)).sum()
}

/// Rows of the stream that are shorter were only summed.
fn minimum(side: &Side, stream: &str) -> u64 {
    let of = |member: &Member| member.manifest.options.minimum_ns.get(stream).copied();
    side.members().iter().filter_map(of).max().unwrap_or(0)
}

fn frequency(side: &Side) -> u64 {
    side.members().first().map_or(0, |member| member.manifest.options.frequency)
}
