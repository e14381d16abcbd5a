//! The recorded stacks and what their frames are called.

use std::collections::HashMap;

use anyhow::Result;

use super::rows::each;
use crate::run::Session;

/// Where a frame lies and what it is called.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The function, or the place in the module where no name is known.
    pub name: String,
    /// Place in [`Stacks::modules`].
    pub module: Option<usize>,
    /// In the module's file.
    pub offset: u64,
    pub kernel: bool,
}

#[derive(Clone, Debug)]
pub struct Module {
    pub path: String,
    /// In hexadecimal; empty where the file has none.
    pub build_id: String,
}

impl Module {
    /// The last part of its path.
    pub fn file(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

#[derive(Debug)]
pub struct Stacks {
    pub modules: Vec<Module>,
    /// The first one stands for those that are not known.
    pub frames: Vec<Frame>,
    /// Frames innermost first, by place.
    stacks: HashMap<i64, Box<[u32]>>,
}

impl Stacks {
    pub fn read(session: &Session) -> Result<Self> {
        let unknown = Frame { name: "[unknown]".into(), module: None, offset: 0, kernel: false };
        let mut read = Self { modules: Vec::new(), frames: vec![unknown], stacks: HashMap::new() };
        let mut places = HashMap::new();
        each(session, "SELECT id, path, build_id FROM module ORDER BY id, path", |row| {
            places.insert(row.number(0), read.modules.len());
            read.modules.push(Module { path: row.text(1).into(), build_id: row.text(2).into() });
            Ok(())
        })?;
        let frames = "SELECT id, module, \"offset\", address, space = 'kernel', name FROM frame ORDER BY id, address";
        let mut ids: HashMap<i64, u32> = HashMap::new();
        each(session, frames, |row| {
            let module = row.number(1).and_then(|id| places.get(&Some(id)).copied());
            let frame = Frame {
                name: match row.text(5) {
                    "" => place(
                        module.map(|module| &read.modules[module]),
                        row.number(2),
                        row.number(3),
                    ),
                    name => name.into(),
                },
                module,
                offset: row.number(2).unwrap_or(0) as u64,
                kernel: row.flag(4),
            };
            ids.insert(row.number(0).unwrap_or(0), read.frames.len() as u32);
            read.frames.push(frame);
            Ok(())
        })?;
        each(session, "SELECT id, frames FROM stack", |row| {
            let frames =
                row.numbers(1).iter().map(|id| ids.get(id).copied().unwrap_or(0)).collect();
            read.stacks.insert(row.number(0).unwrap_or(0), frames);
            Ok(())
        })?;
        Ok(read)
    }

    /// The frames of a user stack and of the kernel stack on top of it, outermost first, by place. A stack that is
    /// not known has one unknown frame; without any stack there are no frames.
    pub fn frames_of(&self, user: Option<i64>, kernel: Option<i64>) -> impl Iterator<Item = u32> {
        let frames = |stack: Option<i64>| {
            let frames =
                stack.map(|stack| self.stacks.get(&stack).map_or(&[0][..], |frames| frames));
            frames.unwrap_or_default().iter().rev().copied()
        };
        frames(user).chain(frames(kernel))
    }
}

/// A frame without a name: where it lies.
fn place(module: Option<&Module>, offset: Option<i64>, address: Option<i64>) -> String {
    match (module, offset, address) {
        (Some(module), Some(offset), _) => format!("[{}+{offset:#x}]", module.file()),
        (Some(module), None, Some(address)) => format!("[{} {address:#x}]", module.file()),
        _ => "[unknown]".to_owned(),
    }
}
