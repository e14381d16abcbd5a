//! The command that is recorded, if there is one.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};

use anyhow::anyhow;

use crate::cli::Problem;

pub struct Recorded {
    child: Option<Child>,
    ended: Option<ExitStatus>,
}

impl Recorded {
    /// Starts it, now that the probes are attached.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(command: &[String]) -> Result<Self, Problem> {
        let Some((program, arguments)) = command.split_first() else {
            return Ok(Self { child: None, ended: None });
        };
        let child = Command::new(program).args(arguments).spawn().map_err(|error| {
            Problem::new(
                anyhow!("`{program}` cannot be started: {error}"),
                "a program and its arguments follow `--`; what a shell would do needs one: -- sh -c '…'",
            )
        })?;
        Ok(Self { child: Some(child), ended: None })
    }

    pub fn has_ended(&mut self) -> bool {
        if let Some(child) = &mut self.child
            && self.ended.is_none()
        {
            self.ended = child.try_wait().ok().flatten();
        }
        self.ended.is_some()
    }

    /// Its exit status as a shell reports it; `None` where there was none or it still runs.
    pub fn status(&mut self) -> Option<i32> {
        self.has_ended();
        let ended = self.ended?;
        ended.code().or_else(|| ended.signal().map(|signal| 128 + signal))
    }
}
