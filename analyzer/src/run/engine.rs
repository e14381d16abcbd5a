//! The threads that a session computes with. Everything above them is plain code that waits here for an answer.

use std::pin::Pin;

use anyhow::{Context, Result};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use super::levels::STACK_BYTES;
use crate::failure::Failure;

/// What can be waited for. Boxed: every other type would compile what lies beneath once more.
pub type Work<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

pub struct Engine {
    /// Taken when the session ends, which does not wait for what an ended query left behind.
    runtime: Option<Runtime>,
    stop: watch::Sender<bool>,
}

impl Engine {
    /// As many threads as there are cores.
    pub fn start() -> Result<Self> {
        let runtime =
            Builder::new_multi_thread().thread_stack_size(STACK_BYTES).enable_all().build()?;
        Ok(Self { runtime: Some(runtime), stop: watch::Sender::new(false) })
    }

    /// Waits for the end of the work, or until [`Self::stop`].
    pub fn wait(&self, work: Work<'_>) -> Result<()> {
        let mut stop = self.stop.subscribe();
        let runtime = self.runtime.as_ref().context("the engine has stopped")?;
        runtime.block_on(async {
            tokio::select! {
                outcome = work => outcome,
                _ = stop.wait_for(|stopped| *stopped) => Err(Failure::new("stopped").into()),
            }
        })
    }

    /// Ends what is waited for, and what will be.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Takes a stop back.
    pub fn go_on(&self) {
        self.stop.send_replace(false);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
