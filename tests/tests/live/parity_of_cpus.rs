//! runqlen, softirqs and hardirqs on the same seconds. They see the whole machine, from a little before the
//! recording to a little after it; that difference in time is all that is tolerated, with the
//! chance of so many events: three times the root of their number.

use afterwake_tests::program::{number, sql, view};
use serde_json::Value;

use crate::machine::{Machine, workload};
use crate::tool::Tool;

const STREAMS: &str = "sample,softirq,hardirq";

#[test]
fn interrupts_are_counted_alike() {
    let Some(machine) = Machine::take() else { return };
    // Each event with its instant on the recording's clock: the same interval can be cut out.
    let softirqs = Tool::bpftrace(
        "tracepoint:irq:softirq_entry { @begin[cpu] = nsecs; }
         tracepoint:irq:softirq_exit /@begin[cpu]/
            { printf(\"%llu %d %llu\\n\", @begin[cpu], args->vec, nsecs - @begin[cpu]); }",
    );
    let hardirqs = Tool::bpftrace(
        "tracepoint:irq:irq_handler_entry { @begin[cpu] = nsecs; }
         tracepoint:irq:irq_handler_exit /@begin[cpu]/
            { printf(\"%llu %d %llu\\n\", @begin[cpu], args->irq, nsecs - @begin[cpu]); }",
    );
    let output = machine.record(&["-e", STREAMS], &[&workload(), "w12"]);
    let [softirqs, hardirqs] = [softirqs, hardirqs].map(|tool| tool.stop());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let recording = machine.recording();
    let span = sql(&recording, "SELECT start_ts, stop_ts FROM recording");
    let [start, stop] =
        ["start_ts", "stop_ts"].map(|name| span[0][name].as_i64().expect("an instant"));

    // One may be cut by each end on each CPU.
    const SPARE: i64 = 4;
    let within = |said: &str| -> Vec<i64> {
        let numbers = |line: &str| -> Option<[i64; 3]> {
            let mut numbers = line.split(' ').map(|word| word.parse().ok());
            Some([numbers.next()??, numbers.next()??, numbers.next()??])
        };
        let events = said.lines().filter_map(numbers);
        let inside = events.filter(|[begin, _, took]| *begin >= start && begin + took < stop);
        inside.map(|[_, kind, _]| kind).collect()
    };
    let seen = within(&softirqs);
    assert!(seen.len() > 100, "few softirqs: {softirqs}");
    for (vector, name) in [(1, "timer"), (3, "net_rx"), (4, "block"), (7, "sched"), (9, "rcu")] {
        let theirs = seen.iter().filter(|kind| **kind == vector).count() as i64;
        let ours =
            number(&recording, &format!("SELECT count(*) FROM softirq WHERE vector = '{name}'"));
        assert!((ours - theirs).abs() <= SPARE, "{name}: {ours} softirqs, bpftrace saw {theirs}");
    }
    let seen = within(&hardirqs);
    let kinds =
        sql(&recording, "SELECT irq, name, count(*) AS rows FROM hardirq GROUP BY irq, name");
    assert!(!kinds.is_empty(), "no hardware interrupt: {hardirqs}");
    let shown = view("hardirqs", &recording, &["-C"]);
    for kind in &kinds {
        let theirs = seen.iter().filter(|irq| kind["irq"] == **irq).count() as i64;
        let ours = kind["rows"].as_i64().unwrap_or(0);
        assert!((ours - theirs).abs() <= SPARE, "{kind}: bpftrace saw {theirs}");
        let row = shown.iter().find(|row| row["hardirq"] == kind["name"]);
        assert!(
            row.is_some_and(|row| row["total_count"].as_i64() >= Some(ours)),
            "{kind}: {shown:?}"
        );
    }
}

#[test]
fn run_queues_are_as_long() {
    let Some(machine) = Machine::take() else { return };
    let runqlen = Tool::bpftrace(
        "profile:hz:99 { $run = ((struct task_struct *)curtask)->se.cfs_rq->rq->nr_running;
            @ = lhist($run > 0 ? $run - 1 : 0, 0, 32, 1); }",
    );
    let output = machine.record(&["-e", STREAMS], &[&workload(), "w11"]);
    let runqlen = runqlen.stop();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // [1, 2)    12 |@@@   |
    let theirs: Vec<(i64, i64)> = runqlen
        .lines()
        .filter_map(|line| {
            let (length, rest) = line.strip_prefix('[')?.split_once(',')?;
            let counted = rest.split_once(')')?.1.split('|').next()?;
            Some((length.parse().ok()?, counted.trim().parse().ok()?))
        })
        .collect();
    let all: i64 = theirs.iter().map(|(_, counted)| counted).sum();
    assert!(all > 100, "few samples: {runqlen}");
    let shown = view("runqlen", &machine.recording(), &[]);
    let total: i64 = shown.iter().map(count).sum();
    // They sample until they are stopped, and while they start.
    let spare = 3.0 * (all as f64).sqrt();
    let waiting = |from: &dyn Fn(i64) -> bool, histogram: &[(i64, i64)]| -> f64 {
        histogram
            .iter()
            .filter(|(length, _)| from(*length))
            .map(|(_, counted)| *counted as f64)
            .sum()
    };
    let ours: Vec<(i64, i64)> = shown
        .iter()
        .filter_map(|row| Some((row["bucket"].as_i64().or(row["runqlen"].as_i64())?, count(row))))
        .collect();
    assert!(total <= all + 2 && all - total <= 2 * 99 * 2, "{total} samples, bpftrace has {all}");
    // Two spinning threads on each CPU: one of them waits.
    let [theirs, ours] = [&theirs, &ours].map(|histogram| waiting(&|length| length > 0, histogram));
    assert!(
        (theirs - ours).abs() <= spare + (all - total) as f64,
        "{ours} samples with a queue, bpftrace has {theirs}"
    );
    assert!(ours * 2.0 > total as f64, "{ours} of {total} samples with a queue");
}

fn count(row: &Value) -> i64 {
    row["count"].as_i64().unwrap_or(0)
}
