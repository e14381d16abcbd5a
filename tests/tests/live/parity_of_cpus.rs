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
    let hardirqs = Tool::start("hardirqs", &["-C"]);
    let output = machine.record(&["-e", STREAMS], &[&workload(), "w12"]);
    let (softirqs, hardirqs) = (softirqs.stop(), hardirqs.stop());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let recording = machine.recording();
    let span = sql(&recording, "SELECT start_ts, stop_ts FROM recording");
    let [start, stop] =
        ["start_ts", "stop_ts"].map(|name| span[0][name].as_i64().expect("an instant"));

    let events: Vec<[i64; 3]> = softirqs
        .text
        .lines()
        .filter_map(|line| {
            let mut numbers = line.split(' ').map(|word| word.parse().ok());
            Some([numbers.next()??, numbers.next()??, numbers.next()??])
        })
        .filter(|[begin, _, took]| *begin >= start && begin + took < stop)
        .collect();
    assert!(events.len() > 100, "few softirqs: {}", softirqs.text);
    for (vector, name) in [(1, "timer"), (7, "sched"), (9, "rcu")] {
        let theirs = events.iter().filter(|[_, kind, _]| *kind == vector).count() as i64;
        let ours =
            number(&recording, &format!("SELECT count(*) FROM softirq WHERE vector = '{name}'"));
        // One may be cut by each end on each CPU.
        assert!((ours - theirs).abs() <= 4, "{name}: {ours} softirqs, bpftrace saw {theirs}");
    }

    let shown = view("hardirqs", &recording, &["-C"]);
    let seconds = (stop - start) as f64 / 1e9;
    for row in &shown {
        let name = row["hardirq"].as_str().unwrap_or_default();
        let theirs = hardirqs.text.lines().find_map(|line| {
            let (known, count) = line.rsplit_once(' ')?;
            (known.trim() == name).then(|| count.trim().parse::<i64>().ok())?
        });
        let (ours, theirs) = (row["total_count"].as_i64().unwrap_or(0), theirs.unwrap_or(0));
        let edges = theirs as f64 * (1.0 - seconds / hardirqs.span.as_secs_f64()).max(0.0);
        let spare = 10.0 + 2.0 * edges + 3.0 * (theirs as f64).sqrt();
        assert!(ours <= theirs + 1, "{name}: {ours}, hardirqs has only {theirs}");
        assert!((theirs - ours) as f64 <= spare, "{name}: {ours}, hardirqs has {theirs}");
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
        .text
        .lines()
        .filter_map(|line| {
            let (length, rest) = line.strip_prefix('[')?.split_once(',')?;
            let counted = rest.split_once(')')?.1.split('|').next()?;
            Some((length.parse().ok()?, counted.trim().parse().ok()?))
        })
        .collect();
    let all: i64 = theirs.iter().map(|(_, counted)| counted).sum();
    assert!(all > 100, "few samples: {}", runqlen.text);
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
