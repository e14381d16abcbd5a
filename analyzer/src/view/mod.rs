//! A view is one SQL file: its comment header is its help, its flags and its contract.
//!
//! ```sql
//! -- Scheduler run queue latency as a histogram.
//! --
//! -- How long threads waited for a CPU after they were woken, per power of two.
//! --
//! -- group: sched
//! -- needs: wait
//! -- flag: -m, --milliseconds -- Use milliseconds instead of microseconds.
//! -- flag: -p, --pid PID INT -- Only this process.
//! -- arg: INTERVAL COUNT -- Print every INTERVAL seconds of the recording, COUNT times.
//! -- column: bucket -- Lower edge of the bucket, in the chosen unit.
//! -- column: count -- Waits that fell in it.
//! -- render: histogram
//! SELECT …
//! ```
//!
//! # The header
//!
//! The header is the block of `--` lines at the top. Its first line is the one-line help and ends in
//! a full stop. Paragraphs of longer help follow, set off by empty `--` lines. Then come the keys, one
//! per line. A line that looks like `word: …` with an unknown word is an error that names its line.
//!
//! | key | value |
//! |---|---|
//! | `group` | One word; `afterwake views` lists the views by it. |
//! | `needs` | Streams, separated by spaces. A view whose stream was not recorded says so instead of running. |
//! | `requires` | `table.column -- sentence`. Where the column is NULL throughout, the view fails with that sentence. |
//! | `flag` | `[-x,] [--long-name] [METAVAR TYPE] -- help`. Without a metavar it is a switch. |
//! | `arg` | A positional: `INTERVAL COUNT -- help`, `DURATION -- help` or `METAVAR TYPE -- help`. |
//! | `column` | `name ["heading"] [condition] -- meaning`. A condition is `[--flag]`, `[not --flag]` or several of them, which must all hold: `[--one not --other]`. |
//! | `render` | `table`, `histogram`, `histogram linear`, `stacks` or `parts`. Of several lines with conditions, `histogram [--flag]`, the first that holds; a table where none does. |
//! | `chart` | What `--svg` draws of a table: `time …` or `heatmap …`, see below. |
//! | `compare` | How `afterwake diff` compares two answers of a table or a histogram, see below. |
//! | `unit` | Of `value` in a stack view: `us`, `samples`, `ns`. |
//! | `palette` | Of the flame graph: `cpu`, `cpi`, `offcpu`, `wakeup` or `chain`. |
//! | `list` | `NAME -- help`. Begins a list of a view made of parts. |
//! | `part` | `first\|last LINES VIEW [FLAGS] -- heading`. The next part of that list; of `VIEW\|VIEW` the first that has rows. |
//!
//! # Parameters
//!
//! Every `$name` in the SQL is replaced by a literal before planning, so that a table function may
//! take it as a constant argument. Strings, quoted identifiers and comments are left alone. The name is that
//! of the long flag with `_` for `-` (`--min-us` is `$min_us`), of the short one where there is no long one, and
//! of the metavar in lower case for a positional. Names differ, and are words in small letters.
//!
//! | TYPE | accepts | literal | not given |
//! |---|---|---|---|
//! | (switch) | | `TRUE` | `FALSE` |
//! | `INT` | `12`, `-3`, `0x10` | `CAST(12 AS BIGINT)` | `CAST(NULL AS BIGINT)` |
//! | `INTS` | `12,13` | `make_array(12, 13)` of `BIGINT` | `CAST(NULL AS BIGINT[])` |
//! | `FLOAT` | `0.5` | `CAST(0.5 AS DOUBLE)` | `CAST(NULL AS DOUBLE)` |
//! | `TEXT` | anything | `'anything'`, quotes doubled | `CAST(NULL AS VARCHAR)` |
//! | `DURATION` | `10ms`, `1.5s`, `250us`, `7ns`, `2m`; a bare number is seconds | nanoseconds, as `INT` | `CAST(NULL AS BIGINT)` |
//!
//! A help text that ends in `(default X)` gives X instead of NULL. Always there: `$from` and `$to`, the window asked
//! for in nanoseconds of the recording's clock, never NULL; and `$start` and `$stop`, the recording's own limits.
//! `INTERVAL COUNT` runs the SQL once per interval with `$from` and `$to` set to it; `DURATION` moves `$to`.
//! `--from`, `--to`, `--format`, `--show-sql` and `--help` exist in every view, `--svg FILE` in those that can be drawn,
//! `-f, --folded` (`$folded`) in stack views; a header cannot declare them. With a `chart`, `$drawn` is whether `--svg` is given.
//!
//! # Columns
//!
//! The result has exactly the columns of the `column` lines, in their order, whatever the flags. A column with `[--flag]`
//! is left out of the output, in every format, unless that flag is given; with `[not --flag]` where it is given.
//!
//! * **table** prints names as headings in upper case, a unit in brackets: `lat_us` becomes `LAT(us)`. A column line may give another heading
//!   in quotes; the other formats keep the name. Numbers are aligned to
//!   the right, a NULL is empty. A `BIGINT` column named `time` holds an instant (`ts`) and prints as the wall-clock time of the recorded host,
//!   `HH:MM:SS`; one named `time_s` is an ordinary number. Order rows in the SQL.
//! * **histogram** has, in this order: any section columns, `unit VARCHAR` (the label, such as `usecs`), `bucket BIGINT`, `count BIGINT`, and
//!   optionally `total BIGINT` (sum of the values of the whole section, repeated in each of its rows). `bucket` is the lower edge of a power-of-two
//!   bucket: 0 for the values 0 and 1, then 2, 4, 8, … Empty buckets need no row. A section is a run of rows with equal section columns, so order by them, then by
//!   bucket. A section column `time` is an instant, which is printed before the sections that have it. The heading of a section is `name = value` of the first section column that is not NULL, then the values of the others: `pid = 12 bash`; all NULL, no heading.
//!   With `histogram linear` a bucket is one value, from 0 to 4095, which holds all above it too.
//!   Where `total` is not NULL, `avg = …, total: …, count: …` follows the section.
//! * **stacks** has `folded VARCHAR` (frames from root to leaf, joined by `;`) and `value BIGINT`, and whatever else
//!   [`crate::render::stacks`] understands. `--format csv` and `json` print the columns as they are.
//!
//! With `INTERVAL`, csv, json and arrow output has a first column `interval_ts`, the begin of the interval.
//!
//! # Charts
//!
//! `--svg FILE` draws stacks as a flame graph and a histogram as bars, a panel per section. A histogram with an `INTERVAL` becomes a
//! heat map: time from left to right, the buckets from bottom to top, darker where more fell in. A table is drawn where its header says how:
//!
//! * `chart: heatmap TIME LATENCY` counts the rows by time and by the logarithm of the column LATENCY.
//! * `chart: time TIME VALUE VALUE, VALUE` draws a line per column over the column TIME. Columns up to a comma share a panel, so they should share a unit.
//!   `by NAME` at the end draws, in a panel per column, a line for each value of the column NAME. Without VALUEs, every numeric column
//!   is drawn, those of one unit together. Values of one line at one time are added up. TIME may be `interval`: the intervals asked for with `INTERVAL`; left out, it is the column `time`, `time_s` or
//!   `ts`, or else the intervals.
//!
//! A time is an instant in nanoseconds (`BIGINT`), or, where its name ends in `_s`, seconds since the recording started.
//!
//! # Comparison
//!
//! `afterwake diff` compares stacks and histograms as they are, and a table where its header says how:
//!
//! `compare: [rows,] [sum X …,] [rate X …,] [mean X … [over W]] [by KEY …] [with FLAG …] [condition]`
//!
//! Rows with equal KEYs belong together. Of them `rows` is the number and `sum` a sum, both per second of the window; `rate` is the sum of what is
//! per second, or a share, already; `mean` is the mean, weighted by the column W. KEYs should mean the same in both recordings: a name rather than
//! a process id. A histogram may name the section columns that count as KEYs. `with` takes a switch as given and lets the default of a value go,
//! such as a number of rows. Columns that the flags leave out are left out here too. Of several lines with conditions the first that holds counts.
//!
//! # Parts
//!
//! A view with `render: parts` has no SQL. It shows other views one after the other, each under its heading and cut to so many of its first or
//! last lines. `afterwake VIEW LIST RECORDING` chooses one of its lists, the first where none is named. The window is handed on to every part, and
//! a part that has no answer says why. Its columns are always `part`, `line` and `text`.
//!
//! ```sql
//! -- Checklists: the usual first look, from the recording alone.
//! --
//! -- Each step is a view of its own.
//! --
//! -- group: system
//! -- list: 60s -- Linux performance in sixty seconds.
//! -- part: first 3 uptime -- uptime
//! -- part: last 10 dmesg -- dmesg | tail
//! -- column: part -- Name of the view.
//! -- column: line -- Number of the line in its answer.
//! -- column: text -- The line.
//! -- render: parts
//! ```
//!
//! # Derived tables
//!
//! A file in `lib/` is registered as an SQL view under its file name in every session that mentions it. It has the same header
//! with only `column` and `group` keys, and no parameters. It may use other files of `lib/`.

