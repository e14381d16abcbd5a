//! One line on a terminal while a query takes longer than a second.

use std::io::{IsTerminal, Write, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use datafusion::physical_plan::ExecutionPlan;

const PATIENCE: Duration = Duration::from_secs(1);
const REFRESH: Duration = Duration::from_millis(200);

static SHOWN: AtomicBool = AtomicBool::new(false);

/// Shows how far a plan is, until it is dropped.
pub struct Progress {
    _ends: Option<Sender<()>>,
}

impl Progress {
    pub fn of(plan: &Arc<dyn ExecutionPlan>) -> Self {
        if !stderr().is_terminal() {
            return Self { _ends: None };
        }
        let (ends, ended) = channel();
        let plan = Arc::clone(plan);
        let begin = Instant::now();
        let show = move || {
            let mut pause = PATIENCE;
            while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let (rows, seconds) = (rows_read(&plan), begin.elapsed().as_secs());
                SHOWN.store(true, Ordering::Relaxed);
                let rows = rows as f64 / 1e6;
                let _ = write!(stderr(), "\r\x1b[K{rows:.1} million rows read, {seconds} s");
                pause = REFRESH;
            }
            clear();
        };
        let thread = thread::Builder::new().name("progress".into()).spawn(show);
        Self { _ends: thread.is_ok().then_some(ends) }
    }
}

/// Takes the line away.
pub fn clear() {
    if SHOWN.swap(false, Ordering::Relaxed) {
        let _ = write!(stderr(), "\r\x1b[K");
    }
}

/// Rows that the scans of the plan have produced so far.
fn rows_read(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let children = plan.children();
    if children.is_empty() {
        return plan.metrics().and_then(|metrics| metrics.output_rows()).unwrap_or(0);
    }
    children.into_iter().map(rows_read).sum()
}
