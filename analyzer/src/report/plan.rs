//! Which figures a page has, and in which order.

use anyhow::Result;
use serde_json::Value;

use super::columns::numbers;
use super::context::Context;
use super::figure::{Command, Figure, Section};
use super::{answers, latency, overview, states, subsecond, timeline};
use crate::failure::Failure;
use crate::run;

const BUSIEST: &str = include_str!("sql/busiest.sql");

/// What is shown where nobody asks for certain views.
pub fn whole(context: &mut Context<'_>) -> Result<Vec<Section>> {
    Ok(vec![
        about(context),
        Section {
            id: "threads",
            title: "Threads and CPUs",
            lead: "Where the time of every thread went, and what ran where.",
            figures: vec![threads(context), lanes(context)],
        },
        Section {
            id: "on-cpu",
            title: "On the CPU",
            lead: "What ran, sampled at a fixed rate. Select a range of time to see what ran within it.",
            figures: vec![by_time(context, "profile"), of_view(context, "runqlen", &[])],
        },
        Section {
            id: "waiting",
            title: "Waiting",
            lead: "Why threads did not run: where they left the CPU, who woke them, and through which chain of wakeups. \
                   Sums are thread-seconds.",
            figures: vec![
                by_time(context, "offcputime"),
                of_view(context, "wakeuptime", &[]),
                of_view(context, "offwaketime", &[]),
                of_view(context, "chaingraph", &[]),
            ],
        },
        Section {
            id: "latency",
            title: "Latency",
            lead: "How long it took, over time and as a distribution.",
            figures: vec![
                heat(context, "runqlat"),
                of_view(context, "runqlat", &[]),
                of_view(context, "cpudist", &[]),
                heat(context, "biolatency"),
                of_view(context, "biolatency", &["--disks"]),
                heat(context, "syscount"),
                of_view(context, "syscount", &["--latency"]),
            ],
        },
        Section {
            id: "checklists",
            title: "Checklists",
            lead: "The usual first look at a slow machine, from the recording alone.",
            figures: vec![
                of_view(context, "checklist", &["60s"]),
                of_view(context, "checklist", &["bcc"]),
            ],
        },
    ])
}

/// Only these views, after what the recording is.
pub fn only(context: &mut Context<'_>, views: &[String]) -> Result<Vec<Section>> {
    let mut figures = Vec::new();
    for name in views {
        match name.as_str() {
            "threadstates" => figures.push(threads(context)),
            "profile" | "offcputime" => figures.push(by_time(context, name)),
            "runqlat" | "biolatency" => {
                figures.push(heat(context, name));
                figures.push(of_view(context, name, &[]));
            }
            "checklist" => {
                for list in ["60s", "bcc"] {
                    figures.push(of_view(context, name, &[list]));
                }
            }
            _ => figures.push(of_view(context, name, &[])),
        }
    }
    let views =
        Section { id: "views", title: "Views", lead: "The views that were asked for.", figures };
    Ok(vec![about(context), views])
}

fn about(context: &mut Context<'_>) -> Section {
    let figure =
        |id: &str, title: &str, kind, data: Value| Figure { data, ..Figure::new(id, title, kind) };
    let facts = overview::facts(context, context.member());
    let streams = overview::streams(context.member());
    let mut facts = figure("recording", "The recording", "facts", facts);
    facts.command = Some(plain(context, "afterwake info"));
    let streams = figure("streams", "What was recorded", "streams", streams);
    let losses = figure("losses", "What is missing", "losses", overview::losses(context));
    let mut costs = Figure::new("cost", "What recording cost", "costs");
    costs.notes.push(
        "Shares of one CPU. A probe is measured within short windows, and only those are the base of its share.".into(),
    );
    let costs = filled(costs, overview::costs(context));
    Section {
        id: "overview",
        title: "Overview",
        lead: "",
        figures: vec![facts, streams, losses, costs],
    }
}

/// A command that takes no window.
fn plain(context: &Context, words: &str) -> Command {
    Command {
        head: format!("{words} {}", super::figure::quoted(&context.recording)),
        tail: "-".into(),
    }
}

fn filled(figure: Figure, answer: Result<Value>) -> Figure {
    match answer {
        Ok(data) => Figure { data, ..figure },
        Err(error) => figure.missing(&error),
    }
}

fn threads(context: &mut Context<'_>) -> Figure {
    let mut figure = Figure::new("threadstates", "Where the time of every thread went", "states");
    figure.command = Some(context.command("threadstates", &["--threads"]));
    figure.notes.push(
        "A bar is the life of a thread within the window, and its parts add up to it exactly. Unknown is the time before \
         it was first seen, lost what was not recorded."
            .into(),
    );
    figure.notes.extend(context.losses(&["wait"]));
    let answer = states::ask(context);
    filled(figure, answer)
}

fn lanes(context: &mut Context<'_>) -> Figure {
    let mut figure = Figure::new("timeline", "Timeline of CPUs and threads", "timeline");
    let mut command = plain(context, "afterwake report");
    command.tail = " -o closer.html".into();
    figure.notes.extend(context.losses(&["wait"]));
    figure.command = Some(command);
    let answer = lanes_of_the_busiest(context);
    filled(figure, answer)
}

