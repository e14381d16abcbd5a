use std::io::{self, Write};
use std::process::ExitCode;

use afterwake_record::cli::{self, Arguments, Problem};
use afterwake_record::status::print;
use afterwake_record::{generated, probes, profiles, session, streams};
use clap::Parser;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(refused) => return cli::explain(&refused),
    };
    match perform(&arguments) {
        Ok(status) => ExitCode::from(status),
        Err(problem) if !records(&arguments) && is_closed_pipe(&problem) => ExitCode::SUCCESS,
        Err(problem) => {
            print(format_args!("error: {:#}\n", problem.what));
            if let Some(hint) = problem.hint {
                print(format_args!("hint: {hint}\n"));
            }
            ExitCode::FAILURE
        }
    }
}

/// The exit status of what was asked for.
fn perform(arguments: &Arguments) -> Result<u8, Problem> {
    let out: &mut dyn Write = &mut io::stdout();
    if let Some(kind) = arguments.generate {
        generated::print(kind, out)?;
    } else if arguments.list {
        streams::print_list(out)?;
        profiles::print_list(out)?;
    } else if arguments.check {
        return probes::check::print(out);
    } else {
        return session::run(arguments);
    }
    Ok(0)
}

fn records(arguments: &Arguments) -> bool {
    !arguments.list && !arguments.check && arguments.generate.is_none()
}

/// The reader of a list, such as `head`, has seen enough.
fn is_closed_pipe(problem: &Problem) -> bool {
    let error = problem.what.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
