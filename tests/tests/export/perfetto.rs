//! Traces for Perfetto, decoded with its published schema.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use afterwake_tests::machine::recording::WALL;
use afterwake_tests::program::{number, sql, view};
use serde_json::Value;

use crate::machine::{check, demo, machine, of_object, run, sums};

/// From here on thread ids stand for what is not recorded.
const NOBODY: i64 = 2_147_483_646;

/// What must hold of a trace, whatever was lost.
fn perfetto_is_right(recording: &Path, trace: &Value) {
    // A run that lasted to the stop was where the wait before it ended.
    let runs = "SELECT tid, sum(ran_ns) \
        FROM (SELECT *, lag(on_ts) OVER (PARTITION BY thread ORDER BY seq) AS before_ts FROM wait) \
        WHERE off_cpu IS NOT NULL OR before_ts = off_ts - ran_ns GROUP BY tid";
    assert_eq!(of_object(&trace["running"]), sums(recording, runs));
    states_are_right(recording, trace);
    let wakers = "SELECT w.tid, CASE WHEN w.woken_ts > w.off_ts OR w.off_ts IS NULL THEN w.woken_ts ELSE w.off_ts + 1 END AS ts, \
        t.tid AS waker, w.waker_cpu AS cpu, w.born \
        FROM wait w JOIN threads t ON w.waker = t.thread \
        WHERE w.waker_cpu IS NOT NULL AND (w.on_ts IS NOT NULL OR w.open) AND (w.off_ts IS NULL OR w.off_ts - w.woken_ts <= 1000000)";
    let mut expected: BTreeSet<[i64; 4]> = BTreeSet::new();
    let mut births: BTreeSet<[i64; 3]> = BTreeSet::new();
    for row in sql(recording, wakers) {
        let of = |name: &str| row[name].as_i64().expect("a number");
        if row["born"] == true {
            births.insert([of("tid"), of("ts"), of("waker")]);
        } else {
            expected.insert([of("tid"), of("ts"), of("waker"), of("cpu")]);
        }
    }
    let numbers = |list: &Value| -> Vec<i64> {
        list.as_array()
            .expect("a list")
            .iter()
            .map(|number| number.as_i64().expect("a number"))
            .collect()
    };
    let told: Vec<Vec<i64>> =
        trace["wakers"].as_array().expect("a list").iter().map(numbers).collect();
    let by_thread = told.iter().filter(|told| told[3] == 0 && told[2] != 0 && told[2] < NOBODY);
    assert_eq!(
        by_thread.map(|told| [told[0], told[1], told[2], told[4]]).collect::<BTreeSet<_>>(),
        expected
    );
    assert!(!expected.is_empty());
    let told_births = trace["births"].as_array().expect("a list").iter().map(numbers);
    let told_births = told_births.filter(|told| told[2] < NOBODY);
    assert_eq!(
        told_births.map(|told| [told[0], told[1], told[2]]).collect::<BTreeSet<_>>(),
        births
    );
    let by_interrupts = told.iter().filter(|told| told[3] != 0).count() as i64;
    let interrupts = "SELECT count(*) FROM wait WHERE waker IS NULL AND waker_context IN ('hardirq', 'softirq', 'nmi') \
        AND (on_ts IS NOT NULL OR open) AND waker_cpu IS NOT NULL AND (off_ts IS NULL OR off_ts - woken_ts <= 1000000)";
    assert_eq!(by_interrupts, number(recording, interrupts));
    assert_eq!(trace["samples"], number(recording, "SELECT count(*) FROM sample"));
    let stacks = "SELECT tid || ' ' || stack_text(ustack, kstack, FALSE, FALSE), count(*) FROM sample GROUP BY 1";
    let told_stacks = trace["stacks"].as_array().expect("a list").iter();
    let text = |stack: &Value| stack.as_str().map(str::to_owned).expect("text");
    let told_stacks = told_stacks.map(|told| {
        (format!("{} {}", told[0], text(&told[1])), told[2].as_i64().expect("a count"))
    });
    assert_eq!(told_stacks.collect::<BTreeMap<_, _>>(), sums(recording, stacks));
    let calls = "SELECT (SELECT count(*) FROM path) + (SELECT count(*) FROM io) + (SELECT count(*) FROM sock) + (SELECT count(*) FROM misc)";
    assert_eq!(trace["calls"], number(recording, calls));
    let names = "SELECT name, sum(count) FROM calls WHERE NOT summed GROUP BY name";
    assert_eq!(of_object(&trace["call_names"]), sums(recording, names));
    assert_eq!(
        trace["requests"],
        number(
            recording,
            "SELECT count(*) FROM block_io WHERE queue_ts IS NOT NULL OR issue_ts IS NOT NULL"
        )
    );
    assert_eq!(
        trace["counters"],
        number(
            recording,
            "SELECT count(*) FROM counter CROSS JOIN recording WHERE ts BETWEEN start_ts AND stop_ts"
        )
    );
}

