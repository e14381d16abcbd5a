//! Names for the addresses in stacks.
//!
//! A stack arrives as addresses, and its process may be gone a moment later. So its frames are placed into
//! files by [`tick`](Symbols::tick) while those are still there, which makes them the same in all processes
//! that map the file, and named when the recording stops, in one pass over each symbol table that has frames.
//!
//! ```text
//! watch → processes ┐
//! /proc/PID/maps ───┴→ modules (files held open) → names ← elf, perf_map, vdso, kernel
//! stacks → frames ─────────────────────────────────┘
//! ```

mod demangle;
mod elf;
mod event;
mod frames;
mod kallsyms;
mod kernel_names;
mod kernel_text;
mod mapped_file;
mod maps;
mod modules;
mod names;
mod note;
mod perf_map;
mod processes;
mod ring;
mod search;
mod vdso;
mod watch;

use std::collections::HashSet;

use afterwake_schema::streams;

pub use kernel_names::{address_of as symbol, function_of_this_kernel};
pub use kernel_text::{KernelText, Layout};

use crate::host::monotonic_ns;
use frames::{Frame, Frames};
use modules::Modules;
use processes::Processes;
use watch::Watch;

/// Processes that live already and are read per tick, until all are known.
const READ_PER_TICK: usize = 32;
/// How often the past is forgotten.
const FORGET_NS: u64 = 1_000_000_000;

/// Where kernel code may lie.
pub fn kernel_text() -> KernelText {
    Layout::of_this_kernel().text
}

/// Sorted address ranges of the kernel's interrupt entry points: a frame within one was interrupted there.
pub fn irq_entries() -> Vec<(u64, u64)> {
    Layout::of_this_kernel().irq_entries().to_vec()
}

/// All frames seen, and what is needed to name them.
pub struct Symbols {
    layout: &'static Layout,
    frames: Frames,
    modules: Modules,
    processes: Processes,
    /// None without the right to watch: then `/proc` is all there is.
    watch: Option<Watch>,
    /// User stacks whose frames are not yet placed.
    held: Vec<streams::Stack>,
    /// Processes that lived before the watch and are still to be read.
    unread: Vec<u32>,
    /// Address spaces seen, kept only without a watch.
    images: HashSet<u64>,
    forgot_at: u64,
    note: Option<String>,
}

impl Symbols {
    /// Starts to watch mappings, and reads where the kernel's code lies.
    pub fn start() -> anyhow::Result<Self> {
        let (watch, note) = match Watch::open() {
            Ok(watch) => (Some(watch), None),
            Err(error) => (
                None,
                Some(format!(
                    "mappings cannot be watched ({error}): processes that live shorter than a moment may lack user symbols"
                )),
            ),
        };
        let numbered = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.ok()?.file_name().to_str()?.parse().ok()
        };
        Ok(Self {
            layout: Layout::of_this_kernel(),
            frames: Frames::default(),
            modules: Modules::default(),
            processes: Processes::default(),
            watch,
            held: Vec::new(),
            unread: std::fs::read_dir("/proc")?.filter_map(numbered).collect(),
            images: HashSet::new(),
            forgot_at: monotonic_ns(),
            note,
        })
    }

    /// What limits the names, if anything does.
    pub fn note(&self) -> Option<String> {
        if self.frames.overflowed() {
            return Some("more distinct frames than are kept: the newest have no names".into());
        }
        match self.watch.as_ref().map_or(0, Watch::lost) {
            0 => self.note.clone(),
            lost => Some(format!(
                "{lost} records of mappings were lost: some user symbols may be missing"
            )),
        }
    }

    /// Frame ids of a kernel stack, innermost first, without the frames of the probe that walked it.
    pub fn kernel(&mut self, addresses: &[u64]) -> Vec<u64> {
        let probe = self.layout.probe_frames(addresses);
        let mut ids = Vec::with_capacity(addresses.len() - probe);
        for (index, address) in addresses.iter().enumerate().skip(probe) {
            // Only an interrupted function is at the address itself; others have called the next one.
            let returns = index > 0;
            let frame = Frame { address: *address, kernel: true, returns, ..Frame::default() };
            let known = self.frames.find(0, *address, returns);
            ids.push(known.unwrap_or_else(|| self.frames.add(0, frame)).into());
        }
        ids
    }

    /// Keeps a user stack until [`tick`](Self::tick) knows what was mapped where.
    pub fn hold(&mut self, stack: streams::Stack) {
        if self.watch.is_none() && self.images.insert(stack.image) {
            let from = if self.processes.knows(stack.pid) { stack.ts } else { 0 };
            self.processes.read(stack.pid, from);
        }
        self.held.push(stack);
    }

    /// How many stacks are held.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Places the frames of the stacks that are held while their files are there, and gives these stacks back,
    /// with the ids of their frames. To be called every 100 ms or so.
    pub fn tick(&mut self) -> Vec<streams::Stack> {
        let now = monotonic_ns();
        if let Some(watch) = &mut self.watch {
            for event in watch.until(now) {
                self.processes.apply(event);
            }
        }
        for pid in self.unread.drain(self.unread.len().saturating_sub(READ_PER_TICK)..) {
            if !self.processes.knows(pid) {
                self.processes.read(pid, 0);
            }
        }
        let stacks = self.place(now);
        self.modules.ask_again(now);
        if now - self.forgot_at > FORGET_NS {
            self.forgot_at = now;
            self.processes.forget(now);
        }
        stacks
    }

    /// The rows of the `frame` and `module` tables. Stacks that are still held have none.
    pub fn finish(mut self) -> (Vec<streams::Frame>, Vec<streams::Module>) {
        self.modules.ask_again(monotonic_ns());
        let Self { frames: Frames { list: frames, .. }, modules, .. } = self;
        names::rows(&frames, modules)
    }

    /// Finds the frame of every address of the held stacks.
    fn place(&mut self, now: u64) -> Vec<streams::Stack> {
        let mut stacks = std::mem::take(&mut self.held);
        let mut asked = HashSet::new();
        for stack in &mut stacks {
            for (index, word) in stack.frames.iter_mut().enumerate() {
                let (address, returns) = (*word, index > 0);
                let known = self.frames.find(stack.image, address, returns);
                let id = known.unwrap_or_else(|| {
                    if !self.processes.knows(stack.pid) && asked.insert(stack.pid) {
                        self.processes.read(stack.pid, 0);
                    }
                    let frame = self.locate(stack.pid, stack.ts, address, now);
                    self.frames.add(stack.image, Frame { returns, ..frame })
                });
                *word = id.into();
            }
        }
        stacks
    }

    /// The frame at an address of process `pid` as it was at `ts`.
    fn locate(&mut self, pid: u32, ts: u64, address: u64, now: u64) -> Frame {
        let mut frame = Frame { address, ..Frame::default() };
        let certain = self.watch.as_ref().is_some_and(|watch| watch.lost() == 0);
        if !certain && self.processes.find(pid, ts, address).is_none() {
            self.processes.read_again(pid, now);
        }
        if let Some(mapping) = self.processes.find(pid, ts, address) {
            let mapping = mapping.clone();
            frame.module = self.modules.of(&mapping, pid, self.processes.parent(pid), now);
            frame.offset = self.modules.offset(frame.module, &mapping, address);
        }
        frame
    }
}

#[cfg(test)]
mod tests;
