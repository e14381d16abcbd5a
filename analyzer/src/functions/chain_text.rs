//! A path of a chain graph as one folded line.
//!
//! The target's name and stack come first; each waker follows behind `--`, its stack upside down and then its
//! name, or the interrupt in brackets. A state is the last frame of the thread that was in it.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;

use super::folding::{Style, target, waker};
use super::names::{Names, Stacks};
use super::question::Question;
use super::terminal;
use crate::chains::Label;
use crate::chains::paths::Total;
use crate::chains::roots::Graph;

/// Paths of one batch of the answer.
const BATCH_PATHS: usize = 1024;

/// Tells the paths of a graph, batch by batch.
pub struct Telling {
    names: Arc<Names>,
    schema: SchemaRef,
    graph: Graph,
    totals: std::vec::IntoIter<Total>,
    texts: Texts,
}

impl Telling {
    pub fn new(
        names: &Arc<Names>,
        schema: &SchemaRef,
        graph: Graph,
        comms: Vec<String>,
        question: &Question,
    ) -> Self {
        let totals = graph.paths.totals().collect::<Vec<_>>().into_iter();
        let texts = Texts {
            comms,
            without_user: question.kernel_stacks,
            without_kernel: question.user_stacks,
            known: HashMap::new(),
        };
        Self { names: Arc::clone(names), schema: Arc::clone(schema), graph, totals, texts }
    }

    fn batch(&mut self, totals: &[Total]) -> Result<RecordBatch> {
        let stacks = self.names.stacks()?;
        let paths = totals.iter().map(|total| self.graph.path(total.node));
        let folded =
            StringArray::from_iter_values(paths.map(|path| self.texts.folded(stacks, &path)));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(folded),
            Arc::new(totals.iter().map(|total| total.ns).collect::<Int64Array>()),
            Arc::new(totals.iter().map(|total| total.waits as i64).collect::<Int64Array>()),
        ];
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

impl Iterator for Telling {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let totals: Vec<Total> = self.totals.by_ref().take(BATCH_PATHS).collect();
        (!totals.is_empty()).then(|| self.batch(&totals))
    }
}

/// Texts of labels, each made once.
struct Texts {
    /// Names by number.
    comms: Vec<String>,
    without_user: bool,
    without_kernel: bool,
    known: HashMap<Label, String>,
}

impl Texts {
    fn folded(&mut self, stacks: &Stacks, path: &[Label]) -> String {
        let mut line = String::new();
        for label in path {
            let text = match self.known.get(label) {
                Some(text) => text,
                None => {
                    let text = self.text(stacks, *label);
                    self.known.entry(*label).or_insert(text)
                }
            };
            if !line.is_empty() && !text.is_empty() {
                line.push(';');
            }
            line.push_str(text);
        }
        line
    }

    fn text(&self, stacks: &Stacks, label: Label) -> String {
        let style = Style { delimiter: true, annotate: false };
        let kernel = |stack| if self.without_kernel { 0 } else { stack };
        let user = |stack| if self.without_user { 0 } else { stack };
        match label {
            Label::Name(name) => self.comm(name),
            Label::Target { kstack, ustack } => target(stacks, user(ustack), kernel(kstack), style),
            Label::Thread { name, kstack, ustack } => {
                let stack = waker(stacks, kernel(kstack), user(ustack), style);
                set_off(&stack, &self.comm(name))
            }
            Label::Terminal { context, kstack } => {
                let stack = waker(stacks, kernel(kstack), 0, style);
                set_off(&stack, &terminal::name(stacks, context, kstack))
            }
            Label::State(leaf) => leaf.frame().to_owned(),
            Label::End(leaf) => set_off("", leaf.frame()),
        }
    }

    fn comm(&self, name: u32) -> String {
        match self.comms.get(name as usize) {
            Some(comm) if !comm.is_empty() => comm.clone(),
            _ => "[unknown]".to_owned(),
        }
    }
}

fn set_off(stack: &str, end: &str) -> String {
    if stack.is_empty() { format!("--;{end}") } else { format!("--;{stack};{end}") }
}
