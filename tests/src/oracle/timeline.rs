//! The life of every thread as segments without gaps, and its voluntary waits as intervals.

use crate::machine::loss::Hole;
use crate::machine::{Event, Leave, MILLISECOND, Machine, Thread, Waker, What};

/// A waking this long before the switch-out belongs to that switch-out; an earlier one to a cancelled sleep.
const EARLY_MAX: u64 = MILLISECOND;

/// What a thread was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Unknown,
    Running,
    /// Woken, and waiting for a CPU.
    Woken,
    /// Created, and waiting for a CPU.
    New,
    /// Pushed off its CPU, or gave way.
    Preempted,
    /// Waits for a wakeup, in that task state.
    Blocked(Leave),
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    pub from: u64,
    pub to: u64,
    pub kind: Kind,
    /// It ends only because the recording does.
    pub open: bool,
}

/// Who ended a wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edge {
    /// A thread, at the time of the waking.
    Thread(Thread, u64),
    /// Nobody: the name of the frame that stands for it.
    Terminal(String),
    NoWaker,
}

/// A completed voluntary wait, or a birth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    pub thread: Thread,
    /// 0 for a birth: the thread had not existed since forever.
    pub out: u64,
    pub woken: u64,
    pub on: u64,
    pub edge: Edge,
    pub birth: bool,
    pub leave: Leave,
    /// Its row was lost: it happened, but nobody can know.
    pub lost: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// By thread, in the order of time.
    pub segments: Vec<Vec<Segment>>,
    pub intervals: Vec<Vec<Interval>>,
    /// Wakings that ended a sleep, also those of threads that did not get a CPU before the stop.
    pub wakings_used: u64,
    /// Waits whose waking came before the switch-out.
    pub clamped: u64,
}

#[derive(Clone, Debug)]
struct Life {
    kind: Kind,
    since: u64,
    waking: Option<(u64, Waker)>,
}

impl Timeline {
    pub fn of(machine: &Machine) -> Self {
        let count = machine.threads.len();
        let mut timeline = Self {
            segments: vec![Vec::new(); count],
            intervals: vec![Vec::new(); count],
            ..Self::default()
        };
        let unknown = Life { kind: Kind::Unknown, since: 0, waking: None };
        let early = machine.threads.iter().map(|task| task.early.then(|| unknown.clone()));
        let mut lives: Vec<Option<Life>> = early.collect();
        for event in &machine.events {
            timeline.event(&mut lives, event);
        }
        for (thread, life) in lives.into_iter().enumerate() {
            if let Some(life) = life {
                timeline.end(thread, life, machine.stop);
            }
        }
        timeline
    }

    fn event(&mut self, lives: &mut [Option<Life>], event: &Event) {
        let ts = event.ts;
        match &event.what {
            What::Switch { prev, leave, next } => {
                if let Some(thread) = *prev {
                    lives[thread] = self.leave(thread, lives[thread].take(), ts, *leave);
                }
                if let Some(thread) = *next {
                    lives[thread] = Some(self.arrive(thread, lives[thread].take(), ts));
                }
            }
            What::Waking { waker, wakee } => {
                if let Some(life) = &mut lives[*wakee]
                    && *waker != Waker::Task(*wakee)
                {
                    life.waking = Some((ts, waker.clone()));
                }
            }
            What::New { parent, child } => {
                let waking = Some((ts, Waker::Task(*parent)));
                lives[*child] = Some(Life { kind: Kind::New, since: ts, waking });
            }
        }
    }

    fn leave(&mut self, thread: Thread, life: Option<Life>, ts: u64, leave: Leave) -> Option<Life> {
        let life = life?;
        let kind = match life.kind {
            Kind::Running | Kind::Unknown => life.kind,
            _ => Kind::Lost,
        };
        self.push(thread, life.since, ts, kind);
        let waking = if kind == Kind::Lost { None } else { life.waking };
        let kind = if leave.voluntary() { Kind::Blocked(leave) } else { Kind::Preempted };
        (!leave.dead()).then_some(Life { kind, since: ts, waking })
    }

