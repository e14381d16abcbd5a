//! One file of a recording: a zip with stored members, which every command reads as it is.
//!
//! [`choice`] decides what goes into it, [`write`] writes it, [`verify`] checks it; it is read by
//! [`crate::recording`].

mod choice;
#[cfg(test)]
mod damage_tests;
mod size;
pub mod verify;
mod write;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use clap::{Arg, ArgMatches, Command, value_parser};

use crate::cli::command;
use crate::failure::Failure;
use crate::recording::{Member, Recording};
use crate::rewrite::only;
use crate::run;
use crate::tool::Tool;
use crate::view::Library;
use choice::{Choice, Goes, KEPT, ORDER};
use write::Pack;

pub const TOOL: Tool = Tool { name: "pack", command, run };

fn command() -> Command {
    Command::new("pack")
        .about("Make one file of a recording, to attach to a ticket")
        .long_about(format!(
            "Make one file of a recording, to attach to a ticket.\n\n\
             Every command reads the file as it reads the directory, without unpacking it. It is a zip file whose members \
             are stored as they are; pack.json in it lists them with their SHA-256, which are compared before anything \
             is read. `unzip -d NAME.wake FILE` makes the directory of it again.\n\n\
             With --max-size the least useful is left out first, until the rest fits: {}; each as a whole or, where \
             marked with *, its oldest segments and no more of them than must. These are always kept: {}. What was left \
             out is told here, by `afterwake info`, and with every answer that would need it.",
            order(),
            KEPT.join(", ")
        ))
        .arg(command::recording().help("A recording"))
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("The file [default: the name of the recording and .zip, here]"),
        )
        .arg(
            Arg::new("max-size")
                .long("max-size")
                .value_name("SIZE")
                .value_parser(size::bytes)
                .help("Leave out what is least useful until it is no larger, such as 25MB"),
        )
        .after_help(
            "Examples:\n  \
             afterwake pack slow.wake\n  \
             afterwake pack slow.wake --max-size 25MB -o ticket-4711.wake.zip\n  \
             afterwake verify slow.wake.zip\n  \
             afterwake offcputime slow.wake.zip",
        )
}

fn order() -> String {
    let name = |(name, goes): &(&str, Goes)| match goes {
        Goes::Whole => (*name).to_owned(),
        Goes::OldestFirst => format!("{name}*"),
    };
    ORDER.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn run(matches: &ArgMatches, _library: &Arc<Library>) -> Result<()> {
    let argument = matches.get_one::<String>("RECORDING").map_or("", String::as_str);
    let recording = Recording::open(argument)?;
    let member = only(&recording)?;
    let target = match matches.get_one::<PathBuf>("output") {
        Some(target) => target.clone(),
        None => default_name(member)?,
    };
    let mut choice = Choice::all(member);
    for (path, problem) in recording.damage() {
        say!("note: left out {}: {problem}", crate::render::escape(&path.to_string_lossy()));
    }
    run::say_what_is_gone(member, member.manifest.rows.keys());
    if let Some(limit) = matches.get_one::<u64>("max-size") {
        shrink(&mut choice, member, *limit)?;
    }
    write(member, &choice, &target, &mut run::stdout())
}

/// The name of the recording and `.zip`, in the current directory.
fn default_name(member: &Member) -> Result<PathBuf> {
    let path = member.directory.canonicalize()?;
    let name =
        path.file_name().map_or_else(|| "recording.wake".into(), |name| name.to_string_lossy());
    Ok(format!("{}.zip", name.strip_suffix(".zip").unwrap_or(&name)).into())
}

fn shrink(choice: &mut Choice, member: &Member, limit: u64) -> Result<()> {
    let text = member.text.as_ref().map_or(0, |(_, text)| text.len());
    let inherited = member.inventory.as_ref().map_or(0, |inventory| inventory.left_out.len());
    let why = format!("to keep it below {}", size::readable(limit));
    choice.shrink(text, inherited, limit, &why).map_err(|least| {
        let (limit, least) = (size::readable(limit), size::readable(least));
        let path = member.directory.display();
        Failure::new(format!(
            "{path} does not fit into {limit}: its waits, stacks and names alone take {least}"
        ))
        .hint(format!(
            "pack a part of it: `afterwake cut {path} --from TIME --to TIME -o PART.wake`"
        ))
        .into()
    })
}

/// Writes the pack and says what is in it.
fn write(member: &Member, choice: &Choice, target: &Path, mut out: &mut dyn Write) -> Result<()> {
    run::exit_on_interrupt_of(&[]);
    let mut pack = Pack::create(target)?;
    if let Some((name, text)) = &member.text {
        pack.add(name, text.len() as u64, None, &text[..])?;
    }
    for part in &choice.parts {
        let open = part.segment.extent().open()?;
        pack.add(&part.name, part.segment.size(), Some(part.rows), open.stream(0))?;
    }
    let inherited = member.inventory.iter().flat_map(|inventory| inventory.left_out.clone());
    let left_out: Vec<_> = inherited.chain(choice.left_out.clone()).collect();
    let written = pack.finish(left_out.clone())?;
    run::info_line(&mut out, "wrote", &target.to_string_lossy())?;
    let (size, members) = (size::readable(written.size), written.members);
    run::info_line(&mut out, "size", &format!("{size}, {members} members"))?;
    run::info_line(&mut out, "sha256", &format!("{} of its pack.json", written.fingerprint))?;
    for left in &left_out {
        run::info_line(&mut out, "left out", &member.subject(left))?;
    }
    Ok(out.flush()?)
}
