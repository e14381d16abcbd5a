//! Sums and histograms of a recording as one OpenMetrics exposition, stamped with the end of the window.
//!
//! Names of threads and system calls are labels; beyond [`MOST_NAMES`] of each the rest is one, so that nobody's
//! time series database drowns.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write;

use anyhow::Result;

use super::Export;
use super::rows::each;
use crate::output::{Output, finish};
use crate::run;
use crate::view::{Type, substitute};

pub const TABLES: &[&str] = &["wait", "sample", "block_io", "path", "io", "sock", "misc", "rest"];

const MOST_NAMES: usize = 50;
const OTHERS: &str = "[others]";

/// Upper edges of buckets are powers of two less 1 ns: what is counted by [`log2_bucket`] falls into them exactly.
const BUCKETS: std::ops::RangeInclusive<u32> = 10..=36;

/// How long threads waited for a CPU, as `runqlat` has it.
const RUN_QUEUE: &str = "SELECT '', log2_bucket(ns), count(*), CAST(sum(ns) AS BIGINT) FROM (
    SELECT on_ts - runnable_ts(coalesce(off_ts, woken_ts), woken_ts, on_ts,
        state <> 0 AND NOT preempted AND off_ts IS NOT NULL) AS ns
    FROM wait
    WHERE on_ts > $from AND on_ts <= $to AND state & 128 = 0
        AND ((off_ts IS NULL AND woken_ts IS NOT NULL)
            OR (off_ts IS NOT NULL AND (preempted OR state = 0 OR off_ts - woken_ts <= 1000000)))
) GROUP BY 1, 2";

const DISK: &str = "SELECT disk, log2_bucket(service_ns), CAST(sum(count) AS BIGINT), CAST(sum(total_ns) AS BIGINT)
FROM disk_io
WHERE done_ts <= $to AND (done_ts > $from OR (summed AND $from = $start)) AND service_ns IS NOT NULL
GROUP BY 1, 2";

const CALLS: &str = "SELECT name, log2_bucket(duration_ns), CAST(sum(count) AS BIGINT), CAST(sum(total_ns) AS BIGINT)
FROM calls
WHERE ts <= $to AND (ts > $from OR (summed AND $from = $start))
GROUP BY 1, 2";

const STATES: [&str; 6] = ["running", "runnable", "preempted", "blocked", "unknown", "lost"];

pub fn write(export: &Export<'_>, output: &Output) -> Result<()> {
    let mut page = Page { text: String::new(), stamp: seconds(export.wall_ns(export.window.end)) };
    let host = &export.member.manifest.host;
    page.head("afterwake_recording", "info", "", "What was recorded.");
    let cpus = host.cpus.to_string();
    let about = [
        ("host", export.member.host()),
        ("kernel", &host.kernel),
        ("machine", &host.machine),
        ("os", &host.os),
        ("cpus", &cpus),
        ("recording", &export.member.name),
    ];
    page.sample("afterwake_recording_info", &about, 1);
    page.head(
        "afterwake_window_seconds",
        "gauge",
        "seconds",
        "Length of the part that the sums are of.",
    );
    page.sample("afterwake_window_seconds", &[], seconds(export.window.end - export.window.start));
    thread_time(export, &mut page)?;
    let histograms = [
        ("run_queue_latency", "How long threads waited for a CPU.", "", RUN_QUEUE),
        (
            "disk_latency",
            "How long requests took, from the issue to the device until they were done.",
            "disk",
            DISK,
        ),
        ("syscall_latency", "How long system calls took.", "syscall", CALLS),
    ];
    for (name, help, label, sql) in histograms {
        let name = format!("afterwake_{name}_seconds");
        page.head(&name, "histogram", "seconds", help);
        for (value, histogram) in histograms_of(export, sql)? {
            page.histogram(&name, (label, &value), &histogram);
        }
    }
    page.head("afterwake_cpu_samples", "counter", "", "Samples of busy CPUs.");
    let samples = export.sql("SELECT count(*) FROM sample WHERE ts > $from AND ts <= $to");
    each(export.session, &samples, |row| {
        page.sample("afterwake_cpu_samples_total", &[], row.number(0).unwrap_or(0));
        Ok(())
    })?;
    page.head(
        "afterwake_lost_rows",
        "counter",
        "",
        "Rows or events that were missed, of the whole recording.",
    );
    for ((stream, reason), rows) in run::lost(export.session)? {
        page.sample("afterwake_lost_rows_total", &[("stream", &stream), ("reason", &reason)], rows);
    }
    page.text.push_str("# EOF\n");
    let mut file = output.file()?;
    file.write_all(page.text.as_bytes())?;
    finish(file)
}

