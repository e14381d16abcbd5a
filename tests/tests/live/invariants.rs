//! What holds in every recording of a whole machine, whatever ran.

use afterwake_schema::recording::Manifest;
use afterwake_schema::streams::ALL;
use afterwake_tests::program::{number, sql};

use crate::machine::{Machine, workload};

/// Voluntary, and a birth or a first sight counts as such: what a waker may have waited for last.
const LINKED: &str = "(NOT preempted AND state <> 0 OR off_ts IS NULL AND woken_ts IS NOT NULL)";

/// Queries that count violations, with what they would mean. `$start`, `$stop` and `$recorder` are replaced.
const VIOLATIONS: &[(&str, &str)] = &[
    (
        "instants of waits outside of the recording",
        "SELECT count(*) FROM wait WHERE least(off_ts - coalesce(ran_ns, 0), woken_ts, on_ts) < $start
            OR greatest(off_ts, woken_ts, on_ts) > $stop",
    ),
    ("samples outside of the recording", "SELECT count(*) FROM sample WHERE ts < $start OR ts > $stop"),
    (
        "waits of the recorder or of idle",
        "SELECT count(*) FROM wait WHERE pid = $recorder OR tid = 0",
    ),
    (
        "calls outside of the recording, or of the recorder",
        "SELECT count(*) FROM (
            SELECT pid, ts, duration_ns, ret FROM path UNION ALL SELECT pid, ts, duration_ns, ret FROM io
            UNION ALL SELECT pid, ts, duration_ns, ret FROM sock
            UNION ALL SELECT pid, ts, duration_ns, ret FROM misc
         ) WHERE ts < $start OR ts + coalesce(duration_ns, 0) > $stop OR pid = $recorder
            OR (duration_ns IS NULL) <> (ret IS NULL)",
    ),
    (
        "requests that are done before they begin",
        "SELECT count(*) FROM block_io WHERE done_ts < issue_ts OR issue_ts < queue_ts
            OR least(queue_ts, issue_ts, done_ts) < $start OR greatest(queue_ts, issue_ts, done_ts) > $stop",
    ),
    (
        "calls without a name",
        "SELECT count(*) FROM (SELECT syscall FROM path UNION SELECT syscall FROM io
            UNION SELECT syscall FROM sock UNION SELECT syscall FROM misc)
         WHERE syscall NOT IN (SELECT number FROM syscall)",
    ),
    (
        "sums of no second, or of nothing",
        "SELECT count(*) FROM rest WHERE (ts - $start) % 1000000000 <> 0 OR ts >= $stop OR count <= 0
            OR total_ns < least_ns * count",
    ),
    ("samples of the recorder or of idle", "SELECT count(*) FROM sample WHERE pid = $recorder OR tid = 0"),
    (
        "waits told twice",
        "SELECT count(*) FROM (SELECT 1 FROM wait GROUP BY thread, seq HAVING count(*) > 1)",
    ),
    (
        "threads that nobody knows",
        "SELECT count(*) FROM wait WHERE thread NOT IN (SELECT thread FROM thread)",
    ),
    (
        "wakers that nobody knows",
        "SELECT count(*) FROM wait WHERE waker NOT IN (SELECT thread FROM thread)",
    ),
    (
        "stacks that were never sent",
        "SELECT count(*) FROM (
            SELECT kstack AS used FROM wait UNION SELECT ustack FROM wait
            UNION SELECT waker_kstack FROM wait UNION SELECT waker_ustack FROM wait
            UNION SELECT kstack FROM sample UNION SELECT ustack FROM sample
            UNION SELECT kstack FROM block_io
         ) WHERE used IS NOT NULL AND used NOT IN (SELECT id FROM stack)",
    ),
    (
        "frames without a row",
        "SELECT count(*) FROM (SELECT DISTINCT unnest(frames) AS frame FROM stack)
         WHERE frame NOT IN (SELECT id FROM frame)",
    ),
    (
        "modules without a row",
        "SELECT count(*) FROM frame WHERE module NOT IN (SELECT id FROM module)",
    ),
    (
        "wakers of threads that stayed runnable",
        "SELECT count(*) FROM wait WHERE (preempted OR state = 0) AND off_ts IS NOT NULL
            AND (woken_ts IS NOT NULL OR waker IS NOT NULL)",
    ),
    ("threads that woke themselves", "SELECT count(*) FROM wait WHERE waker = thread"),
    (
        "runs of one thread that do not begin where its wait ended",
        "SELECT count(*) FROM wait a JOIN wait b ON b.thread = a.thread AND b.seq = a.seq + 1
         WHERE b.off_ts - b.ran_ns <> a.on_ts",
    ),
    (
        "runs that overlap on one CPU",
        "SELECT count(*) FROM (
            SELECT begin_ts, lag(off_ts) OVER (PARTITION BY off_cpu ORDER BY off_ts) AS before
            FROM (SELECT off_cpu, off_ts, off_ts - ran_ns AS begin_ts FROM wait
                WHERE ran_ns IS NOT NULL AND off_cpu IS NOT NULL)
         ) WHERE begin_ts < before",
    ),
    (
        "wakers' last waits that ended after the wakeup, or were not waits",
        "SELECT count(*) FROM wait a JOIN (SELECT *, $linked AS linked FROM wait) b
            ON b.thread = a.waker AND b.seq = a.waker_seq
         WHERE b.on_ts > a.woken_ts OR NOT b.linked",
    ),
    (
        "wakers' waits between the one linked and the wakeup",
        "SELECT count(*) FROM wait a JOIN (
            SELECT thread, seq, lead(on_ts) OVER (PARTITION BY thread ORDER BY seq) AS next_on
            FROM wait WHERE $linked
         ) b ON b.thread = a.waker AND b.seq = a.waker_seq
         WHERE b.next_on <= a.woken_ts",
    ),
];

#[test]
fn a_recording_is_consistent() {
    let Some(machine) = Machine::take() else { return };
    let script = format!("for load in w8 w15 execs w3; do {} $load; done", workload());
    let recording = machine.recording();
    let lost = || {
        let output = machine.record(&[], &["sh", "-c", &script]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        sql(
            &recording,
            "SELECT reason, stream, sum(rows) AS rows FROM lost WHERE reason <> 'switch'
             GROUP BY reason, stream ORDER BY reason, stream",
        )
    };
    // A busy host may hold up the recorder once; twice is a fault.
    let first = lost();
    if !first.is_empty() {
        std::fs::remove_dir_all(&recording).expect("it can be removed");
        let second = lost();
        assert!(second.is_empty(), "rows lost: {second:?}, and in the recording before {first:?}");
    }
    let (manifest, complete) = Manifest::read(&recording).expect("a manifest");
    assert!(complete, "it is complete");
    let stop = manifest.clock.stop_ns.expect("a stop");

    for stream in ALL {
        let rows = number(&recording, &format!("SELECT count(*) FROM {}", stream.name));
        let told = manifest.rows.get(stream.name).copied().unwrap_or(0);
        assert_eq!(rows, told as i64, "rows of {} that recording.json tells", stream.name);
    }
    for (what, query) in VIOLATIONS {
        let query = query
            .replace("$start", &manifest.clock.start_ns.to_string())
            .replace("$stop", &stop.to_string())
            .replace("$recorder", &manifest.options.recorder_pid.to_string())
            .replace("$linked", LINKED);
        assert_eq!(number(&recording, &query), 0, "{what}: {query}");
    }
}