mod clause;
mod compare;
mod duration;
mod header;
mod library;
mod parameter;
mod suggestion;
mod tokens;

pub use compare::{Compare, Measure};
pub use duration::{nanoseconds, text as duration};
pub use header::parse;
pub use library::Library;
pub use parameter::{Parameter, Type};
pub use suggestion::nearest;
pub use tokens::{substitute, words};

/// A view: what its header declares, and its SQL.
#[derive(Clone, Debug, Default)]
pub struct View {
    pub name: String,
    /// The file it was read from, for error messages.
    pub file: String,
    /// The first line, without its full stop.
    pub help: String,
    /// The paragraphs after it.
    pub description: String,
    pub group: String,
    pub needs: Vec<String>,
    pub requires: Vec<Requirement>,
    pub flags: Vec<Parameter>,
    pub positionals: Vec<Positional>,
    pub columns: Vec<Column>,
    /// The first that applies is what the rows are made into; none is a table.
    pub renders: Vec<(Render, Condition)>,
    pub chart: Option<Chart>,
    /// The first that applies is how two answers are compared.
    pub compares: Vec<(Compare, Condition)>,
    pub lists: Vec<List>,
    pub unit: String,
    pub palette: String,
    pub sql: String,
}

/// A column that must hold something, and what to say where it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub table: String,
    pub column: String,
    pub sentence: String,
}

