//! Rows collect in tables; a table's rows become a closed segment by age and by count.
//!
//! A thread of its own sorts, encodes and writes, and another waits for the disk, which for a score of small
//! tables takes longer than the writing. The queue to them is bounded: when the disk is too slow, whole
//! batches are dropped and counted, and the recorded machine never waits.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use afterwake_schema::segment::Unsealed;
use afterwake_schema::streams::*;
use afterwake_schema::{Row, for_each_stream};

use crate::identity::Identities;

/// A kill loses at most this much of any table.
const MAX_AGE: Duration = Duration::from_secs(2);
/// Rows of one segment: bounds the memory of both sides.
const MAX_ROWS: usize = 64 * 1024;
/// Of the names of calls and disks and the like there are few, and the others are of no use without
/// them: so few rows are never dropped.
const FEW_ROWS: u64 = 1024;
/// Rows that may wait for the writer.
const MAX_QUEUED_ROWS: u64 = 4 * MAX_ROWS as u64;
/// Segments that may be written and not yet on the disk.
const MAX_UNSEALED: usize = 64;

/// The rows of one table that are not yet written.
pub struct Table<R> {
    rows: Vec<R>,
    since: Instant,
    segments: u32,
    queue: Queue,
}

impl<R: Row + Send + 'static> Table<R> {
    fn new(queue: Queue) -> Self {
        Self { rows: Vec::new(), since: Instant::now(), segments: 0, queue }
    }

    pub fn push(&mut self, row: R) {
        if self.rows.is_empty() {
            self.since = Instant::now();
        }
        self.rows.push(row);
        if self.rows.len() >= MAX_ROWS {
            self.close();
        }
    }

    fn is_old(&self, now: Instant) -> bool {
        !self.rows.is_empty() && now.duration_since(self.since) >= MAX_AGE
    }

    /// Hands the rows to the writer. The capacity is kept for what comes next, within reason.
    fn close(&mut self) {
        if self.rows.is_empty() {
            return;
        }
        let rows = std::mem::take(&mut self.rows);
        let batch = Batch { rows, number: self.segments };
        self.segments += 1;
        self.queue.send(Box::new(batch));
    }
}

macro_rules! tables {
    ($($name:ident: $row:ident,)*) => {
        /// One table per stream.
        pub struct Tables {
            $(pub $name: Table<$row>,)*
        }

        impl Tables {
            pub fn new(queue: &Queue) -> Self {
                Self { $($name: Table::new(queue.clone()),)* }
            }

            /// Closes all when one is old: what a kill leaves ends at the same moment in each.
            pub fn close_old(&mut self) {
                let now = Instant::now();
                if [$(self.$name.is_old(now)),*].contains(&true) {
                    self.close_all();
                }
            }

            pub fn close_all(&mut self) {
                $(self.$name.close();)*
            }

            /// Who these threads were is forgotten once the rows closed until now are written, however late that is.
            pub fn forget(&self, threads: Vec<u32>) {
                if !threads.is_empty() {
                    let _ = self.wait.queue.sender.send(Order::Forget(threads));
                }
            }
        }
    };
}
for_each_stream!(tables);

/// What the writer writes.
trait Closed: Send {
    fn write(self: Box<Self>, directory: &Path, who: &Identities) -> std::io::Result<Unsealed>;
    fn rows(&self) -> u64;
    fn stream(&self) -> &'static str;
}

struct Batch<R> {
    rows: Vec<R>,
    number: u32,
}

impl<R: Row + Send> Closed for Batch<R> {
    fn write(mut self: Box<Self>, directory: &Path, who: &Identities) -> std::io::Result<Unsealed> {
        // A thread's rows side by side: smaller, and what every reader wants.
        self.rows.sort_by_cached_key(Row::order);
        let batch = R::batch(&self.rows, who);
        drop(std::mem::take(&mut self.rows));
        Unsealed::write(directory, R::STREAM, self.number, &batch)
    }
    fn rows(&self) -> u64 {
        self.rows.len() as u64
    }
    fn stream(&self) -> &'static str {
        R::STREAM.name
    }
}

/// What the writer is to do, one after the other.
enum Order {
    Write(Box<dyn Closed>),
    Forget(Vec<u32>),
}

/// Rows that may wait together with so many more. What closes because it is full comes in floods, and
/// leaves the last place to what closes by age: a flood of one stream costs the others nothing.
fn most_waiting(rows: u64) -> u64 {
    let full = MAX_ROWS as u64;
    if rows >= full { MAX_QUEUED_ROWS - full } else { MAX_QUEUED_ROWS }
}

/// The way to the writer.
#[derive(Clone)]
pub struct Queue {
    sender: Sender<Order>,
    waiting: Arc<AtomicU64>,
    dropped: Arc<Mutex<Vec<(&'static str, u64)>>>,
    /// Once the machine is no longer recorded, waiting hurts nobody.
    patient: Arc<std::sync::atomic::AtomicBool>,
}

impl Queue {
    fn send(&self, batch: Box<dyn Closed>) {
        let (stream, rows) = (batch.stream(), batch.rows());
        let most = most_waiting(rows);
        let is_full = || rows > FEW_ROWS && self.waiting.load(Ordering::Acquire) + rows > most;
        while is_full() && self.patient.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let refused = is_full() || {
            self.waiting.fetch_add(rows, Ordering::AcqRel);
            self.sender.send(Order::Write(batch)).is_err()
        };
        if refused {
            let mut dropped = self.dropped.lock().expect("no holder of the lock panics");
            dropped.push((stream, rows));
        }
    }

