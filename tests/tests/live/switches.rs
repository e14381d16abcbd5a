//! Many short waits: W3 and W4, ping-pong free and pinned.

use afterwake_tests::program::number;

use crate::facts::Facts;
use crate::folded::{RUNQUEUE, lines, sum};
use crate::machine::{Recorded, record};
use crate::truth::assert_near;

/// W3.
#[test]
fn ping_pong_is_one_hop() {
    let Some(recorded) = record("w3", &[]) else { return };
    check(&recorded, ["w3-ping", "w3-pong"]);
}

/// W4. Here a partner is often woken while still on its way to sleep.
#[test]
fn pinned_ping_pong_is_one_hop() {
    let Some(recorded) = record("w4", &[]) else { return };
    check(&recorded, ["w4-ping", "w4-pong"]);
    let parts = recorded.truth.parts();
    let (voluntary, unwoken) = parts.iter().fold((0, 0), |(voluntary, unwoken), part| {
        let facts = Facts::of(&recorded.path, part);
        (voluntary + facts.voluntary, unwoken + facts.unwoken)
    });
    assert!(unwoken * 1000 <= voluntary, "{unwoken} of {voluntary} wakings are missing");
}

#[track_caller]
fn check(recorded: &Recorded, names: [&str; 2]) {
    let lost = number(
        &recorded.path,
        "SELECT coalesce(sum(rows), 0) FROM lost
         WHERE stream = 'wait' AND reason IN ('ring', 'queue', 'busy')",
    );
    assert_eq!(lost, 0, "rows lost");
    for (own, partner) in [(names[0], names[1]), (names[1], names[0])] {
        let part = recorded.truth.part(own);
        let facts = Facts::of(&recorded.path, &part);
        facts.assert_all_switches(&part);
        let tid = part.get("tid").to_string();

        let chain = lines("chaingraph", &recorded.path, &own[..3], &["-t", &tid]);
        let deepest = chain.iter().map(|line| line.threads.len()).max();
        assert!(deepest <= Some(2), "{own}: a bounded chain of {deepest:?} threads");
        let by_partner = sum(&chain, |line| line.through(&[own, partner]));
        let queued = sum(&chain, |line| line.ends(RUNQUEUE));
        let whole = sum(&chain, |_| true);
        assert!(
            (by_partner + queued) * 100 >= whole * 97,
            "{own}: {by_partner} us by the partner and {queued} us queued, of {whole} us"
        );

        let path = lines("criticalpath", &recorded.path, &own[..3], &["-t", &tid]);
        let told = sum(&path, |_| true) * 1000;
        // Each line rounds to a microsecond.
        let off = facts.blocked_ns + facts.queued_ns;
        assert_near(&format!("{own}: leaves"), told, off, 2.0);
        let loops = sum(&path, |line| line.ends("[cycle]") || line.ends("[loop]"));
        assert_eq!(loops, 0, "{own}: a loop without a loss");
    }
}
