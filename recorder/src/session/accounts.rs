//! What the recording missed and what it cost, kept while it runs, as rows of `lost` and `cost`.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use afterwake_schema::kind::Reason;
use afterwake_schema::streams::{ALL, Cost, Lost};

use crate::host::{monotonic_ns, own_usage};
use crate::probes::{Counters, Probes, Runs, count_runs};
use crate::segment::{Queue, Tables, Writer};

/// `enum counter` of `bpf/ring.h` continues the numbers of the streams.
const KERNEL_STREAMS: usize = {
    let (mut most, mut index) = (0, 0);
    while index < ALL.len() {
        if ALL[index].number as usize > most {
            most = ALL[index].number as usize;
        }
        index += 1;
    }
    most
};
const COUNTER_SWITCH: usize = KERNEL_STREAMS + 1;
const COUNTER_BUSY: usize = KERNEL_STREAMS + 2;
const COUNTER_RECOGNISED: usize = KERNEL_STREAMS + 4;
const COUNTER_WALKED: usize = KERNEL_STREAMS + 5;
const COUNTER_MISTAKEN: usize = KERNEL_STREAMS + 6;
/// `CHECK_EVERY` of `bpf/recognise.h`: one mistake found stands for this many made.
const CHECK_EVERY: u64 = 4096;

const INTERVAL: Duration = Duration::from_secs(1);
/// The kernel counts runs only part of the time, since counting costs more than most probes:
/// for the first `COUNTED` of every `CYCLE`.
const COUNTED: Duration = Duration::from_millis(200);
const CYCLE: Duration = Duration::from_secs(10);

pub struct Accounts {
    counters: Counters,
    busy: Vec<u64>,
    lost: u64,
    own_cpu_ns: u64,
    last: Instant,
    last_ts: u64,
    cycle: Instant,
    counting: Option<(OwnedFd, Vec<Runs>, u64)>,
}

impl Accounts {
    pub fn start(probes: &Probes) -> Self {
        Self {
            counters: probes.counters().unwrap_or_default(),
            busy: probes.runs().iter().map(|runs| runs.busy).collect(),
            lost: 0,
            own_cpu_ns: own_usage().0,
            last: Instant::now(),
            last_ts: monotonic_ns(),
            cycle: Instant::now(),
            counting: count_runs().map(|fd| (fd, probes.runs(), monotonic_ns())),
        }
    }

    /// Rows lost so far.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Call often; does something once a second.
    pub fn keep(&mut self, probes: &Probes, queue: &Queue, writer: &Writer, tables: &mut Tables) {
        if self.counting.is_some() && self.cycle.elapsed() >= COUNTED {
            self.probe_costs(probes, tables);
        }
        if self.cycle.elapsed() >= CYCLE {
            self.cycle = Instant::now();
            self.counting = count_runs().map(|fd| (fd, probes.runs(), monotonic_ns()));
        }
        if self.last.elapsed() >= INTERVAL {
            self.settle(probes, queue, writer, tables);
        }
    }

    /// The last entries.
    pub fn close(&mut self, probes: &Probes, queue: &Queue, writer: &Writer, tables: &mut Tables) {
        self.probe_costs(probes, tables);
        self.settle(probes, queue, writer, tables);
    }

    fn settle(&mut self, probes: &Probes, queue: &Queue, writer: &Writer, tables: &mut Tables) {
        let ts = monotonic_ns();
        self.kernel_losses(probes, tables, ts);
        for (stream, rows) in queue.take_dropped() {
            self.note(tables, ts, u16::MAX, "queue", rows, stream);
        }
        let (cpu_ns, memory) = own_usage();
        tables.cost.push(Cost {
            ts,
            window_ns: ts - self.last_ts,
            runs: u64::MAX,
            cpu_ns: cpu_ns - self.own_cpu_ns,
            memory,
            written: writer.bytes(),
            what: "recorder".into(),
        });
        self.own_cpu_ns = cpu_ns;
        self.last = Instant::now();
        self.last_ts = ts;
    }

    fn kernel_losses(&mut self, probes: &Probes, tables: &mut Tables, ts: u64) {
        let Ok(counters) = probes.counters() else { return };
        let before = std::mem::replace(&mut self.counters, counters.clone());
        for (cpu, (now, before)) in counters.iter().zip(&before).enumerate() {
            let since = |index: usize| now[index].saturating_sub(before[index]);
            for stream in ALL.iter().filter(|stream| stream.number > 0) {
                let rows = since(stream.number as usize);
                self.note(tables, ts, cpu as u16, "ring", rows, stream.name);
            }
            self.note(tables, ts, cpu as u16, "switch", since(COUNTER_SWITCH), "wait");
            self.note(tables, ts, cpu as u16, "busy", since(COUNTER_BUSY), "wait");
            let mistaken = since(COUNTER_MISTAKEN) * CHECK_EVERY;
            self.note(tables, ts, cpu as u16, "stack", mistaken, "wait");
        }
        let total = |counters: &Counters, index: usize| -> u64 {
            counters.iter().map(|cpu| cpu.get(index).copied().unwrap_or(0)).sum()
        };
        for (what, index) in [
            ("kernel stacks recognised", COUNTER_RECOGNISED),
            ("kernel stacks walked", COUNTER_WALKED),
        ] {
            tables.cost.push(Cost {
                ts,
                window_ns: ts - self.last_ts,
                runs: total(&counters, index) - total(&before, index),
                cpu_ns: 0,
                memory: u64::MAX,
                written: u64::MAX,
                what: what.into(),
            });
        }
        let runs = probes.runs();
        let busy: Vec<u64> = runs.iter().map(|runs| runs.busy).collect();
        let before = std::mem::replace(&mut self.busy, busy);
        for (now, before) in runs.iter().zip(before) {
            let skipped = now.busy.saturating_sub(before);
            self.note(tables, ts, u16::MAX, "busy", skipped, now.stream);
        }
    }

    fn note(
        &mut self,
        tables: &mut Tables,
        ts: u64,
        cpu: u16,
        reason: &str,
        rows: u64,
        stream: &str,
    ) {
        if rows == 0 {
            return;
        }
        // An unseen switch is a gap that the rows themselves show, and a wrong stack is no lost row.
        if !matches!(reason, "switch" | "stack") {
            self.lost += rows;
        }
        let word = Reason::WORDS.iter().find(|(word, _)| *word == reason);
        let reason = word.map_or(0, |(_, number)| *number);
        tables.lost.push(Lost { ts, cpu, reason, rows, stream: stream.into() });
    }

    fn probe_costs(&mut self, probes: &Probes, tables: &mut Tables) {
        let Some((fd, before, since)) = self.counting.take() else { return };
        let ts = monotonic_ns();
        let after = probes.runs();
        drop(fd);
        for (now, before) in after.iter().zip(&before) {
            tables.cost.push(Cost {
                ts,
                window_ns: ts - since,
                runs: now.count - before.count,
                cpu_ns: now.cpu_ns - before.cpu_ns,
                memory: u64::MAX,
                written: u64::MAX,
                what: now.program.clone(),
            });
        }
    }
}
