//! The names of all frames, read when recording stops: one pass over each symbol table that has frames.

use std::collections::BTreeMap;
use std::fs::File;
use std::time::{Duration, Instant};

use afterwake_schema::streams;

use super::demangle::demangle;
use super::frames::Frame;
use super::kernel_text::Layout;
use super::mapped_file::open_by_path;
use super::modules::{Module, Modules, Source};
use super::{elf, kernel_names, perf_map, vdso};

/// Time for all names; modules not reached by then say so.
const PATIENCE: Duration = Duration::from_secs(5);

// The words of `schema::kind::Space`.
const KERNEL: u8 = 1;
const USER: u8 = 2;

/// A frame by where its name is looked up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    module: u32,
    /// An address of the kernel, or an offset in the module.
    place: u64,
    frame: u32,
}

/// The distinct places, which are asked once each, and the frames at each.
fn places(asked: &[Asked]) -> impl Iterator<Item = (u64, &[Asked])> {
    asked.chunk_by(|one, next| one.place == next.place).map(|same| (same[0].place, same))
}

/// The rows under construction.
struct Rows {
    frames: Vec<streams::Frame>,
    build_ids: BTreeMap<u32, String>,
}

/// The rows of the `frame` and `module` tables.
pub fn rows(frames: &[Frame], mut modules: Modules) -> (Vec<streams::Frame>, Vec<streams::Module>) {
    let mut rows =
        Rows { frames: frames.iter().enumerate().map(row).collect(), build_ids: BTreeMap::new() };
    rows.kernel(frames, &mut modules);
    rows.user(frames, &mut modules);
    let modules = modules.list.into_iter().zip(1..).map(|(module, id)| streams::Module {
        id: u64::from(id),
        path: printable(&module.path),
        build_id: rows.build_ids.remove(&id).unwrap_or_default(),
        problem: module.problem,
    });
    (rows.frames, modules.collect())
}

fn row((index, frame): (usize, &Frame)) -> streams::Frame {
    streams::Frame {
        id: index as u64 + 1,
        address: frame.address,
        module: frame.module.into(),
        offset: frame.offset,
        symbol_offset: 0,
        space: if frame.kernel { KERNEL } else { USER },
        name: String::new(),
    }
}

impl Rows {
    fn kernel(&mut self, frames: &[Frame], modules: &mut Modules) {
        let kernel = (0..).zip(frames).filter(|(_, frame)| frame.kernel);
        let mut asked: Vec<Asked> = kernel
            .map(|(index, frame)| Asked {
                module: 0,
                place: frame.address.wrapping_sub(frame.back()),
                frame: index,
            })
            .collect();
        if asked.is_empty() {
            return;
        }
        asked.sort_unstable();
        let wanted: Vec<u64> = places(&asked).map(|(place, _)| place).collect();
        let (found, problem) = match kernel_names::names(&wanted) {
            _ if Layout::of_this_kernel().is_hidden() => (
                Vec::new(),
                "kernel addresses are hidden from this user (kernel.kptr_restrict)".into(),
            ),
            Ok(found) => (found, String::new()),
            Err(error) => (Vec::new(), format!("/proc/kallsyms cannot be read: {error}")),
        };
        let mut found = found.into_iter();
        let mut images = kernel_names::Images::default();
        for (_, asked) in places(&asked) {
            let symbol = found.next().flatten();
            let owner = symbol.as_ref().and_then(|symbol| symbol.name.module.as_deref());
            let module = modules.of_kernel(owner);
            let (build_id, base) = images.of(owner);
            if !build_id.is_empty() {
                self.build_ids.entry(module).or_insert_with(|| build_id.to_owned());
            }
            if owner.is_none() {
                modules.list[module as usize - 1].problem.clone_from(&problem);
            }
            for asked in asked {
                let row = &mut self.frames[asked.frame as usize];
                row.module = module.into();
                row.offset = row.address.wrapping_sub(base);
                if let Some(symbol) = &symbol {
                    row.name = demangle(&symbol.name.function);
                    row.symbol_offset = row.address.wrapping_sub(symbol.start);
                }
            }
        }
    }

