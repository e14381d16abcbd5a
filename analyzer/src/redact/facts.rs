//! What must be known of a recording before its first row is written: which names are everybody's.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;

use super::pseudonym::Pseudonyms;
use crate::run::Session;

/// How many names are kept of each kind: far more than any host has. What lies beyond is not everybody's.
const MOST: usize = 65_536;

/// Calls whose arguments are user or group ids.
const OF_USERS: [&str; 8] =
    ["setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid"];
/// Calls whose arguments name processes, signals, times, flags and descriptors.
const OF_NUMBERS: [&str; 18] = [
    "kill",
    "tkill",
    "tgkill",
    "rt_sigqueueinfo",
    "rt_tgsigqueueinfo",
    "pidfd_send_signal",
    "setpgid",
    "setsid",
    "sync",
    "syncfs",
    "pause",
    "nanosleep",
    "clock_nanosleep",
    "ptrace",
    "setns",
    "unshare",
    "prctl",
    "reboot",
];

/// What the arguments of a system call are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arguments {
    Users,
    Numbers,
}

#[derive(Debug, Default)]
pub struct Facts {
    /// Modules that everybody has, by id.
    pub public_modules: BTreeSet<i64>,
    /// Calls whose arguments are understood, by number.
    pub arguments: BTreeMap<i64, Arguments>,
}

impl Facts {
    /// Reads them, and completes what `names` must know.
    pub fn read(session: &Session, names: &mut Pseudonyms) -> Result<Self> {
        let mut facts = Self::default();
        let threads = "SELECT DISTINCT comm, 0 FROM thread WHERE kernel AND comm <> ''";
        for batch in rows(session, threads)? {
            let comms = batch.column(0).as_string_view();
            names.kernel_threads.extend(comms.iter().flatten().map(str::to_owned));
        }
        for batch in rows(session, "SELECT path, id FROM module")? {
            let all = pairs(&batch);
            facts
                .public_modules
                .extend(all.filter(|(path, _)| names.is_public(path)).map(|(_, id)| id));
        }
        for batch in rows(session, "SELECT name, number FROM syscall")? {
            for (name, number) in pairs(&batch) {
                let what = if OF_USERS.contains(&name) {
                    Arguments::Users
                } else if OF_NUMBERS.contains(&name) {
                    Arguments::Numbers
                } else {
                    continue;
                };
                facts.arguments.insert(number, what);
            }
        }
        Ok(facts)
    }
}

fn rows(session: &Session, sql: &str) -> Result<Vec<RecordBatch>> {
    session.rows(&format!("{sql} LIMIT {MOST}"))
}

fn pairs(batch: &RecordBatch) -> impl Iterator<Item = (&str, i64)> {
    let numbers = batch.column(1).as_primitive::<Int64Type>();
    batch
        .column(0)
        .as_string_view()
        .iter()
        .zip(numbers)
        .filter_map(|(text, number)| text.zip(number))
}
