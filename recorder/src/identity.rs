//! Who the threads are: what the kernel introduced, for the rows that only carry a number.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use afterwake_schema::streams::ThreadRow;
use afterwake_schema::{Identify, Identity};

/// All threads of the recording, shared between the decoder, which learns them, and the writer, which joins them.
#[derive(Clone, Debug, Default)]
pub struct Identities(Arc<RwLock<HashMap<u32, Vec<Version>>>>);

/// What a thread was called from some instant on.
#[derive(Clone, Debug)]
struct Version {
    since: u64,
    identity: Identity,
}

impl Identities {
    pub fn learn(&self, row: &ThreadRow) {
        let identity = Identity { tid: row.tid, pid: row.pid, comm: row.comm.as_str().into() };
        let mut threads = self.0.write().expect("no holder of the lock panics");
        let versions = threads.entry(row.thread).or_default();
        // Rings of different CPUs are drained one after the other.
        let place = versions.partition_point(|version| version.since <= row.ts);
        versions.insert(place, Version { since: row.ts, identity });
    }

    /// Forgets threads that ended, once their rows are written.
    pub fn forget(&self, ended: &[u32]) {
        let mut threads = self.0.write().expect("no holder of the lock panics");
        for thread in ended {
            threads.remove(thread);
        }
    }
}

impl Identify for Identities {
    fn identify(&self, thread: u32, ts: u64) -> Identity {
        let threads = self.0.read().expect("no holder of the lock panics");
        let Some(versions) = threads.get(&thread) else { return Identity::default() };
        let place = versions.partition_point(|version| version.since <= ts);
        // A row may be older than the introduction by the time between the two.
        versions[place.saturating_sub(1)].identity.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_time() {
        let identities = Identities::default();
        for (ts, comm) in [(20, "after"), (10, "before")] {
            identities.learn(&ThreadRow { thread: 1, ts, comm: comm.into(), ..Default::default() });
        }
        let name = |ts| identities.identify(1, ts).comm.to_string();
        assert_eq!(
            [name(5), name(10), name(19), name(20)],
            ["before", "before", "before", "after"]
        );
        assert_eq!(identities.identify(2, 5), Identity::default());
    }
}
