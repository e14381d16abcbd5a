//! The files that frames lie in, held open from the first frame on, so that they still have names when
//! their process, their container or their folder is gone.

use std::collections::HashMap;
use std::fs::File;
use std::sync::Arc;

use super::processes::{Mapped, Mapping};
use super::{mapped_file, perf_map};

/// Files held open at most.
const MOST_OPEN: usize = 512;
/// When a runtime without a map file is asked again; the pause doubles every time, up to the longest.
const FIRST_PAUSE_NS: u64 = 1_000_000_000;
const LONGEST_PAUSE_NS: u64 = 64_000_000_000;

/// Where the names of a module come from.
#[derive(Debug)]
pub enum Source {
    /// The kernel or one of its modules.
    Kernel,
    /// A program or a library.
    File { inode: u64, file: Option<File> },
    /// The code that the kernel maps into every process; `size` tells ours from that of other word sizes.
    Vdso { size: u64 },
    /// Code compiled at run time.
    Compiled { pid: u32, file: Option<File> },
    /// Nothing has names for it.
    Nowhere,
}

/// One module; its place in the list, from 1, is its id.
#[derive(Debug)]
pub struct Module {
    pub path: String,
    pub source: Source,
    /// Why it has no symbols; empty where it has.
    pub problem: String,
}

/// A module of compiled code whose runtime has not written its map file yet.
struct Waiting {
    id: u32,
    ask_at: u64,
    pause: u64,
}

/// All modules seen.
#[derive(Default)]
pub struct Modules {
    pub list: Vec<Module>,
    of_mapped: HashMap<Arc<Mapped>, u32>,
    /// All compiled code of one process is one module, wherever it lies.
    of_compiled: HashMap<u32, u32>,
    of_kernel: HashMap<Option<String>, u32>,
    open: usize,
    waiting: Vec<Waiting>,
}

impl Modules {
    /// The module of a mapping of process `pid`, created by `parent`.
    pub fn of(&mut self, mapping: &Mapping, pid: u32, parent: u32, now: u64) -> u32 {
        let mapped = &mapping.mapped;
        if let Some(id) = self.of_mapped.get(mapped) {
            return *id;
        }
        let opened = || mapped_file::open(mapping, pid, parent);
        let (source, problem) = match Kind::of(&mapped.path) {
            Kind::Compiled => return self.compiled(mapped, pid, now),
            Kind::File => self.file(mapped.inode, opened()),
            Kind::MemoryFile => match opened().ok().filter(mapped_file::is_elf) {
                Some(file) => self.file(mapped.inode, Ok(file)),
                None => {
                    let id = self.compiled(mapped, pid, now);
                    self.of_mapped.insert(mapped.clone(), id);
                    return id;
                }
            },
            Kind::Vdso => (Source::Vdso { size: mapping.end - mapping.start }, String::new()),
            Kind::Nowhere => (Source::Nowhere, String::new()),
        };
        let id = self.add(Module { path: mapped.path.clone(), source, problem });
        self.of_mapped.insert(mapped.clone(), id);
        id
    }

    /// The module of kernel code: the kernel itself, or one of its modules by name.
    pub fn of_kernel(&mut self, name: Option<&str>) -> u32 {
        let name = name.map(str::to_owned);
        if let Some(id) = self.of_kernel.get(&name) {
            return *id;
        }
        let path = format!("[{}]", name.as_deref().unwrap_or("kernel"));
        let id = self.add(Module { path, source: Source::Kernel, problem: String::new() });
        self.of_kernel.insert(name, id);
        id
    }

    /// Where in its module's file an address of a mapping lies; for compiled code, the address itself.
    pub fn offset(&self, id: u32, mapping: &Mapping, address: u64) -> u64 {
        match self.list[id as usize - 1].source {
            Source::Compiled { .. } => address,
            // The kernel states no file offset for it.
            Source::Vdso { .. } => address - mapping.start,
            _ => address.wrapping_sub(mapping.start).wrapping_add(mapping.offset),
        }
    }

    /// Looks for the map files of runtimes that had none so far.
    pub fn ask_again(&mut self, now: u64) {
        let Self { waiting, list, open, .. } = self;
        waiting.retain_mut(|waiting| {
            let Source::Compiled { pid, file } = &mut list[waiting.id as usize - 1].source else {
                return false;
            };
            if now < waiting.ask_at || *open >= MOST_OPEN {
                return true;
            }
            waiting.ask_at = now + waiting.pause;
            waiting.pause = LONGEST_PAUSE_NS.min(waiting.pause * 2);
            *file = perf_map::open(*pid);
            *open += usize::from(file.is_some());
            file.is_none()
        });
    }

    fn compiled(&mut self, mapped: &Mapped, pid: u32, now: u64) -> u32 {
        if let Some(id) = self.of_compiled.get(&pid) {
            return *id;
        }
        let path = match mapped.path.as_str() {
            "" | "//anon" => "[anon]".to_owned(),
            path => path.to_owned(),
        };
        let source = Source::Compiled { pid, file: None };
        let id = self.add(Module { path, source, problem: String::new() });
        self.of_compiled.insert(pid, id);
        self.waiting.push(Waiting { id, ask_at: now, pause: FIRST_PAUSE_NS });
        self.ask_again(now);
        id
    }

    /// Keeps a file open if there is room for one more; otherwise it is opened again when names are read.
    fn file(&mut self, inode: u64, opened: Result<File, String>) -> (Source, String) {
        match opened {
            Ok(file) => {
                let room = self.open < MOST_OPEN;
                self.open += usize::from(room);
                (Source::File { inode, file: room.then_some(file) }, String::new())
            }
            Err(problem) => (Source::File { inode, file: None }, problem),
        }
    }

    fn add(&mut self, module: Module) -> u32 {
        self.list.push(module);
        self.list.len() as u32
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    /// A file that has a name but no folder: a sealed program, or code compiled at run time.
    MemoryFile,
    Vdso,
    Compiled,
    Nowhere,
}

impl Kind {
    fn of(path: &str) -> Self {
        // Where runtimes put the code that they compile.
        const COMPILED: &[&str] =
            &["//anon", "/anon_hugepage", "/dev/zero", "/SYSV", "[anon", "[heap", "[stack"];
        if path.is_empty() || COMPILED.iter().any(|start| path.starts_with(start)) {
            Self::Compiled
        } else if path.starts_with("/memfd:") {
            Self::MemoryFile
        } else if path == "[vdso]" {
            Self::Vdso
        } else if path.starts_with('/') {
            Self::File
        } else {
            Self::Nowhere
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_from_files() {
        assert_eq!(Kind::of("/usr/bin/true"), Kind::File);
        assert_eq!(Kind::of("/memfd:sealed"), Kind::MemoryFile);
        assert_eq!(Kind::of("[vdso]"), Kind::Vdso);
        assert_eq!(Kind::of("[vsyscall]"), Kind::Nowhere);
        for path in ["", "//anon", "[heap]", "/dev/zero", "[anon:code]"] {
            assert_eq!(Kind::of(path), Kind::Compiled, "{path}");
        }
    }
}