/// The states that follow from the events last as long as the view says.
fn states_are_right(recording: &Path, trace: &Value) {
    let mut expected: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    for row in view("threadstates", recording, &["-t", "-n"]) {
        let ns = |name: &str| row[name].as_i64().expect("nanoseconds");
        let own = expected.entry(row["tid"].to_string()).or_default();
        own[0] += ns("running_ns");
        own[1] += ns("runnable_ns") + ns("preempted_ns");
        own[2] += ns("blocked_ns");
    }
    // Of a thread that slept from the begin to the stop there is no event.
    let asleep = "SELECT tid, count(*) * min(stop_ts - start_ts) FROM wait CROSS JOIN recording \
        WHERE open AND off_ts IS NULL AND woken_ts IS NULL AND state <> 0 GROUP BY tid";
    for (tid, ns) in sums(recording, asleep) {
        expected.get_mut(&tid).expect("a thread")[2] -= ns;
    }
    let waits = sums(recording, "SELECT tid, count(*) FROM wait GROUP BY tid");
    for (tid, expected) in expected {
        let told = |state: &str| trace["state_ns"][&tid][state].as_i64().unwrap_or(0);
        for (state, expected) in ["running", "runnable", "blocked"].into_iter().zip(expected) {
            // A wakeup just before the switch-out is told a nanosecond after it.
            let off = (told(state) - expected).abs();
            assert!(
                off <= waits[&tid],
                "{tid} was {state} for {} ns, not {expected} ns",
                told(state)
            );
        }
    }
}

fn perfetto(recording: &Path, output: &Path, flags: &[&str], test: &str) -> Option<Value> {
    let answer = run(recording, "perfetto", output, flags).good();
    assert!(!answer.stderr.contains("left out"), "{}", answer.stderr);
    let stop = number(recording, "SELECT stop_ts FROM recording").to_string();
    check("perfetto_trace.py", output, &[Path::new(&stop)], test)
}

#[test]
fn perfetto_tells_what_happened() {
    let place = machine(1, 0);
    let (recording, output) = (place.path(), place.output("trace"));
    let Some(trace) = perfetto(&recording, &output, &[], "perfetto_tells_what_happened") else {
        return;
    };
    perfetto_is_right(&recording, &trace);
    assert_eq!(trace["lost_ns"], 0);
    assert_eq!(trace["realtime"], WALL);
    let runs = "SELECT tid, sum(ran_ns) FROM wait GROUP BY tid";
    assert_eq!(of_object(&trace["running"]), sums(&recording, runs));
    let mut states: BTreeMap<String, i64> = BTreeMap::new();
    for own in trace["states"].as_object().expect("an object").values() {
        for (state, count) in of_object(own) {
            *states.entry(state).or_default() += count;
        }
    }
    let letter = "CASE task_state(state, preempted) WHEN 'R' THEN 0 WHEN 'R+' THEN 256 WHEN 'S' THEN 1 WHEN 'D' THEN 2 \
        WHEN 'T' THEN 4 WHEN 'X' THEN 16 ELSE -1 END";
    let expected =
        format!("SELECT {letter}, count(*) FROM wait WHERE off_ts IS NOT NULL GROUP BY 1");
    assert_eq!(states, sums(&recording, &expected));
}

/// Time that may have been anybody's is nobody's, and what is left still adds up.
#[test]
fn perfetto_makes_nothing_up() {
    let place = machine(2, 8);
    let (recording, output) = (place.path(), place.output("trace"));
    let Some(trace) = perfetto(&recording, &output, &[], "perfetto_makes_nothing_up") else {
        return;
    };
    perfetto_is_right(&recording, &trace);
    assert!(trace["lost_ns"].as_i64() > Some(0), "{}", trace["lost_ns"]);
    let without_state: i64 = trace["states"]
        .as_object()
        .expect("an object")
        .values()
        .map(|own| own["32768"].as_i64().unwrap_or(0))
        .sum();
    assert!(without_state > 0);
}

#[test]
fn perfetto_reads_a_real_recording() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let test = "perfetto_reads_a_real_recording";
    let Some(trace) = perfetto(&demo(), &folder.path().join("trace"), &[], test) else { return };
    perfetto_is_right(&demo(), &trace);
}

#[test]
fn perfetto_keeps_to_the_window() {
    let place = machine(3, 0);
    let recording = place.path();
    let flags = ["--from", "50ms", "--to", "150ms"];
    let Some(trace) =
        perfetto(&recording, &place.output("trace"), &flags, "perfetto_keeps_to_the_window")
    else {
        return;
    };
    let runs = "SELECT tid, sum(overlap_ns(off_ts - ran_ns, off_ts, start_ts + 50000000, start_ts + 150000000)) \
        FROM wait CROSS JOIN recording GROUP BY tid";
    assert_eq!(of_object(&trace["running"]), sums(&recording, runs));
}
