//! The tracers that are compared: each is started, seen to be attached, seen to be still alive
//! after the load, and stopped.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use afterwake_schema::recording::{Manifest, PARTIAL};
use anyhow::{Context, Result, bail, ensure};

use crate::child;
use crate::place::{Place, tool};

const EVERYDAY: &str = include_str!("everyday.bt");
const PATIENCE: Duration = Duration::from_secs(60);
/// After it is attached, what is left of the start is over.
const SETTLE: Duration = Duration::from_millis(500);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tracer {
    Nothing,
    /// Waits, samples and the life of processes, with all stacks.
    Afterwake,
    /// The default profile.
    Everyday,
    /// A script that looks at the events of the default profile.
    Bpftrace,
    /// `offcputime` and `wakeuptime` of libbpf-tools, together.
    LibbpfTools,
    /// `perf record -g` on both scheduler tracepoints.
    Perf,
}

impl Tracer {
    /// Those that look at the scheduler.
    pub const SCHEDULER: [Self; 4] =
        [Self::Nothing, Self::Afterwake, Self::LibbpfTools, Self::Perf];

    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "bare",
            Self::Afterwake => "afterwake-record",
            Self::Everyday => "afterwake-record, default",
            Self::Bpftrace => "bpftrace",
            Self::LibbpfTools => "offcputime + wakeuptime",
            Self::Perf => "perf record -g",
        }
    }

    pub fn start(self, place: &Place) -> Result<Running> {
        let output = place.scratch().join("traced");
        let _ = fs::remove_dir_all(&output);
        fs::create_dir_all(&output)?;
        let processes = match self {
            Self::Nothing => vec![],
            Self::Afterwake => {
                let streams = ["-e", "wait,sample,fork,exec,exit,rename"];
                vec![Self::recorder_with(place, &output.join("load.wake"), &streams)?]
            }
            Self::Everyday => vec![recorder(place, &output.join("load.wake"))?],
            Self::Bpftrace => {
                let script = output.join("everyday.bt");
                fs::write(&script, EVERYDAY)?;
                let said = output.join("said");
                let mut bpftrace = tool("bpftrace")?;
                bpftrace.args(["-B", "line", "-o"]).arg(&said).arg(&script);
                let is_ready =
                    |_| fs::read_to_string(&said).is_ok_and(|text| text.contains("ready"));
                vec![start(&mut bpftrace, &output, is_ready)?]
            }
            Self::LibbpfTools => vec![
                start(&mut tool("offcputime")?, &output, |pid| holds(pid, "bpf_link"))?,
                start(&mut tool("wakeuptime")?, &output, |pid| holds(pid, "bpf_link"))?,
            ],
            Self::Perf => {
                let mut perf = tool("perf")?;
                perf.args(["record", "-a", "-g", "-e", "sched:sched_switch,sched:sched_waking"]);
                perf.arg("-o").arg(output.join("perf.data"));
                vec![start(&mut perf, &output, |pid| holds(pid, "[perf_event]"))?]
            }
        };
        if self != Self::Nothing {
            sleep(SETTLE);
        }
        let running = Running { tracer: self, processes, output };
        running.with_cpu()
    }

    /// Our recorder with these options, once it records.
    pub fn recorder_with(place: &Place, recording: &Path, options: &[&str]) -> Result<Process> {
        let mut command = place.program("afterwake-record")?;
        command.arg("--quiet").args(["--max-size", "50GiB", "-o"]).arg(recording).args(options);
        let folder = recording.parent().context("a recording lies in a directory")?;
        start(&mut command, folder, |_| recording.join(PARTIAL).exists())
    }
}

/// Starts our recorder with the default profile, and returns once it records.
pub fn recorder(place: &Place, recording: &Path) -> Result<Process> {
    Tracer::recorder_with(place, recording, &[])
}

/// A tracer that runs, and the CPU time it had used when the load began.
pub struct Running {
    tracer: Tracer,
    processes: Vec<Process>,
    output: PathBuf,
}

pub struct Process {
    pub child: Child,
    name: String,
    complaints: PathBuf,
    cpu_before: f64,
}