    /// From now on wait for the disk instead of dropping.
    pub fn be_patient(&self) {
        self.patient.store(true, Ordering::Relaxed);
    }

    /// Batches that found the queue full since the last call: stream and rows.
    pub fn take_dropped(&self) -> Vec<(&'static str, u64)> {
        std::mem::take(&mut self.dropped.lock().expect("no holder of the lock panics"))
    }
}

/// The writing thread.
pub struct Writer {
    thread: JoinHandle<()>,
    shared: Arc<Written>,
}

/// What was written in the end.
pub struct Outcome {
    /// Rows by table.
    pub rows: std::collections::BTreeMap<String, u64>,
    pub bytes: u64,
    /// The first error of the disk that was not asked for before.
    pub problem: Option<std::io::Error>,
}

#[derive(Default)]
struct Written {
    bytes: AtomicU64,
    rows: Mutex<std::collections::BTreeMap<String, u64>>,
    problem: Mutex<Option<std::io::Error>>,
}

impl Writer {
    pub fn start(directory: PathBuf, who: Identities) -> (Self, Queue) {
        let (sender, receiver) = channel();
        let waiting = Arc::new(AtomicU64::new(0));
        let queue = Queue {
            sender,
            waiting: waiting.clone(),
            dropped: Arc::default(),
            patient: Arc::default(),
        };
        let shared = Arc::new(Written::default());
        let theirs = shared.clone();
        let thread = std::thread::Builder::new()
            .name("afterwake-write".into())
            .spawn(move || write_all(&receiver, &waiting, &directory, &who, &theirs))
            .expect("a thread can be started");
        (Self { thread, shared }, queue)
    }

    pub fn bytes(&self) -> u64 {
        self.shared.bytes.load(Ordering::Relaxed)
    }

    /// The first error of the disk, once.
    pub fn problem(&self) -> Option<std::io::Error> {
        self.shared.problem.lock().expect("no holder of the lock panics").take()
    }

    /// Waits until everything queued is written; the queue must be gone.
    pub fn finish(self) -> Outcome {
        let _ = self.thread.join();
        Outcome {
            rows: std::mem::take(&mut *self.shared.rows.lock().expect("the writer ended")),
            bytes: self.shared.bytes.load(Ordering::Relaxed),
            problem: self.shared.problem.lock().expect("the writer ended").take(),
        }
    }
}

fn write_all(
    receiver: &Receiver<Order>,
    waiting: &AtomicU64,
    directory: &Path,
    who: &Identities,
    shared: &Written,
) {
    let (to_seal, unsealed) = sync_channel::<(Unsealed, &'static str, u64)>(MAX_UNSEALED);
    let fail = |error| {
        let mut problem = shared.problem.lock().expect("no holder of the lock panics");
        problem.get_or_insert(error);
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for (segment, stream, rows) in unsealed {
                match segment.seal() {
                    Ok(bytes) => {
                        shared.bytes.fetch_add(bytes, Ordering::Relaxed);
                        let mut all = shared.rows.lock().expect("no holder of the lock panics");
                        *all.entry(stream.to_owned()).or_default() += rows;
                    }
                    Err(error) => fail(error),
                }
            }
        });
        while let Ok(order) = receiver.recv() {
            let batch = match order {
                Order::Write(batch) => batch,
                Order::Forget(threads) => {
                    who.forget(&threads);
                    continue;
                }
            };
            let (stream, rows) = (batch.stream(), batch.rows());
            let written = batch.write(directory, who);
            waiting.fetch_sub(rows, Ordering::AcqRel);
            match written {
                Ok(segment) => drop(to_seal.send((segment, stream, rows))),
                Err(error) => fail(error),
            }
        }
        drop(to_seal);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Rows(u64, &'static str);

    impl Closed for Rows {
        fn write(self: Box<Self>, _: &Path, _: &Identities) -> std::io::Result<Unsealed> {
            unreachable!("nobody writes")
        }
        fn rows(&self) -> u64 {
            self.0
        }
        fn stream(&self) -> &'static str {
            self.1
        }
    }

    #[test]
    fn a_flood_leaves_room_for_what_closes_by_age() {
        let (sender, _writer) = channel();
        let queue = Queue {
            sender,
            waiting: Arc::default(),
            dropped: Arc::default(),
            patient: Arc::default(),
        };
        let flood = MAX_ROWS as u64;
        for _ in 0..6 {
            queue.send(Box::new(Rows(flood, "path")));
        }
        queue.send(Box::new(Rows(flood - 1, "wait")));
        queue.send(Box::new(Rows(FEW_ROWS, "disk")));
        assert_eq!(queue.take_dropped(), [("path", flood); 3]);
        queue.send(Box::new(Rows(FEW_ROWS + 1, "wait")));
        assert_eq!(queue.take_dropped(), [("wait", FEW_ROWS + 1)], "there is an end");
    }
}
