//! What packagers install beside the program: its manual page, and completions for shells.

use std::io::{self, Write};

use clap::{CommandFactory, ValueEnum};

use crate::cli::Arguments;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    Man,
    Bash,
    Zsh,
    Fish,
}

/// Prints it.
///
/// # Errors
/// Where `out` takes nothing more.
pub fn print(kind: Kind, out: &mut dyn Write) -> io::Result<()> {
    let mut command = Arguments::command();
    let mut text = Vec::new();
    let mut complete = |shell| {
        clap_complete::generate(shell, &mut command, "afterwake-record", &mut text);
    };
    match kind {
        Kind::Man => clap_mangen::Man::new(command).render(&mut text)?,
        Kind::Bash => complete(clap_complete::Shell::Bash),
        Kind::Zsh => complete(clap_complete::Shell::Zsh),
        Kind::Fish => complete(clap_complete::Shell::Fish),
    }
    out.write_all(&text)
}
