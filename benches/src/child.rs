//! Runs a program to its end, and says what it took.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// What a process took, with the children it waited for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    pub wall: Duration,
    pub cpu: Duration,
    pub peak_bytes: u64,
}

/// What is kept of a program's output. Its peak memory would be counted as that of later children,
/// which begin as copies of this process.
const KEPT_BYTES: u64 = 1 << 20;

/// Runs to the end; the answer is what it printed, the first megabyte of it.
pub fn run(command: &mut Command) -> Result<(Taken, String)> {
    let mut errors = tempfile::tempfile()?;
    let begin = Instant::now();
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(errors.try_clone()?)
        .spawn()
        .with_context(|| format!("{name} does not start"))?;
    let mut said = Vec::new();
    let mut output = child.stdout.take().context("it is piped")?;
    output.by_ref().take(KEPT_BYTES).read_to_end(&mut said)?;
    io::copy(&mut output, &mut io::sink())?;
    let (status, mut taken) = wait(&child)?;
    taken.wall = begin.elapsed();
    if status != 0 {
        let mut complaint = String::new();
        std::io::Seek::rewind(&mut errors)?;
        errors.read_to_string(&mut complaint)?;
        ensure!(status == 0, "{name} failed: {}", complaint.trim());
    }
    Ok((taken, String::from_utf8_lossy(&said).into_owned()))
}

/// Waits for a child; its raw wait status and its resources, without the wall time.
pub fn wait(child: &Child) -> Result<(i32, Taken)> {
    let mut status = 0;
    // SAFETY: all zeros is a valid `rusage`; both pointers are to live locals.
    let (found, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::wait4(child.id() as libc::pid_t, &raw mut status, 0, &raw mut usage), usage)
    };
    ensure!(found == child.id() as libc::pid_t, "{}", std::io::Error::last_os_error());
    let seconds = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec as u64) + Duration::from_micros(time.tv_usec as u64)
    };
    let cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    let peak_bytes = usage.ru_maxrss as u64 * 1024;
    Ok((status, Taken { cpu, peak_bytes, ..Taken::default() }))
}

/// Runs several times after one to warm up; the run of median wall time, and the highest peak.
pub fn median_of(
    runs: usize,
    mut make: impl FnMut() -> Result<Command>,
) -> Result<(Taken, String)> {
    run(&mut make()?)?;
    let mut all = (0..runs).map(|_| run(&mut make()?)).collect::<Result<Vec<_>>>()?;
    all.sort_by_key(|(taken, _)| taken.wall);
    let peak_bytes = all.iter().map(|(taken, _)| taken.peak_bytes).max().unwrap_or_default();
    let (taken, said) = all.swap_remove(runs / 2);
    Ok((Taken { peak_bytes, ..taken }, said))
}