    fn arrive(&mut self, thread: Thread, life: Option<Life>, ts: u64) -> Life {
        let running = Life { kind: Kind::Running, since: ts, waking: None };
        let Some(life) = life else { return running };
        match life.kind {
            Kind::Blocked(leave) => {
                let out = life.since;
                let (woken, edge) = self.woken(&life, ts);
                self.push(thread, out, woken, life.kind);
                self.push(thread, woken, ts, Kind::Woken);
                let interval =
                    Interval { thread, out, woken, on: ts, edge, birth: false, leave, lost: false };
                self.intervals[thread].push(interval);
            }
            Kind::New => {
                self.push(thread, life.since, ts, Kind::New);
                let (woken, leave) = (life.since, Leave::default());
                let edge = life.waking.map_or(Edge::NoWaker, |(ts, waker)| edge(&waker, ts));
                let (birth, lost) = (true, false);
                let interval = Interval { thread, out: 0, woken, on: ts, edge, birth, leave, lost };
                self.intervals[thread].push(interval);
            }
            Kind::Unknown => {
                let known = life.waking.map_or(ts, |(waking, _)| waking);
                self.push(thread, life.since, known, Kind::Unknown);
                self.push(thread, known, ts, Kind::Woken);
            }
            Kind::Running | Kind::Lost => self.push(thread, life.since, ts, Kind::Lost),
            kind => self.push(thread, life.since, ts, kind),
        }
        running
    }

    /// When a blocked thread became runnable, and by whom; at the latest at `end`.
    fn woken(&mut self, life: &Life, end: u64) -> (u64, Edge) {
        match &life.waking {
            Some((ts, waker)) if *ts + EARLY_MAX >= life.since => {
                self.wakings_used += 1;
                self.clamped += u64::from(*ts < life.since);
                ((*ts).max(life.since), edge(waker, *ts))
            }
            _ => (end, Edge::NoWaker),
        }
    }

    fn end(&mut self, thread: Thread, life: Life, stop: u64) {
        match life.kind {
            Kind::Blocked(_) => {
                let (woken, _) = self.woken(&life, stop);
                self.push(thread, life.since, woken, life.kind);
                self.push(thread, woken, stop, Kind::Woken);
            }
            Kind::Unknown => match life.waking {
                Some((known, _)) => {
                    self.push(thread, life.since, known, Kind::Unknown);
                    self.push(thread, known, stop, Kind::Woken);
                }
                // Nothing ever happened to it, and the stop finds it asleep.
                None => {
                    let asleep = Leave { state: 1, ..Leave::default() };
                    self.push(thread, life.since, stop, Kind::Blocked(asleep));
                }
            },
            kind => self.push(thread, life.since, stop, kind),
        }
        if let Some(last) = self.segments[thread].last_mut() {
            last.open = last.kind != Kind::Running;
        }
    }

    fn push(&mut self, thread: Thread, from: u64, to: u64, kind: Kind) {
        if from < to {
            self.segments[thread].push(Segment { from, to, kind, open: false });
        }
    }

    /// Forgets what the lost rows would have told: segments under a hole become [`Kind::Lost`], and
    /// intervals that end with one are marked so.
    pub fn forget(&mut self, holes: &[Hole]) {
        for hole in holes {
            let covered = |from: u64, to: u64| from.max(hole.from) < to.min(hole.to);
            for interval in &mut self.intervals[hole.thread] {
                interval.lost |= interval.on == hole.to;
            }
            for segment in &mut self.segments[hole.thread] {
                if covered(segment.from, segment.to) {
                    segment.kind = Kind::Lost;
                    segment.open = false;
                }
            }
        }
    }
}

fn edge(waker: &Waker, ts: u64) -> Edge {
    match waker {
        Waker::Task(thread) | Waker::OwnSoftirq(thread) => Edge::Thread(*thread, ts),
        Waker::Nobody(context, served) if served.is_empty() => {
            Edge::Terminal(format!("[{context}]"))
        }
        Waker::Nobody(context, served) => Edge::Terminal(format!("[{context}:{served}]")),
    }
}
