//! What every figure is made from: the recording, the window, and the names that the page shares.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::Result;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::figure::{Command, quoted};
use super::names::Names;
use crate::cli::{command::view_command, order};
use crate::recording::Member;
use crate::run::{self, Order, Session, Take, possible};
use crate::view::{Render, substitute};

pub struct Context<'a> {
    pub session: &'a Session,
    pub window: Range<i64>,
    pub names: Names,
    /// The recording as commands name it: without its folder.
    pub recording: String,
    /// Rows that are known to be missing, by stream and reason.
    pub missing: BTreeMap<(String, String), i64>,
}

/// The first rows of an answer, and how many there are.
#[derive(Default)]
pub struct Answer {
    pub batches: Vec<RecordBatch>,
    pub rows: usize,
}

impl Context<'_> {
    /// Length of the window in nanoseconds.
    pub fn length(&self) -> i64 {
        (self.window.end - self.window.start).max(1)
    }

    pub fn member(&self) -> &Member {
        &self.session.recording.members()[0]
    }

    pub fn cpus(&self) -> usize {
        self.member().manifest.host.cpus as usize
    }

    /// Runs SQL of the report over the window, with further parameters.
    pub fn query(&self, sql: &str, more: &[(&str, i64)], take: &mut dyn Take) -> Result<()> {
        let span = self.session.recording.span();
        let window = [("from", self.window.start), ("to", self.window.end)];
        let all = [("start", span.start), ("stop", span.end)].into_iter().chain(window);
        let literal = |number: i64| format!("CAST({number} AS BIGINT)");
        let literals: BTreeMap<String, String> = (all.chain(more.iter().copied()))
            .map(|(name, number)| (name.to_owned(), literal(number)))
            .collect();
        self.session.query(&substitute(sql, &literals), take)
    }

    /// A view with its flags, as the command line would have it.
    pub fn order(&self, name: &str, flags: &[&str]) -> Result<Order> {
        let view = self.session.library.view(name)?;
        let start = self.session.recording.span().start;
        let [from, to] = [self.window.start, self.window.end].map(|ts| format!("{}ns", ts - start));
        let (options, lists): (Vec<&str>, Vec<&str>) =
            flags.iter().partition(|flag| flag.starts_with('-'));
        let window = ["--from", &from, "--to", &to, "--", &self.recording];
        let words = [&[name][..], &options, &window, &lists].concat();
        let matches = view_command(&view).try_get_matches_from(words)?;
        let recording = &self.session.recording;
        if view.is(Render::Parts) {
            order::of_parts(&self.session.library, view, &matches, recording)
        } else {
            order::from(view, &matches, recording)
        }
    }

    /// The rows of an order, with the columns that it shows; the first of them where there are many.
    pub fn answer(&self, order: &Order, most: usize) -> Result<Answer> {
        possible::check(self.session, &order.view)?;
        let mut first = First { order, most, shown: Vec::new(), answer: Answer::default() };
        self.session.query(&order.sql(self.session, &order.window), &mut first)?;
        Ok(first.answer)
    }

    pub fn view(&self, name: &str, flags: &[&str], most: usize) -> Result<(Answer, Order)> {
        let order = self.order(name, flags)?;
        Ok((self.answer(&order, most)?, order))
    }

    /// The answer of a view made of parts.
    pub fn text(&self, order: &Order) -> Result<String> {
        let mut text = Vec::new();
        run::print_parts(self.session, order, &mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// What is to be known of the streams that a figure is made of.
    pub fn losses(&self, streams: &[&str]) -> Vec<String> {
        let of = |stream: &str| -> i64 {
            let known = self
                .missing
                .iter()
                .filter(|((lost, reason), _)| lost == stream && reason != "stack");
            known.map(|(_, rows)| rows).sum()
        };
        let lost = streams.iter().map(|stream| (stream, of(stream))).filter(|(_, rows)| *rows > 0);
        let lost = lost.map(|(stream, rows)| {
            let share = 100.0 * rows as f64 / (rows as f64 + self.member().rows(stream) as f64);
            format!("Missing rows of {stream}: {rows} ({share:.2} %).")
        });
        let member = self.member();
        let left_out = member.left_out(None).filter(|left| streams.contains(&&*left.table));
        lost.chain(left_out.map(|left| format!("Missing: {}.", member.sentence(left)))).collect()
    }

    /// The command line of a view.
    pub fn command(&self, name: &str, flags: &[&str]) -> Command {
        let words = [&["afterwake", name], flags].concat();
        Command {
            head: format!("{} {}", words.join(" "), quoted(&self.recording)),
            tail: String::new(),
        }
    }
}

struct First<'a> {
    order: &'a Order,
    most: usize,
    shown: Vec<usize>,
    answer: Answer,
}

impl Take for First<'_> {
    fn schema(&mut self, schema: &SchemaRef) -> Result<()> {
        self.shown = self.order.shown(schema)?;
        Ok(())
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<()> {
        let room = self.most.saturating_sub(self.answer.rows).min(batch.num_rows());
        self.answer.rows += batch.num_rows();
        if room > 0 || self.answer.batches.is_empty() {
            self.answer.batches.push(batch.project(&self.shown)?.slice(0, room));
        }
        Ok(())
    }
}