/// Where the time of threads went, by name and state: the sums of `threadstates`.
fn thread_time(export: &Export<'_>, page: &mut Page) -> Result<()> {
    let view = export.session.library.view("threadstates")?;
    let literals = view.flags.iter().map(|flag| {
        let literal = if flag.kind == Type::Switch { "FALSE" } else { "CAST(NULL AS BIGINT)" };
        (flag.name(), literal.to_owned())
    });
    let states = export.sql(&substitute(&view.sql, &literals.collect()));
    let sums = STATES.map(|state| format!("CAST(sum({state}_ns) AS BIGINT)")).join(", ");
    let sql =
        format!("SELECT comm, {sums} FROM ({states}) GROUP BY comm ORDER BY 2 DESC, 5 DESC, comm");
    let mut sums: Vec<(String, [i64; STATES.len()])> = Vec::new();
    each(export.session, &sql, |row| {
        let own: [i64; STATES.len()] =
            std::array::from_fn(|state| row.number(state + 1).unwrap_or(0));
        match sums.len() {
            full if full > MOST_NAMES => {
                sums[MOST_NAMES].1.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
            }
            MOST_NAMES => sums.push((OTHERS.into(), own)),
            _ => sums.push((row.text(0).into(), own)),
        }
        Ok(())
    })?;
    let name = "afterwake_thread_seconds";
    page.head(
        name,
        "counter",
        "seconds",
        "Time of threads by state; each thread has a second in every second.",
    );
    for (comm, times) in &sums {
        for (state, ns) in STATES.iter().zip(times) {
            page.sample(
                &format!("{name}_total"),
                &[("comm", comm), ("state", state)],
                seconds(*ns),
            );
        }
    }
    Ok(())
}

#[derive(Clone, Debug, Default)]
struct Histogram {
    /// Counts by the lower edge of the bucket.
    counts: BTreeMap<i64, i64>,
    count: i64,
    sum_ns: i64,
}

impl Histogram {
    fn add(&mut self, other: &Self) {
        for (edge, count) in &other.counts {
            *self.counts.entry(*edge).or_default() += count;
        }
        self.count += other.count;
        self.sum_ns += other.sum_ns;
    }
}

/// One histogram per value of the label, those of the rarest values as one.
fn histograms_of(export: &Export<'_>, sql: &str) -> Result<BTreeMap<String, Histogram>> {
    let mut histograms: BTreeMap<String, Histogram> = BTreeMap::new();
    each(export.session, &export.sql(sql), |row| {
        let count = row.number(2).unwrap_or(0);
        let counts = row.number(1).map(|edge| (edge, count)).into_iter().collect();
        let part = Histogram { counts, count, sum_ns: row.number(3).unwrap_or(0) };
        histograms.entry(row.text(0).into()).or_default().add(&part);
        Ok(())
    })?;
    let mut order: Vec<_> =
        histograms.iter().map(|(name, own)| (-own.count, name.clone())).collect();
    order.sort();
    for (_, name) in order.drain(..).skip(MOST_NAMES) {
        if let Some(rare) = histograms.remove(&name) {
            histograms.entry(OTHERS.into()).or_default().add(&rare);
        }
    }
    Ok(histograms)
}

struct Page {
    text: String,
    /// When all of it was true.
    stamp: String,
}

impl Page {
    fn head(&mut self, name: &str, kind: &str, unit: &str, help: &str) {
        self.line(format_args!("# TYPE {name} {kind}"));
        if !unit.is_empty() {
            self.line(format_args!("# UNIT {name} {unit}"));
        }
        self.line(format_args!("# HELP {name} {help}"));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<_> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", quoted(value))).collect();
        let labels =
            if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let stamp = self.stamp.clone();
        self.line(format_args!("{name}{labels} {value} {stamp}"));
    }

    fn histogram(&mut self, name: &str, label: (&str, &str), histogram: &Histogram) {
        let labels: Vec<_> = Some(label).filter(|(name, _)| !name.is_empty()).into_iter().collect();
        let bucket = format!("{name}_bucket");
        for power in BUCKETS {
            let count: i64 = histogram.counts.range(..1 << power).map(|(_, count)| count).sum();
            let edge = seconds((1 << power) - 1);
            self.sample(&bucket, &[&labels[..], &[("le", &edge)]].concat(), count);
        }
        self.sample(&bucket, &[&labels[..], &[("le", "+Inf")]].concat(), histogram.count);
        self.sample(&format!("{name}_count"), &labels, histogram.count);
        self.sample(&format!("{name}_sum"), &labels, seconds(histogram.sum_ns));
    }

    fn line(&mut self, text: std::fmt::Arguments) {
        self.text.push_str(&text.to_string());
        self.text.push('\n');
    }
}

/// Nanoseconds as seconds, exactly.
fn seconds(ns: i64) -> String {
    let sign = if ns < 0 { "-" } else { "" };
    format!("{sign}{}.{:09}", ns.unsigned_abs() / 1_000_000_000, ns.unsigned_abs() % 1_000_000_000)
}

/// The value of a label.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\\\r")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_exact() {
        assert_eq!(seconds(1_000_000_001), "1.000000001");
        assert_eq!(seconds(-5), "-0.000000005");
        assert_eq!(seconds(i64::MIN), "-9223372036.854775808");
    }

    #[test]
    fn labels_cannot_leave_their_quotes() {
        assert_eq!(quoted("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }

    #[test]
    fn buckets_add_up() {
        let mut page = Page { text: String::new(), stamp: "1.0".into() };
        let counts = BTreeMap::from([(0, 1), (1024, 2), (1 << 40, 4)]);
        page.histogram("x", ("", ""), &Histogram { counts, count: 7, sum_ns: 5 });
        assert!(page.text.starts_with(
            "x_bucket{le=\"0.000001023\"} 1 1.0\nx_bucket{le=\"0.000002047\"} 3 1.0\n"
        ));
        assert!(
            page.text
                .ends_with("x_bucket{le=\"+Inf\"} 7 1.0\nx_count 7 1.0\nx_sum 0.000000005 1.0\n")
        );
    }
}
