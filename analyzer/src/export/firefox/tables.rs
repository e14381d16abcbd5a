//! The tables of a profile, column by column, as the format wants them.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use crate::export::stacks::Frame;

/// Place in the list of categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    Other = 0,
    User = 1,
    Kernel = 2,
    OffCpu = 3,
}

impl Category {
    pub fn of(frame: &Frame) -> Self {
        match (frame.kernel, frame.module) {
            (true, _) => Self::Kernel,
            (false, Some(_)) => Self::User,
            (false, None) => Self::Other,
        }
    }
}

/// Every text of the profile, once.
#[derive(Debug, Default)]
pub struct Strings {
    places: HashMap<String, usize>,
    texts: Vec<String>,
}

impl Strings {
    pub fn place(&mut self, text: &str) -> usize {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        self.places.insert(text.into(), self.texts.len());
        self.texts.push(text.into());
        self.texts.len() - 1
    }

    pub fn all(&self) -> &[String] {
        &self.texts
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Samples {
    pub stack: Vec<Option<usize>>,
    pub time: Vec<f64>,
    pub weight: Option<Vec<i64>>,
    pub weight_type: &'static str,
    pub length: usize,
}

impl Default for Samples {
    fn default() -> Self {
        Self {
            stack: Vec::new(),
            time: Vec::new(),
            weight: None,
            weight_type: "samples",
            length: 0,
        }
    }
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Markers {
    pub data: Vec<Value>,
    pub name: Vec<usize>,
    pub start_time: Vec<f64>,
    pub end_time: Vec<Option<f64>>,
    pub phase: Vec<u8>,
    pub category: Vec<u8>,
    pub length: usize,
}

#[derive(Debug, Default, Serialize)]
pub struct StackTable {
    pub frame: Vec<usize>,
    pub prefix: Vec<Option<usize>>,
    pub length: usize,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FrameTable {
    pub address: Vec<i64>,
    pub inline_depth: Vec<u8>,
    pub category: Vec<u8>,
    pub subcategory: Vec<u8>,
    pub func: Vec<usize>,
    pub native_symbol: Vec<Option<usize>>,
    #[serde(rename = "innerWindowID")]
    pub inner_window_id: Vec<u8>,
    pub line: Vec<Option<u32>>,
    pub column: Vec<Option<u32>>,
    pub length: usize,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FuncTable {
    pub name: Vec<usize>,
    #[serde(rename = "isJS")]
    pub is_js: Vec<bool>,
    #[serde(rename = "relevantForJS")]
    pub relevant_for_js: Vec<bool>,
    pub resource: Vec<i64>,
    pub source: Vec<Option<usize>>,
    pub line_number: Vec<Option<u32>>,
    pub column_number: Vec<Option<u32>>,
    pub length: usize,
}

#[derive(Debug, Default, Serialize)]
pub struct ResourceTable {
    pub lib: Vec<usize>,
    pub name: Vec<usize>,
    pub host: Vec<Option<usize>>,
    #[serde(rename = "type")]
    pub kind: Vec<u8>,
    pub length: usize,
}

/// Empty: symbols are known by name, not by address.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NativeSymbols {
    pub lib_index: Vec<usize>,
    pub address: Vec<i64>,
    pub name: Vec<usize>,
    pub function_size: Vec<Option<u64>>,
    pub length: usize,
}