    fn user(&mut self, frames: &[Frame], modules: &mut Modules) {
        let user = (0..).zip(frames).filter(|(_, frame)| !frame.kernel && frame.module != 0);
        let mut asked: Vec<Asked> = user
            .map(|(index, frame)| Asked {
                module: frame.module,
                place: frame.offset.saturating_sub(frame.back()),
                frame: index,
            })
            .collect();
        asked.sort_unstable();
        let mut groups: Vec<&[Asked]> =
            asked.chunk_by(|one, next| one.module == next.module).collect();
        // Those with most frames first: they matter most if time runs out.
        groups.sort_by_key(|asked| (std::cmp::Reverse(asked.len()), asked[0].module));
        let begin = Instant::now();
        for asked in groups {
            let id = asked[0].module;
            let module = &mut modules.list[id as usize - 1];
            if begin.elapsed() > PATIENCE {
                module.problem = format!("not read within {} s", PATIENCE.as_secs());
                continue;
            }
            match self.module(id, module, asked) {
                Ok(()) => module.problem.clear(),
                // The reason it could not be opened comes before that it is not open.
                Err(problem) if module.problem.is_empty() => module.problem = problem,
                Err(_) => {}
            }
        }
    }

    /// Names the frames of one module; fails with the reason where it has no symbols.
    fn module(&mut self, id: u32, module: &mut Module, asked: &[Asked]) -> Result<(), String> {
        let wanted: Vec<u64> = places(asked).map(|(place, _)| place).collect();
        match &mut module.source {
            Source::File { inode, file } => {
                let file = match file.take() {
                    Some(file) => file,
                    None => open_by_path(&module.path, *inode)?,
                };
                self.elf(id, &file, asked, &wanted)
            }
            Source::Vdso { size } => {
                let image = vdso::image().ok_or("this process has no vdso")?;
                if image.len() as u64 != *size {
                    return Err("a vdso of another word size".into());
                }
                self.named_by_elf(id, elf::names(&image, &wanted)?, asked)
            }
            Source::Compiled { pid, file } => {
                let path = perf_map::path(*pid);
                let file = file.take().or_else(|| perf_map::open(*pid));
                let file = file.ok_or_else(|| format!("its runtime wrote no {path}"))?;
                module.path.clone_from(&path);
                let found = perf_map::names(file, &wanted)
                    .map_err(|error| format!("{path} cannot be read: {error}"))?;
                for (found, (_, asked)) in found.iter().zip(places(asked)) {
                    if let Some(symbol) = found {
                        self.name(asked, &demangle(&symbol.name), symbol.start);
                    }
                }
                Ok(())
            }
            Source::Kernel | Source::Nowhere => Err("has no symbols".into()),
        }
    }

    fn elf(&mut self, id: u32, file: &File, asked: &[Asked], wanted: &[u64]) -> Result<(), String> {
        let mut names = elf::names(file, wanted)?;
        if !names.complete
            && let Some(symbols) = separate(&names.build_id)
            && let Ok(more) = elf::names_beside(file, &symbols, wanted)
            && more.build_id == names.build_id
            && more.complete
        {
            names.known += more.known;
            for (function, better) in names.functions.iter_mut().zip(more.functions) {
                *function = better.or_else(|| function.take());
            }
        }
        self.named_by_elf(id, names, asked)
    }

    fn named_by_elf(&mut self, id: u32, names: elf::Names, asked: &[Asked]) -> Result<(), String> {
        if !names.build_id.is_empty() {
            self.build_ids.insert(id, names.build_id);
        }
        for (found, (_, asked)) in names.functions.iter().zip(places(asked)) {
            if let Some(symbol) = found {
                self.name(asked, &demangle(&symbol.name.mangled), symbol.start);
            }
        }
        if names.known == 0 { Err("has no symbol table".into()) } else { Ok(()) }
    }

    fn name(&mut self, asked: &[Asked], name: &str, start: u64) {
        for asked in asked {
            let row = &mut self.frames[asked.frame as usize];
            row.name = name.to_owned();
            row.symbol_offset = row.offset.wrapping_sub(start);
        }
    }
}

/// The symbol file of a stripped program, where its distribution has installed one.
fn separate(build_id: &str) -> Option<File> {
    let (folder, name) = build_id.split_at_checked(2)?;
    File::open(format!("/usr/lib/debug/.build-id/{folder}/{name}.debug")).ok()
}

/// Paths come from whoever named the file, and go to a terminal.
fn printable(path: &str) -> String {
    path.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect()
}
