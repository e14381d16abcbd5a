//! What a recording tells of one thread, as sums over its rows of `wait`.

use std::path::Path;

use afterwake_tests::program::sql;

use crate::truth::Part;

/// The rows of a thread that left the CPU within its stamps.
#[derive(Clone, Debug)]
pub struct Facts {
    pub voluntary: i64,
    pub involuntary: i64,
    /// Rows that `seq` says are missing, between the one before the stamps and the one after.
    pub missing: i64,
    /// Waits whose end was not seen: what follows them is not told either.
    pub unended: i64,
    /// Voluntary waits without a waking.
    pub unwoken: i64,
    /// Voluntary waits: from the switch-out to the waking, and from there to the CPU.
    pub blocked_ns: i64,
    pub queued_ns: i64,
    /// Involuntary waits.
    pub preempted_ns: i64,
    /// Runs, cut to the stamps.
    pub run_ns: i64,
    /// Runs and waits, cut to the stamps.
    pub told_ns: i64,
}

impl Facts {
    #[track_caller]
    pub fn of(recording: &Path, part: &Part) -> Self {
        let (tid, begin, end) = (part.get("tid"), part.get("begin_ns"), part.get("end_ns"));
        let query = format!(
            "WITH own AS (
                SELECT *,
                    NOT preempted AND state <> 0 AND state & 128 = 0 AS voluntary,
                    least(greatest(coalesce(woken_ts, on_ts), off_ts), on_ts) AS woken,
                    off_ts >= {begin} AND off_ts < {end} AS inside
                FROM wait WHERE tid = {tid}
            )
            SELECT
                count(*) FILTER (WHERE inside AND voluntary) AS voluntary,
                count(*) FILTER (WHERE inside AND NOT voluntary) AS involuntary,
                min(seq) FILTER (WHERE off_ts >= {end})
                    - max(seq) FILTER (WHERE coalesce(off_ts, on_ts) < {begin}) - 1
                    - count(*) FILTER (WHERE inside) AS missing,
                count(*) FILTER (WHERE inside AND on_ts IS NULL AND NOT open AND state & 128 = 0)
                    AS unended,
                count(*) FILTER (WHERE inside AND voluntary AND woken_ts IS NULL) AS unwoken,
                sum(woken - off_ts) FILTER (WHERE inside AND voluntary AND on_ts IS NOT NULL)
                    AS blocked_ns,
                sum(on_ts - woken) FILTER (WHERE inside AND voluntary) AS queued_ns,
                sum(on_ts - off_ts) FILTER (WHERE inside AND NOT voluntary) AS preempted_ns,
                sum(least(off_ts, {end}) - greatest(off_ts - ran_ns, {begin}))
                    FILTER (WHERE off_ts > {begin} AND off_ts - ran_ns < {end}) AS run_ns,
                sum(least(on_ts, {end}) - greatest(off_ts, {begin}))
                    FILTER (WHERE on_ts > {begin} AND off_ts < {end}) AS off_ns
            FROM own"
        );
        let rows = sql(recording, &query);
        let get = |name: &str| rows[0][name].as_i64().unwrap_or(0);
        Self {
            voluntary: get("voluntary"),
            involuntary: get("involuntary"),
            missing: get("missing"),
            unended: get("unended"),
            unwoken: get("unwoken"),
            blocked_ns: get("blocked_ns"),
            queued_ns: get("queued_ns"),
            preempted_ns: get("preempted_ns"),
            run_ns: get("run_ns"),
            told_ns: get("run_ns") + get("off_ns"),
        }
    }

    /// What its rows do not account for of the stamped time, and a hundredth to spare.
    pub fn untold_ns(&self, part: &Part) -> i64 {
        (part.wall_ns() - self.told_ns).max(0) + part.wall_ns() / 100
    }

    /// Every switch that the kernel counted is a row, or a gap that says it is missing.
    #[track_caller]
    pub fn assert_all_switches(&self, part: &Part) {
        let name = part.name();
        let counted = part.get("voluntary") + part.get("involuntary");
        let rows = self.voluntary + self.involuntary;
        // A missing row at the edge may belong to either side of it.
        assert!(
            rows <= counted && counted <= rows + self.missing,
            "{name}: rows and gaps are not the switches the kernel counted: {self:?}, {part:?}"
        );
        let allowed = unseen(counted);
        assert!(self.missing <= allowed, "{name}: {} of {counted} not seen", self.missing);
        assert!(self.unwoken <= allowed, "{name}: {} of {counted} wakings not seen", self.unwoken);
        if self.missing == 0 {
            assert_eq!(self.voluntary, part.get("voluntary"), "{name}: voluntary switches");
            assert_eq!(self.involuntary, part.get("involuntary"), "{name}: involuntary switches");
        }
    }
}

/// How many of so many events may go unseen: some hosts silence the scheduler's tracepoints while
/// a thread of PID 1 is on the CPU. The recording must say that they are missing.
fn unseen(counted: i64) -> i64 {
    3 + counted / 20
}