/// What follows the recording on the command line.
#[derive(Clone, Debug, PartialEq)]
pub enum Positional {
    /// `[INTERVAL [COUNT]]`
    Interval {
        help: String,
    },
    /// `[DURATION]`
    Duration {
        help: String,
    },
    Value(Parameter),
}

/// One column of the result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// Of the table, where it does not follow from the name.
    pub heading: Option<String>,
    pub meaning: String,
    pub shown: Condition,
}

/// Flags, named as parameters, and whether each must be given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition(Vec<(String, bool)>);

/// What the rows are made into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Render {
    #[default]
    Table,
    Histogram(Buckets),
    Stacks,
    Parts,
}

/// What the rows of a histogram stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Buckets {
    #[default]
    PowersOfTwo,
    Linear,
}

/// What `--svg` draws of a table; the texts are names of columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chart {
    Lines { time: Option<String>, panels: Vec<Vec<String>>, series: Option<String> },
    Heat { time: String, latency: String },
}

/// Views to be shown one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    pub name: String,
    pub help: String,
    pub parts: Vec<Part>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The first of these that has something to show.
    pub views: Vec<String>,
    pub flags: Vec<String>,
    pub extent: Extent,
    pub heading: String,
}

/// How much of a part's text is shown; a table's headings stay in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    First(usize),
    Last(usize),
}

impl View {
    /// What the rows are made into where these flags are given.
    pub fn render(&self, is_given: impl Fn(&str) -> bool) -> Render {
        let mut renders = self.renders.iter();
        renders.find(|(_, when)| when.holds(&is_given)).map_or(Render::Table, |(render, _)| *render)
    }

    /// Whether the rows are made into that, with some flags at least; stacks and parts are, whatever the flags.
    pub fn is(&self, render: Render) -> bool {
        self.renders.iter().any(|(known, _)| *known == render)
    }

    pub fn is_histogram(&self) -> bool {
        self.renders.iter().any(|(render, _)| matches!(render, Render::Histogram(_)))
    }

    /// How two answers are compared where these flags are given, as far as the header says it.
    pub fn compare(&self, is_given: impl Fn(&str) -> bool) -> Option<&Compare> {
        let mut compares = self.compares.iter();
        compares.find(|(_, when)| when.holds(&is_given)).map(|(compare, _)| compare)
    }

    /// Whether two answers can be compared, with some flags at least.
    pub fn is_comparable(&self) -> bool {
        self.is(Render::Stacks) || self.is_histogram() || !self.compares.is_empty()
    }

    /// Whether `--svg` can draw it.
    pub fn is_drawn(&self) -> bool {
        self.is(Render::Stacks) || self.is_histogram() || self.chart.is_some()
    }
}

impl Condition {
    pub fn holds(&self, is_given: impl Fn(&str) -> bool) -> bool {
        self.0.iter().all(|(flag, wanted)| is_given(flag) == *wanted)
    }
}
