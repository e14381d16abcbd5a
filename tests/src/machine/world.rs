//! A recorded machine together with what is true about it.

use std::path::Path;

use tempfile::TempDir;

use super::generate::{self, Size};
use super::loss::drop_waits;
use super::recording::{self, Form};
use super::{Machine, contract, script};
use crate::oracle::Timeline;
use crate::random::Random;

pub struct World {
    pub machine: Machine,
    pub timeline: Timeline,
    directory: TempDir,
}

impl World {
    /// A recording of everything that `machine` did.
    pub fn of(machine: Machine) -> Self {
        Self::lossy(machine, 0, 0)
    }

    pub fn scripted(text: &str) -> Self {
        Self::of(script::machine(text))
    }

    pub fn random(seed: u64, size: Size) -> Self {
        Self::of(generate::machine(seed, size))
    }

    /// A recording that lost `percent` of its waits.
    pub fn lossy(machine: Machine, percent: u64, seed: u64) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut rows = contract::rows(&machine);
        let holes = drop_waits(&machine, &mut rows, percent, &mut Random::new(seed));
        let mut timeline = Timeline::of(&machine);
        timeline.forget(&holes);
        recording::write(&machine, rows, directory.path(), Form::default());
        Self { machine, timeline, directory }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}
