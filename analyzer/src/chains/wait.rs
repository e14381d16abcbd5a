//! One row of the `wait` table in plain numbers, and the instants it is taken to mean.

use super::site::{Kind, Site, Waker};

/// A waking may be stamped before the switch-out it ends, because two CPUs stamped them. One that
/// lies further back belonged to a sleep that was cancelled.
pub const EARLY_MAX_NS: i64 = 1_000_000;

/// The bit of `state` that marks a thread's last switch-out.
pub const DEAD: u32 = 0x80;

/// What issued a wakeup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    #[default]
    Task,
    Softirq,
    Hardirq,
    Nmi,
    Idle,
}

impl Context {
    /// The context of that name in the recording.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "task" => Self::Task,
            "softirq" => Self::Softirq,
            "hardirq" => Self::Hardirq,
            "nmi" => Self::Nmi,
            "idle" => Self::Idle,
            _ => return None,
        })
    }
}

/// A row of the `wait` table. Stacks are 0 where there are none.
#[derive(Clone, Debug, Default)]
pub struct Wait {
    pub thread: i64,
    pub seq: u32,
    pub state: u32,
    pub ran_ns: Option<i64>,
    pub off_ts: Option<i64>,
    pub woken_ts: Option<i64>,
    pub on_ts: Option<i64>,
    pub kstack: i64,
    pub ustack: i64,
    pub waker: Option<i64>,
    pub waker_seq: Option<u32>,
    pub waker_kstack: i64,
    pub waker_ustack: i64,
    pub waker_context: Option<Context>,
    pub preempted: bool,
    pub born: bool,
}

/// The instants of a wait after clamping: off `o`, woken `w`, on `i`, with `o <= w <= i`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instants {
    pub o: i64,
    pub w: i64,
    pub i: i64,
}

impl Wait {
    /// What the row is and when; `None` for a thread that never ran, which nobody can have waited for.
    pub fn read(&self) -> Option<(Instants, Site)> {
        let (kind, instants) = self.classify()?;
        let waker = match kind {
            Kind::Voluntary if self.was_woken() => self.issuer(),
            Kind::Born => self.issuer(),
            _ => Waker::Nobody,
        };
        let edge = waker != Waker::Nobody;
        let site = Site {
            kind,
            state: self.state,
            kstack: self.kstack,
            ustack: self.ustack,
            waker,
            waker_kstack: if edge { self.waker_kstack } else { 0 },
            waker_ustack: if edge { self.waker_ustack } else { 0 },
        };
        Some((instants, site))
    }

    fn classify(&self) -> Option<(Kind, Instants)> {
        let at = |instant| Instants { o: instant, w: instant, i: instant };
        let Some(off) = self.off_ts else {
            let first = self.woken_ts.or(self.on_ts)?;
            let on = self.on_ts?.max(first);
            let kind = if self.born { Kind::Born } else { Kind::Unseen };
            return Some((kind, Instants { o: first, w: first, i: on }));
        };
        let Some(on) = self.on_ts.filter(|_| self.state & DEAD == 0) else {
            return Some((Kind::Ended, at(off)));
        };
        let on = on.max(off);
        if self.preempted || self.state == 0 {
            return Some((Kind::Involuntary, Instants { o: off, w: off, i: on }));
        }
        let woken = if self.was_woken() { self.woken_ts.unwrap_or(on) } else { on };
        Some((Kind::Voluntary, Instants { o: off, w: woken.max(off).min(on), i: on }))
    }

    /// Whether the wait has a waking of its own.
    fn was_woken(&self) -> bool {
        match (self.off_ts, self.woken_ts) {
            (Some(off), Some(woken)) => off - woken <= EARLY_MAX_NS,
            (None, woken) => woken.is_some(),
            (_, None) => false,
        }
    }

    fn issuer(&self) -> Waker {
        match (self.waker, self.waker_context) {
            (Some(thread), _) => Waker::Thread(thread),
            (None, Some(context)) => Waker::Terminal(context),
            (None, None) => Waker::Nobody,
        }
    }
}