impl Running {
    fn with_cpu(mut self) -> Result<Self> {
        for process in &mut self.processes {
            process.cpu_before = cpu_seconds(process.child.id())?;
        }
        Ok(self)
    }

    /// Seconds of CPU the tracer has used since the load began; fails where it has ended.
    pub fn cpu(&mut self) -> Result<f64> {
        let mut sum = 0.0;
        for process in &mut self.processes {
            process.must_be_alive()?;
            sum += cpu_seconds(process.child.id())? - process.cpu_before;
        }
        Ok(sum)
    }

    /// Stops it; what it says that it missed.
    pub fn stop(self, place: &Place) -> Result<String> {
        for process in self.processes {
            let complaints = process.stop()?;
            if self.tracer == Tracer::Perf {
                return Ok(missed_by_perf(&complaints));
            }
        }
        if matches!(self.tracer, Tracer::Afterwake | Tracer::Everyday) {
            return Ok(format!("{} rows", lost(place, &self.output.join("load.wake"))?));
        }
        Ok("-".to_owned())
    }
}

impl Process {
    pub fn must_be_alive(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_some() {
            bail!("{} has ended: {}", self.name, fs::read_to_string(&self.complaints)?.trim());
        }
        Ok(())
    }

    /// Ctrl-C, then waits; what it wrote to its standard error.
    pub fn stop(mut self) -> Result<String> {
        self.must_be_alive()?;
        // SAFETY: the child has not been waited for, so its id is its own.
        unsafe { libc::kill(self.child.id() as libc::pid_t, libc::SIGINT) };
        child::wait(&self.child)?;
        Ok(fs::read_to_string(&self.complaints)?)
    }
}

/// Starts a tracer and waits until it is attached.
fn start(command: &mut Command, folder: &Path, attached: impl Fn(u32) -> bool) -> Result<Process> {
    let path = Path::new(command.get_program());
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let complaints = folder.join(format!("{name}.stderr"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&complaints)?);
    let child = command.spawn().with_context(|| format!("{name} does not start"))?;
    let mut process = Process { child, name, complaints, cpu_before: 0.0 };
    let begin = Instant::now();
    while !attached(process.child.id()) {
        process.must_be_alive()?;
        ensure!(begin.elapsed() < PATIENCE, "{} does not attach", process.name);
        sleep(Duration::from_millis(20));
    }
    Ok(process)
}

/// Whether one of its open files is of this kind.
fn holds(pid: u32, kind: &str) -> bool {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    let mut targets = entries.flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
    targets.any(|target| target.to_string_lossy().contains(kind))
}

/// User and system time of a process, all its threads.
fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, rest) = stat.rsplit_once(") ").context("stat has a name")?;
    let field = |number: usize| rest.split(' ').nth(number - 3).and_then(|text| text.parse().ok());
    let ticks: f64 = field(14)
        .zip(field(15))
        .map(|(user, system): (f64, f64)| user + system)
        .context("stat has times")?;
    // SAFETY: no preconditions.
    Ok(ticks / unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64)
}

/// Rows that were recorded and then lost; switches that this host hides never became rows.
pub fn lost(place: &Place, recording: &Path) -> Result<u64> {
    let (manifest, _) = Manifest::read(recording)?;
    if manifest.rows.get("lost").copied().unwrap_or(0) == 0 {
        return Ok(0);
    }
    let mut command = place.program("afterwake")?;
    command.arg("sql").arg(recording);
    command.args([
        "SELECT coalesce(sum(rows), 0) AS rows FROM lost WHERE reason NOT IN ('switch', 'stack')",
        "--format",
        "csv",
    ]);
    let (_, said) = child::run(&mut command)?;
    said.lines().nth(1).and_then(|line| line.parse().ok()).context("a sum of lost rows")
}

/// The sentences of perf about what it lost.
fn missed_by_perf(complaints: &str) -> String {
    let lost = complaints.lines().find(|line| line.to_lowercase().contains("lost"));
    lost.map_or("-".to_owned(), |line| line.trim().to_owned())
}
