//! What a recording had and a pack of it does not hold, in words.

use afterwake_schema::recording::LeftOut;

use super::Member;

impl Member {
    /// What was left out, of one table or of all.
    pub fn left_out<'a>(&'a self, table: Option<&'a str>) -> impl Iterator<Item = &'a LeftOut> {
        let is_it = move |left: &&LeftOut| table.is_none_or(|table| left.table == table);
        self.manifest.left_out.iter().filter(is_it)
    }

    /// Why the table has nothing, where all of it was left out.
    pub fn left_out_whole(&self, table: &str) -> Option<String> {
        let left = self.left_out(Some(table)).find(|left| left.whole)?;
        Some(format!("{} {}", self.was_left_out(), left.why))
    }

    /// `the oldest 3 segments of io (4000 rows, until 3.200 s after the start) were left out of this pack to keep it
    /// below 25 MB`.
    pub fn sentence(&self, left: &LeftOut) -> String {
        let verb = if left.whole || left.segments == 1 { "was" } else { "were" };
        format!("{} {verb} {} {}", self.things(left), self.was_left_out(), left.why)
    }

    /// The same without the verb: `counter (12 rows), to keep it below 25 MB`.
    pub fn subject(&self, left: &LeftOut) -> String {
        format!("{}, {}", self.things(left), left.why)
    }

    fn things(&self, left: &LeftOut) -> String {
        let mut things = left.table.clone();
        if !left.whole {
            let count = left.segments;
            let plural = if count == 1 { "" } else { "s" };
            let oldest = if left.until_ns.is_some() { "the oldest " } else { "" };
            things = format!("{oldest}{count} segment{plural} of {}", left.table);
        }
        let rows = left.rows.map(|rows| format!("{rows} rows"));
        let start = self.manifest.clock.start_ns;
        let until = left.until_ns.filter(|_| !left.whole).map(|until| {
            let seconds = until.saturating_sub(start) as f64 / 1e9;
            format!("until {seconds:.3} s after the start")
        });
        let details: Vec<_> = rows.into_iter().chain(until).collect();
        if details.is_empty() { things } else { format!("{things} ({})", details.join(", ")) }
    }

    fn was_left_out(&self) -> &'static str {
        match self.inventory {
            Some(_) => "left out of this pack",
            None => "left out of the pack it was made of",
        }
    }
}
