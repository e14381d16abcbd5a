use std::process::ExitCode;

fn main() -> ExitCode {
    afterwake::cli::main()
}
