//! When the story that a row tells begins and ends, by the declaration of its table.
//!
//! A row is kept where its story and the interval have an instant in common, and it is kept whole: a wait, a call or
//! a request that crosses an edge shows that it does. What a view counts at an instant is kept with that instant, so
//! a second of `rest` belongs to the interval that it begins in.

use afterwake_schema::Stream;

/// The meaning of columns that hold an instant.
const INSTANT: &str = "ns, CLOCK_MONOTONIC";
/// A thread may be older than the recording: when it was created is no part of what the row tells.
const CREATION: &str = "start_ts";
/// The recorder looks for losses once a second, a little less often where the machine is busy.
const NOTICED_NS: i64 = 1_500_000_000;

/// The SQL of two instants. NULL is an unknown one: it may lie anywhere.
#[derive(Debug, PartialEq, Eq)]
pub struct Story {
    pub begin: String,
    pub end: String,
}

impl Story {
    /// The story of the rows of a table; `None` where they state no time.
    pub fn of(stream: &Stream) -> Option<Self> {
        let columns = stream.columns();
        let has = |name: &str| columns.iter().any(|column| column.name == name);
        let instants: Vec<&str> = columns
            .iter()
            .filter(|column| column.meaning == INSTANT && column.name != CREATION)
            .map(|column| column.name)
            .collect();
        let (first, last) = (*instants.first()?, *instants.last()?);
        let (begin, end) = if has("ran_ns") && has("open") {
            // It begins with the run before the wait. Where the wait is open, or in the first row of a thread that
            // had been there before, nobody knows how far it reaches.
            let seen =
                format!("least({first} - coalesce(ran_ns, 0), {})", instants[1..].join(", "));
            let begin = format!(
                "CASE WHEN born THEN woken_ts WHEN seq > 1 THEN {seen} ELSE {first} - ran_ns END"
            );
            let latest = format!("greatest({})", instants.join(", "));
            (begin, format!("CASE WHEN NOT open THEN {latest} END"))
        } else if has("duration_ns") {
            (first.to_owned(), format!("{first} + duration_ns"))
        } else if has("window_ns") {
            (format!("{first} - window_ns"), last.to_owned())
        } else if stream.name == "lost" {
            (format!("{first} - {NOTICED_NS}"), last.to_owned())
        } else if instants.len() > 1 {
            (format!("least({})", instants.join(", ")), last.to_owned())
        } else {
            (first.to_owned(), last.to_owned())
        };
        Some(Self { begin, end })
    }
}

#[cfg(test)]
mod tests {
    use super::Story;
    use afterwake_schema::streams::by_name;

    fn story(table: &str) -> Option<(String, String)> {
        let story = Story::of(by_name(table).expect("a declared table"))?;
        Some((story.begin, story.end))
    }

    #[test]
    fn stories_follow_from_the_columns() {
        let told = |begin: &str, end: &str| Some((begin.to_owned(), end.to_owned()));
        assert_eq!(
            story("wait"),
            told(
                "CASE WHEN born THEN woken_ts \
                 WHEN seq > 1 THEN least(off_ts - coalesce(ran_ns, 0), woken_ts, on_ts) \
                 ELSE off_ts - ran_ns END",
                "CASE WHEN NOT open THEN greatest(off_ts, woken_ts, on_ts) END"
            )
        );
        assert_eq!(story("block_io"), told("least(queue_ts, issue_ts, done_ts)", "done_ts"));
        for call in ["path", "io", "sock", "misc", "writeback", "softirq", "hardirq"] {
            assert_eq!(story(call), told("ts", "ts + duration_ns"), "{call}");
        }
        for instant in ["sample", "fork", "exec", "exit", "rename", "signal", "rest", "kernel_log"]
        {
            assert_eq!(story(instant), told("ts", "ts"), "{instant}");
        }
        assert_eq!(story("cost"), told("ts - window_ns", "ts"));
        assert_eq!(story("lost"), told("ts - 1500000000", "ts"));
        assert_eq!(story("disk"), None);
        assert_eq!(story("syscall"), None);
    }
}
