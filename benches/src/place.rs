//! Where the programs under measurement lie, and where their recordings go.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

pub struct Place {
    programs: PathBuf,
    /// Recordings of this run; on a disk, as in production.
    scratch: TempDir,
}

impl Place {
    pub fn prepare() -> Result<Self> {
        let own = std::env::current_exe()?;
        let programs = own.parent().context("the bench lies in a directory")?.to_owned();
        let scratch = tempfile::Builder::new().prefix("bench-").tempdir_in(&programs)?;
        let place = Self { programs, scratch };
        mount_tracefs()?;
        Ok(place)
    }

    /// One of our programs.
    pub fn program(&self, name: &str) -> Result<Command> {
        let path = self.programs.join(name);
        ensure!(path.exists(), "{} is not built", path.display());
        Ok(Command::new(path))
    }

    pub fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// A directory that outlives this run, for what takes long to make.
    pub fn kept(&self) -> PathBuf {
        self.programs.join("..").join("bench")
    }

    /// A Python that has DuckDB.
    pub fn python(&self) -> Result<Command> {
        let python = self.programs.join("../duckdb/bin/python");
        ensure!(python.exists(), "DuckDB is not installed into {}", python.display());
        Ok(Command::new(python))
    }

    /// What the figures were measured on.
    pub fn machine(&self) -> String {
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let cpus = std::thread::available_parallelism().map_or(0, usize::from);
        let load = load.split(' ').next().unwrap_or_default();
        format!("Linux {}, {cpus} CPUs, load average {load} before the start", kernel.trim())
    }
}

/// A tool of the system; Debian keeps some out of a user's PATH.
pub fn tool(name: &str) -> Result<Command> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&folders).chain([PathBuf::from("/usr/sbin")]);
    let found = folders.map(|folder| folder.join(name)).find(|path| path.is_file());
    Ok(Command::new(found.with_context(|| format!("{name} is not installed"))?))
}

/// The other tools read the formats of tracepoints there.
fn mount_tracefs() -> Result<()> {
    let place = Path::new("/sys/kernel/tracing");
    if !place.join("available_events").exists() {
        let mounted = tool("mount")?.args(["-t", "tracefs", "tracefs"]).arg(place).status()?;
        if !mounted.success() {
            bail!("{} cannot be mounted, which perf needs; run as root", place.display());
        }
    }
    Ok(())
}
