//! Which waits are explained, and the walk over all of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::hash::FastMap;
use super::index::{Found, Index, Stretch};
use super::paths::{Label, Labels, Paths, ROOT};
use super::site::{Kind, Site, Waker};
use super::{resolved, whole};

/// The waits to explain: voluntary ones that ended within the window and pass every filter.
#[derive(Clone, Debug)]
pub struct Choice {
    /// They ended after this instant,
    pub from: i64,
    /// and not after this one.
    pub to: i64,
    pub min_ns: i64,
    pub max_ns: i64,
    /// Task states as a bit mask; `None` for all.
    pub state: Option<u32>,
}

impl Choice {
    fn takes(&self, found: &Found, state: u32) -> bool {
        let ns = found.instants.i - found.instants.o;
        found.instants.i > self.from
            && found.instants.i <= self.to
            && (self.min_ns..=self.max_ns).contains(&ns)
            && self.state.is_none_or(|mask| has_state(state, mask))
    }
}

/// An idle kernel thread is in D too, and must not pass for one that waits for a device.
const NOLOAD: u32 = 0x400;

/// Whether a task state is one of the mask.
pub fn has_state(state: u32, mask: u32) -> bool {
    state & mask != 0 && (state & NOLOAD == 0 || mask & NOLOAD != 0)
}

/// How far a chain is followed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Wakers on a path at most; interrupts are not counted.
    pub depth: usize,
    /// Follow wakeups that happened before the wait began, too.
    pub unbounded: bool,
    /// Leave run-queue time in the chain.
    pub whole: bool,
}

/// The two ways to explain a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// All of it goes to the path of wakeups that ended it.
    Whole,
    /// It is divided among the threads that it was spent waiting for.
    Resolved,
}

/// What the walks need to know: the waits, and a number for the name of each thread.
pub struct Ground<'a> {
    pub index: &'a Index,
    /// Name of each thread; threads of equal names share paths.
    pub names: &'a (dyn Fn(i64) -> u32 + Sync),
    /// Threads whose waits are explained.
    pub wanted: &'a (dyn Fn(i64) -> bool + Sync),
}

/// Stretches that a worker takes at a time.
const SHARE: usize = 16;

/// No label: nobody ended the wait.
const NOBODY: u32 = u32::MAX;

/// Every path at which time ended, and what its steps mean.
#[derive(Debug, Default)]
pub struct Graph {
    pub paths: Paths,
    labels: Labels,
}

impl Graph {
    /// The steps of a path, from the root on.
    pub fn path(&self, node: u32) -> Vec<Label> {
        self.paths.steps(node).into_iter().map(|step| self.labels.label(step)).collect()
    }
}

/// Labels of each site, so that a hop is one array access.
struct SiteLabels {
    targets: Vec<u32>,
    wakers: Vec<u32>,
}

/// Explains every chosen wait, on `workers` threads.
pub fn explain(
    ground: &Ground,
    method: Method,
    choice: &Choice,
    limits: Limits,
    workers: usize,
) -> Graph {
    let mut labels = Labels::default();
    let names: FastMap<i64, u32> = ground
        .index
        .stretches()
        .chunk_by(|one, other| one.thread == other.thread)
        .map(|stretches| stretches[0].thread)
        .map(|thread| (thread, labels.number(Label::Name((ground.names)(thread)))))
        .collect();
    let sites = site_labels(ground, &mut labels);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut walker = Walker {
            index: ground.index,
            sites: &sites,
            limits,
            paths: Paths::default(),
            targets: FastMap::default(),
            seen: Vec::new(),
        };
        loop {
            let begin = next.fetch_add(SHARE, Ordering::Relaxed);
            let stretches = ground.index.stretches();
            if begin >= stretches.len() {
                return walker.paths;
            }
            let share = &stretches[begin..stretches.len().min(begin + SHARE)];
            for stretch in share.iter().filter(|stretch| (ground.wanted)(stretch.thread)) {
                walker.stretch(stretch, names[&stretch.thread], method, choice);
            }
        }
    };
    let paths = thread::scope(|scope| {
        let others: Vec<_> = (1..workers.max(1)).map(|_| scope.spawn(work)).collect();
        let mut paths = work();
        for other in others {
            paths.merge(&other.join().unwrap_or_default());
        }
        paths
    });
    Graph { paths, labels }
}

fn site_labels(ground: &Ground, labels: &mut Labels) -> SiteLabels {
    let sites = ground.index.sites();
    let target = |site: &Site| Label::Target { kstack: site.kstack, ustack: site.ustack };
    let targets = sites.iter().map(|site| labels.number(target(site))).collect();
    let wakers = sites.iter().map(|site| match site.waker {
        Waker::Nobody => NOBODY,
        Waker::Terminal(context) => {
            labels.number(Label::Terminal { context, kstack: site.waker_kstack })
        }
        Waker::Thread(thread) => labels.number(Label::Thread {
            name: (ground.names)(thread),
            kstack: site.waker_kstack,
            ustack: site.waker_ustack,
        }),
    });
    SiteLabels { targets, wakers: wakers.collect() }
}

/// The state of one worker.
pub struct Walker<'a> {
    pub index: &'a Index,
    sites: &'a SiteLabels,
    pub limits: Limits,
    pub paths: Paths,
    targets: FastMap<(u32, u32), u32>,
    /// The threads on the path that is followed; kept between waits for its room.
    pub seen: Vec<i64>,
}

impl Walker<'_> {
    /// Explains the chosen waits of a stretch of a thread whose name has the label `name`.
    fn stretch(&mut self, stretch: &Stretch, name: u32, method: Method, choice: &Choice) {
        for place in 0..stretch.len {
            let found = self.index.wait(stretch, place);
            let site = &self.index.sites()[found.site as usize];
            if site.kind != Kind::Voluntary || !choice.takes(&found, site.state) {
                continue;
            }
            let target = self.target(name, found.site);
            match method {
                Method::Whole => whole::walk(self, stretch.thread, &found, target),
                Method::Resolved => resolved::walk(self, stretch.thread, &found, target),
            }
        }
    }

    /// The path of a target: its name and the stacks with which it left the CPU.
    fn target(&mut self, name: u32, site: u32) -> u32 {
        if let Some(node) = self.targets.get(&(name, site)) {
            return *node;
        }
        let parent = self.paths.child(ROOT, name);
        let node = self.paths.child(parent, self.sites.targets[site as usize]);
        self.targets.insert((name, site), node);
        node
    }

    /// Bills time to a leaf below a path.
    pub fn bill(&mut self, parent: u32, label: u32, ns: i64) {
        let node = self.paths.child(parent, label);
        self.paths.add(node, ns);
    }

    /// The label of whoever ended a wait.
    pub fn waker(&self, site: u32) -> Option<u32> {
        Some(self.sites.wakers[site as usize]).filter(|label| *label != NOBODY)
    }

    /// The thread behind the wakeup that ended a wait.
    pub fn waker_thread(&self, site: u32) -> Option<i64> {
        match self.index.sites()[site as usize].waker {
            Waker::Thread(thread) => Some(thread),
            Waker::Nobody | Waker::Terminal(_) => None,
        }
    }
}
