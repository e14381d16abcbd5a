//! One thread of a profile with tables of its own.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::json;

use super::tables::{
    Category, FrameTable, FuncTable, Markers, NativeSymbols, ResourceTable, Samples, StackTable,
    Strings,
};
use crate::export::stacks::Stacks;

/// The type of marker that a wait is.
pub const MARKER: &str = "OffCpu";

/// Of a marker that has a begin and an end.
const INTERVAL: u8 = 1;
/// Of one whose end was not seen.
const INTERVAL_START: u8 = 2;
/// Of a resource that is a library.
const LIBRARY: u8 = 1;

pub struct Identity<'a> {
    pub tid: i64,
    pub pid: i64,
    pub comm: &'a str,
}

/// Instants and durations in milliseconds, instants since the begin of the window.
pub struct Wait<'a> {
    pub begin: f64,
    pub end: Option<f64>,
    pub state: &'a str,
    pub blocked: Option<f64>,
    pub queued: Option<f64>,
    pub waker: &'a str,
    pub stack: Option<usize>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Thread {
    /// In the recording.
    #[serde(skip)]
    pub number: i64,
    process_type: &'static str,
    process_startup_time: f64,
    process_shutdown_time: Option<f64>,
    register_time: f64,
    unregister_time: Option<f64>,
    paused_ranges: [u8; 0],
    show_markers_in_timeline: bool,
    name: String,
    is_main_thread: bool,
    pid: String,
    tid: i64,
    samples: Samples,
    markers: Markers,
    stack_table: StackTable,
    frame_table: FrameTable,
    func_table: FuncTable,
    resource_table: ResourceTable,
    native_symbols: NativeSymbols,
    #[serde(skip)]
    known: Known,
}

/// Rows of the tables by what they stand for.
#[derive(Debug, Default)]
struct Known {
    stacks: HashMap<(Option<usize>, u32), usize>,
    frames: HashMap<u32, usize>,
    funcs: HashMap<(usize, i64), usize>,
    resources: HashMap<usize, usize>,
}

impl Thread {
    pub fn new(number: i64, identity: &Identity<'_>, end: f64) -> Self {
        Self {
            number,
            process_type: "default",
            process_startup_time: 0.0,
            process_shutdown_time: Some(end),
            register_time: 0.0,
            unregister_time: Some(end),
            paused_ranges: [],
            show_markers_in_timeline: true,
            name: identity.comm.into(),
            is_main_thread: identity.tid == identity.pid,
            pid: identity.pid.to_string(),
            tid: identity.tid,
            samples: Samples::default(),
            markers: Markers::default(),
            stack_table: StackTable::default(),
            frame_table: FrameTable::default(),
            func_table: FuncTable::default(),
            resource_table: ResourceTable::default(),
            native_symbols: NativeSymbols::default(),
            known: Known::default(),
        }
    }

    pub fn sample(&mut self, time: f64, stack: Option<usize>) {
        self.samples.time.push(time);
        self.samples.stack.push(stack);
        self.samples.length += 1;
    }

    pub fn wait(&mut self, strings: &mut Strings, wait: &Wait<'_>) {
        let mut data = json!({ "type": MARKER, "waker": wait.waker, "state": wait.state });
        let durations = [("blocked", wait.blocked), ("queued", wait.queued)];
        for (key, duration) in durations.into_iter().filter(|(_, duration)| duration.is_some()) {
            data[key] = json!(duration);
        }
        if wait.stack.is_some() {
            data["cause"] = json!({ "tid": self.tid, "time": wait.begin, "stack": wait.stack });
        }
        self.markers.data.push(data);
        self.markers.name.push(strings.place("off-CPU"));
        self.markers.start_time.push(wait.begin);
        self.markers.end_time.push(wait.end);
        self.markers.phase.push(if wait.end.is_some() { INTERVAL } else { INTERVAL_START });
        self.markers.category.push(Category::OffCpu as u8);
        self.markers.length += 1;
    }

    /// The row of a stack; `None` where there is none.
    pub fn stack(
        &mut self,
        stacks: &Stacks,
        strings: &mut Strings,
        user: Option<i64>,
        kernel: Option<i64>,
    ) -> Option<usize> {
        let mut prefix = None;
        for frame in stacks.frames_of(user, kernel) {
            let own = match self.known.stacks.get(&(prefix, frame)) {
                Some(own) => *own,
                None => {
                    let row = self.frame(stacks, strings, frame);
                    self.stack_table.frame.push(row);
                    self.stack_table.prefix.push(prefix);
                    self.stack_table.length += 1;
                    self.known.stacks.insert((prefix, frame), self.stack_table.length - 1);
                    self.stack_table.length - 1
                }
            };
            prefix = Some(own);
        }
        prefix
    }

    fn frame(&mut self, stacks: &Stacks, strings: &mut Strings, place: u32) -> usize {
        if let Some(row) = self.known.frames.get(&place) {
            return *row;
        }
        let frame = &stacks.frames[place as usize];
        let func = self.func(stacks, strings, place);
        let table = &mut self.frame_table;
        table.address.push(frame.module.map_or(-1, |_| i64::try_from(frame.offset).unwrap_or(-1)));
        table.inline_depth.push(0);
        table.category.push(Category::of(frame) as u8);
        table.subcategory.push(0);
        table.func.push(func);
        table.native_symbol.push(None);
        table.inner_window_id.push(0);
        table.line.push(None);
        table.column.push(None);
        table.length += 1;
        self.known.frames.insert(place, table.length - 1);
        table.length - 1
    }

    fn func(&mut self, stacks: &Stacks, strings: &mut Strings, place: u32) -> usize {
        let frame = &stacks.frames[place as usize];
        let name = strings.place(&frame.name);
        let resource = frame.module.map_or(-1, |module| {
            let file = strings.place(stacks.modules[module].file());
            self.resource(module, file) as i64
        });
        if let Some(row) = self.known.funcs.get(&(name, resource)) {
            return *row;
        }
        let table = &mut self.func_table;
        table.name.push(name);
        table.is_js.push(false);
        table.relevant_for_js.push(false);
        table.resource.push(resource);
        table.source.push(None);
        table.line_number.push(None);
        table.column_number.push(None);
        table.length += 1;
        self.known.funcs.insert((name, resource), table.length - 1);
        table.length - 1
    }

    fn resource(&mut self, module: usize, file: usize) -> usize {
        let table = &mut self.resource_table;
        *self.known.resources.entry(module).or_insert_with(|| {
            table.lib.push(module);
            table.name.push(file);
            table.host.push(None);
            table.kind.push(LIBRARY);
            table.length += 1;
            table.length - 1
        })
    }
}
