//! The texts of stacks and threads.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use datafusion::common::Result;

use super::reading::{flag, number, rows, text};
use crate::recording::Recording;
use crate::render::escape;

/// Stacks and threads of a recording by id, read at the first question.
#[derive(Debug)]
pub struct Names {
    recording: Arc<Recording>,
    stacks: OnceLock<Stacks>,
    threads: OnceLock<Threads>,
}

impl Names {
    pub fn of(recording: &Arc<Recording>) -> Self {
        Self { recording: Arc::clone(recording), stacks: OnceLock::new(), threads: OnceLock::new() }
    }

    pub fn stacks(&self) -> Result<&Stacks> {
        once(&self.stacks, || Stacks::read(&self.recording))
    }

    pub fn threads(&self) -> Result<&Threads> {
        once(&self.threads, || Threads::read(&self.recording))
    }
}

/// What was read before, or is read now. A failure is not kept: the query may be tried again without the
/// segment that caused it.
fn once<T>(cell: &OnceLock<T>, read: impl FnOnce() -> Result<T>) -> Result<&T> {
    if let Some(known) = cell.get() {
        return Ok(known);
    }
    let value = read()?;
    Ok(cell.get_or_init(|| value))
}

/// One frame as it is shown.
#[derive(Debug)]
struct Frame {
    text: Box<str>,
    kernel: bool,
}

/// The frames of every stack.
#[derive(Debug, Default)]
pub struct Stacks {
    frames: HashMap<i64, Frame>,
    /// Frame ids, innermost first.
    stacks: HashMap<i64, Box<[i64]>>,
}

impl Stacks {
    fn read(recording: &Arc<Recording>) -> Result<Self> {
        let modules = modules(recording)?;
        let mut read = Self::default();
        let columns = ["id", "module", "offset", "address", "space", "name"];
        for batch in rows(recording, "frame", &columns)? {
            let (id, module) = (number(&batch, 0), number(&batch, 1));
            let (offset, address) = (number(&batch, 2), number(&batch, 3));
            let (space, name) = (text(&batch, 4)?, text(&batch, 5)?);
            for row in 0..batch.num_rows() {
                let Some(id) = id(row) else { continue };
                let known = name.is_valid(row).then(|| fit(name.value(row)));
                let text = known.unwrap_or_else(|| {
                    let module = module(row).and_then(|module| modules.get(&module));
                    unnamed(module.map(String::as_str), offset(row), address(row))
                });
                let kernel = space.is_valid(row) && space.value(row) == "kernel";
                read.frames.insert(id, Frame { text: text.into(), kernel });
            }
        }
        for batch in rows(recording, "stack", &["id", "frames"])? {
            let id = number(&batch, 0);
            let Some(lists) = batch.column(1).as_list_opt::<i32>() else { continue };
            for row in 0..batch.num_rows() {
                let Some(id) = id(row) else { continue };
                if lists.is_valid(row) {
                    let list = lists.value(row);
                    let frames = list.as_primitive_opt::<Int64Type>();
                    let frames = frames.map(|frames| frames.values().to_vec()).unwrap_or_default();
                    read.stacks.insert(id, frames.into());
                }
            }
        }
        Ok(read)
    }

    /// The frames of a stack, innermost first; none for a stack that is not known.
    pub fn frames(&self, stack: i64) -> impl DoubleEndedIterator<Item = (&str, bool)> {
        let ids = self.stacks.get(&stack).map_or(&[][..], |ids| ids);
        ids.iter().map(|id| {
            self.frames.get(id).map_or(("[unknown]", false), |frame| (&*frame.text, frame.kernel))
        })
    }
}

/// File name of every module.
fn modules(recording: &Arc<Recording>) -> Result<HashMap<i64, String>> {
    let mut modules = HashMap::new();
    for batch in rows(recording, "module", &["id", "path"])? {
        let (id, path) = (number(&batch, 0), text(&batch, 1)?);
        for row in 0..batch.num_rows() {
            if let (Some(id), true) = (id(row), path.is_valid(row)) {
                let file = path.value(row).rsplit('/').next().unwrap_or_default();
                modules.insert(id, fit(file));
            }
        }
    }
    Ok(modules)
}

/// A frame without a symbol: where it lies.
fn unnamed(module: Option<&str>, offset: Option<i64>, address: Option<i64>) -> String {
    match (module, offset, address) {
        (Some(module), Some(offset), _) => format!("[{module}+{offset:#x}]"),
        (Some(module), None, Some(address)) => format!("[{module} {address:#x}]"),
        _ => "[unknown]".to_owned(),
    }
}

/// A name made fit to be one frame of one folded line: no separator, nothing that a terminal obeys.
pub fn fit(name: &str) -> String {
    escape(name).replace(';', ":")
}

/// Who a thread was.
#[derive(Clone, Debug, Default)]
pub struct Who {
    pub comm: String,
    pub tid: i64,
    pub pid: i64,
    pub kernel: bool,
    since: i64,
}

/// The last known identity of every thread.
#[derive(Debug, Default)]
pub struct Threads {
    threads: HashMap<i64, Who>,
}

impl Threads {
    fn read(recording: &Arc<Recording>) -> Result<Self> {
        let mut threads: HashMap<i64, Who> = HashMap::new();
        let columns = ["thread", "ts", "tid", "pid", "comm", "kernel"];
        for batch in rows(recording, "thread", &columns)? {
            let pids: Vec<_> = [2, 3]
                .map(|column| {
                    arrow::compute::cast(batch.column(column), &arrow::datatypes::DataType::Int64)
                })
                .into_iter()
                .collect::<Result<_, _>>()?;
            let pid = |column: usize, row: usize| {
                let array = pids[column].as_primitive::<Int64Type>();
                if array.is_valid(row) { array.value(row) } else { 0 }
            };
            let (thread, ts) = (number(&batch, 0), number(&batch, 1));
            let (comm, kernel) = (text(&batch, 4)?, flag(&batch, 5));
            for row in 0..batch.num_rows() {
                let (Some(thread), since) = (thread(row), ts(row).unwrap_or(0)) else { continue };
                let known = threads.entry(thread).or_default();
                if since >= known.since || known.comm.is_empty() {
                    let comm = if comm.is_valid(row) { comm.value(row) } else { "" };
                    *known = Who {
                        comm: fit(comm),
                        tid: pid(0, row),
                        pid: pid(1, row),
                        kernel: kernel(row),
                        since,
                    };
                }
            }
        }
        Ok(Self { threads })
    }

    pub fn who(&self, thread: i64) -> Option<&Who> {
        self.threads.get(&thread)
    }
}

#[cfg(test)]
mod tests {
    use super::{fit, unnamed};

    #[test]
    fn names_cannot_leave_their_frame() {
        assert_eq!(fit("a;b"), "a:b");
        assert_eq!(fit("a\nb\u{1b}[2J"), "a\\nb\\x1b[2J");
        assert_eq!(fit("x\u{202e}y"), "x\\u{202e}y");
        assert_eq!(fit("<script>é"), "<script>é");
    }

    #[test]
    fn frames_without_symbols_say_where_they_lie() {
        assert_eq!(unnamed(Some("libc.so.6"), Some(0x1f), Some(7)), "[libc.so.6+0x1f]");
        assert_eq!(unnamed(None, Some(0), Some(7)), "[unknown]");
    }
}
