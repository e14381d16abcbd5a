//! The tools that people know, run beside the recorder.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

const PATIENCE: Duration = Duration::from_secs(30);

/// A tool that runs until it is told to stop.
pub struct Tool {
    child: Child,
    /// A file: a pipe that nobody empties would hold the tool up.
    output: NamedTempFile,
}

impl Tool {
    /// One of libbpf-tools, once it is attached.
    #[track_caller]
    pub fn start(name: &str, arguments: &[&str]) -> Self {
        mount_tracefs();
        let mut tool = Self::spawn(&format!("/usr/sbin/{name}"), arguments);
        // Attached once it holds a BPF link; looking at it costs nothing.
        let begin = Instant::now();
        while !has_links(tool.child.id()) {
            assert!(begin.elapsed() < PATIENCE, "{name} does not attach");
            assert!(tool.child.try_wait().expect("a child").is_none(), "{name} has ended");
            sleep(Duration::from_millis(50));
        }
        sleep(Duration::from_millis(200));
        tool
    }

    /// A program of bpftrace, once its BEGIN has said so.
    #[track_caller]
    pub fn bpftrace(program: &str) -> Self {
        mount_tracefs();
        let program = format!("BEGIN {{ printf(\"ready\\n\"); }} {program}");
        let mut tool = Self::spawn("bpftrace", &["-B", "line", "-e", &program]);
        let begin = Instant::now();
        while !tool.said().contains("ready\n") {
            assert!(begin.elapsed() < PATIENCE, "bpftrace does not attach: {program}");
            let ended = tool.child.try_wait().expect("a child");
            assert!(ended.is_none(), "bpftrace has ended: {program}: {}", tool.said());
            sleep(Duration::from_millis(50));
        }
        tool
    }

    #[track_caller]
    fn spawn(program: &str, arguments: &[&str]) -> Self {
        let output = NamedTempFile::new().expect("a temporary file");
        let file = || output.reopen().expect("it opens again");
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(file()).stderr(Stdio::null());
        let child = command.spawn();
        let child =
            child.unwrap_or_else(|error| panic!("{program}: {error} (make test installs it)"));
        Self { child, output }
    }

    fn said(&self) -> String {
        let bytes = std::fs::read(self.output.path()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What it said until now.
    pub fn stop(mut self) -> String {
        // SAFETY: the child has not been waited for, so its id is its own.
        unsafe { libc::kill(self.child.id() as libc::pid_t, libc::SIGINT) };
        self.child.wait().expect("it ends");
        self.said()
    }
}

fn has_links(pid: u32) -> bool {
    let Ok(entries) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    let links = entries.flatten().filter_map(|entry| std::fs::read_link(entry.path()).ok());
    links.filter(|target| target.to_string_lossy().contains("bpf_link")).count() > 0
}

fn mount_tracefs() {
    let place = Path::new("/sys/kernel/tracing");
    if !place.join("available_events").exists() {
        let mounted = Command::new("mount").args(["-t", "tracefs", "tracefs"]).arg(place).status();
        assert!(mounted.is_ok_and(|status| status.success()), "the tools need tracefs");
    }
}
