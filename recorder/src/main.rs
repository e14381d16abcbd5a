use std::process::ExitCode;

use afterwake_record::status::print;
use afterwake_record::{cli, generated, probes, profiles, session, streams};
use clap::Parser;

fn main() -> ExitCode {
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(refused) => return cli::explain(&refused),
    };
    let outcome = if let Some(kind) = arguments.generate {
        generated::print(kind).map(|()| 0).map_err(Into::into)
    } else if arguments.list {
        streams::print_list();
        profiles::print_list();
        Ok(0)
    } else if arguments.check {
        probes::check::print()
    } else {
        session::run(&arguments)
    };
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(problem) => {
            print(format_args!("error: {:#}\n", problem.what));
            if let Some(hint) = problem.hint {
                print(format_args!("hint: {hint}\n"));
            }
            ExitCode::FAILURE
        }
    }
}
