//! What a load says of itself.

use serde_json::Value;

/// The whole answer of a load.
#[derive(Debug)]
pub struct Truth(Value);

/// What one thread of it stamped.
#[derive(Clone, Debug)]
pub struct Part(Value);

impl Truth {
    /// The object on the last line, which is the load's.
    #[track_caller]
    pub fn parse(stdout: &[u8]) -> Self {
        let text = String::from_utf8_lossy(stdout);
        let line = text.lines().last().unwrap_or_default();
        let parsed = serde_json::from_str(line);
        Self(parsed.unwrap_or_else(|error| panic!("the load said no truth ({error}): {text}")))
    }

    #[track_caller]
    pub fn get(&self, field: &str) -> i64 {
        integer(&self.0, field)
    }

    /// The thread of that name.
    #[track_caller]
    pub fn part(&self, name: &str) -> Part {
        let found = self.parts().into_iter().find(|part| part.name() == name);
        found.unwrap_or_else(|| panic!("no thread {name}: {}", self.0))
    }

    pub fn parts(&self) -> Vec<Part> {
        self.0["threads"].as_array().into_iter().flatten().cloned().map(Part).collect()
    }
}

impl Part {
    pub fn name(&self) -> &str {
        self.0["name"].as_str().unwrap_or_default()
    }

    #[track_caller]
    pub fn get(&self, field: &str) -> i64 {
        integer(&self.0, field)
    }

    /// What the host may have taken from the thread's runs: the clocks of the kernel leave it out, and
    /// it is told in ticks of 10 ms.
    pub fn stolen_ns(&self) -> i64 {
        match self.get("stolen_ns") {
            0 => 0,
            stolen => stolen + 10_000_000,
        }
    }

    /// How long it was stamped.
    pub fn wall_ns(&self) -> i64 {
        self.get("end_ns") - self.get("begin_ns")
    }
}

#[track_caller]
fn integer(object: &Value, field: &str) -> i64 {
    object[field].as_i64().unwrap_or_else(|| panic!("the truth has no {field}: {object}"))
}

/// Asserts that `seen` is within `percent` of `truth`.
#[track_caller]
pub fn assert_near(what: &str, seen: i64, truth: i64, percent: f64) {
    let off = 100.0 * (seen - truth) as f64 / truth as f64;
    assert!(off.abs() <= percent, "{what}: {seen} is {off:+.2} % off {truth}, allowed {percent} %");
}

/// Asserts that `seen` lies between `low` and `high`, with `percent` of `high` to spare on both sides.
#[track_caller]
pub fn assert_between(what: &str, seen: i64, low: i64, high: i64, percent: i64) {
    let spare = high * percent / 100;
    assert!(
        low - spare <= seen && seen <= high + spare,
        "{what}: {seen} is not between {low} and {high}, {percent} % to spare"
    );
}