fn lanes_of_the_busiest(context: &mut Context<'_>) -> Result<Value> {
    recorded(context, &["wait"])?;
    let mut batches = Vec::new();
    context.query(BUSIEST, &[("most", timeline::THREADS as i64)], &mut batches)?;
    let mut busiest = Vec::new();
    for batch in &batches {
        let threads = numbers(batch, "thread")?;
        busiest.extend((0..threads.len()).map(|row| threads.value(row)));
    }
    timeline::ask(context, &busiest)
}

/// Stacks by time: the subsecond map and its flame graph.
fn by_time(context: &mut Context<'_>, name: &str) -> Figure {
    let mut figure = Figure::new(name, &title(context, name), "subsecond");
    figure.command = Some(context.command(name, &[]));
    let question = if name == "profile" {
        figure.notes.push("An idle CPU is not sampled.".into());
        subsecond::CPU
    } else {
        figure.notes.push("A wait stands in the map where it ended, with all of its time.".into());
        subsecond::OFF_CPU
    };
    let needs = if name == "profile" { "sample" } else { "wait" };
    figure.notes.extend(context.losses(&[needs]));
    let answer = match recorded(context, &[needs]) {
        Ok(()) => subsecond::ask(context, &question),
        Err(error) => Err(error),
    };
    filled(figure, answer)
}

fn heat(context: &mut Context<'_>, name: &str) -> Figure {
    let (id, title, sql, needs): (_, _, _, &[&str]) = match name {
        "runqlat" => {
            ("runqueue-heat", "Run-queue latency over time", latency::RUN_QUEUE, &["wait"])
        }
        "biolatency" => {
            ("disk-heat", "Latency of disk requests over time", latency::DISK, &["block_io"])
        }
        _ => (
            "calls-heat",
            "Latency of system calls over time",
            latency::CALLS,
            &["path", "io", "sock", "misc"],
        ),
    };
    let mut figure = Figure::new(id, title, "heat");
    figure.command = Some(match name {
        "syscount" => context.command(name, &["--latency"]),
        _ => {
            let mut command = context.command(name, &[]);
            // Each second a histogram: columns of the same heat map.
            command.head += " 1";
            command
        }
    });
    figure.notes.extend(context.losses(needs));
    let answer = match recorded(context, needs) {
        Ok(()) => latency::ask(context, sql),
        Err(error) => Err(error),
    };
    filled(figure, answer)
}

fn of_view(context: &mut Context<'_>, name: &str, flags: &[&str]) -> Figure {
    let id = [&[name], flags].concat().join("-").replace("--", "");
    let id = if flags.is_empty() { format!("{name}-view") } else { id };
    let mut figure = Figure::new(&id, &title(context, name), "text");
    figure.command = Some(context.command(name, flags));
    if let (Ok(view), [list]) = (context.session.library.view(name), flags)
        && let Some(list) = view.lists.iter().find(|one| one.name == *list)
    {
        figure.title = format!("{name} {}: {}", list.name, list.help.trim_end_matches('.'));
    }
    if let Ok(view) = context.session.library.view(name) {
        let needs: Vec<&str> = view.needs.iter().map(String::as_str).collect();
        let tables = run::tables_of(context.session, &[&view]);
        let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
        figure.notes.extend(context.losses(&tables));
        if let Err(error) = needs.iter().try_for_each(|stream| recorded(context, &[stream])) {
            return figure.missing(&error);
        }
    }
    match answers::ask(context, name, flags) {
        Ok((kind, data)) => Figure { kind, data, ..figure },
        Err(error) => figure.missing(&error),
    }
}

fn title(context: &Context, name: &str) -> String {
    match context.session.library.view(name) {
        Ok(view) => format!("{name}: {}", first_small(&view.help)),
        Err(_) => name.into(),
    }
}

/// Behind a colon a sentence goes on, unless its first word is an abbreviation.
fn first_small(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.into(),
    }
}

/// Fails where none of the streams was recorded, with the recorder's reason where it gave one. The sentences are the page's.
fn recorded(context: &Context, streams: &[&str]) -> Result<()> {
    let member = context.member();
    let is_there = |stream: &&str| {
        member.rows(stream) > 0 || member.state(stream).is_some_and(|state| state.on)
    };
    // A recording that was cut short may not say what it was to hold.
    if member.manifest.streams.is_empty() || streams.iter().any(is_there) {
        return Ok(());
    }
    let names = streams.join(", ");
    let sentence = match streams {
        [stream] => match member.state(stream).and_then(|state| state.note.as_ref()) {
            Some(reason) => format!("The stream {names} was not recorded: {reason}"),
            None => format!("The stream {names} was not recorded"),
        },
        _ => format!("None of the streams {names} was recorded"),
    };
    Err(Failure::new(sentence)
        .hint(format!("Record with `afterwake-record -e {}`", streams.join(",")))
        .into())
}
