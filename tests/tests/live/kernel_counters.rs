//! L12 and L13 on W12: the recording against what the kernel itself counted.

use crate::facts::Facts;
use crate::machine::record;

#[test]
fn the_kernel_counts_the_same() {
    let Some(recorded) = record("w12", &[]) else { return };
    let parts = recorded.truth.parts();
    assert_eq!(parts.len(), 4, "four threads");
    for part in parts {
        let facts = Facts::of(&recorded.path, &part);
        facts.assert_all_switches(&part);
        let name = part.name();
        // What a missing row hides is at most the time that no row tells of.
        let untold = part.wall_ns() - facts.told_ns;
        assert!(untold >= -1_000_000, "{name}: rows overlap by {} ns", -untold);
        for (what, seen, counted, stolen) in [
            ("run time", facts.run_ns, part.get("run_ns"), part.stolen_ns()),
            ("run-queue time", facts.queued_ns + facts.preempted_ns, part.get("queue_ns"), 0),
        ] {
            let spare = counted / 100 + untold.max(0) + 1_000_000;
            assert!(
                (-spare..=spare + stolen).contains(&(seen - counted)),
                "{name}: {what} is {seen} ns, the kernel counted {counted}, spare {spare}, stolen at most {stolen}"
            );
        }
        let ins = facts.voluntary + facts.involuntary + facts.missing;
        let counted = part.get("switch_ins");
        assert!((ins - counted).abs() <= 1, "{name}: {ins} switches in, {counted} counted");
    }
}
