//! Chains through other threads: W2 relay of pipes, W6 and W7 producer and consumer, W8 TCP, W10 tar and gzip.

use afterwake_tests::program::sql;

use crate::facts::Facts;
use crate::folded::{
    PREEMPTED, RUNNING, RUNQUEUE, TIMER, Told, assert_share, lines, sum, unknown_ns,
};
use crate::machine::{on_disk, record};
use crate::truth::assert_between;

/// W2. Nearly all that the sink waits for came through both stages from the source's timer.
#[test]
fn a_relay_is_one_chain() {
    let Some(recorded) = record("w2", &[]) else { return };
    let sink = recorded.truth.part("w2-sink");
    Facts::of(&recorded.path, &sink).assert_all_switches(&sink);
    let tid = sink.get("tid").to_string();
    let all = ["w2-sink", "w2-r2", "w2-r1", "w2-src"];

    let chain = lines("chaingraph", &recorded.path, "w2-", &["-t", &tid]);
    let blocked: Vec<_> = chain.into_iter().filter(|line| !line.ends(RUNQUEUE)).collect();
    assert_share("the chain to the timer", &blocked, 97, |line| {
        line.through(&all) && line.ends(TIMER)
    });

    let path = lines("criticalpath", &recorded.path, "w2-", &["-t", &tid]);
    for (name, threads) in [("w2-r1", &all[..3]), ("w2-r2", &all[..2])] {
        let part = recorded.truth.part(name);
        let told = Told::of(&recorded.path, &path, threads, &part);
        told.assert_computed(&part, part.get("burn_ns"), 4);
    }
    // The source sleeps on while the stages compute, and that part is theirs.
    let timer = sum(&path, |line| line.ends(TIMER) && line.through(&all));
    let slept = recorded.truth.part("w2-src").get("sleep_ns");
    assert!(timer * 1000 < slept, "{timer} us of timer is more than the source slept");
    assert!(timer * 1000 > slept / 2, "{timer} us of timer is less than half of {slept} ns");
}

/// W6. The producer computes: what it does meanwhile is running, not a wait of its own.
#[test]
fn a_computing_producer_is_seen_running() {
    let Some(recorded) = record("w6", &[]) else { return };
    let (consumer, producer) =
        (recorded.truth.part("w6-consumer"), recorded.truth.part("w6-producer"));
    let facts = Facts::of(&recorded.path, &consumer);
    facts.assert_all_switches(&consumer);
    let tid = consumer.get("tid").to_string();
    let path = lines("criticalpath", &recorded.path, "w6-", &["-t", &tid]);
    let both = ["w6-consumer", "w6-producer"];
    let told = Told::of(&recorded.path, &path, &both, &producer);
    // Before the consumer waits again, the producer computes on for nobody.
    let away = facts.queued_ns + facts.preempted_ns + facts.run_ns;
    let burned = producer.get("burn_ns");
    let (least, most) = (burned - away - told.lost_ns, burned + producer.stolen_ns());
    assert_between("the producer computing", told.running_ns, least, most, 3);
    let timer = sum(&path, |line| line.ends(TIMER)) * 1000;
    assert!(timer * 100 <= told.running_ns, "{timer} ns of timer, though nobody sleeps");
}

/// W7. The producer sleeps: the consumer waits for the producer's timer.
#[test]
fn a_sleeping_producer_passes_its_timer_on() {
    let Some(recorded) = record("w7", &[]) else { return };
    let (consumer, producer) =
        (recorded.truth.part("w7-consumer"), recorded.truth.part("w7-producer"));
    let tid = consumer.get("tid").to_string();
    let both = ["w7-consumer", "w7-producer"];
    let chain = lines("chaingraph", &recorded.path, "w7-", &["-t", &tid]);
    let blocked: Vec<_> = chain.into_iter().filter(|line| !line.ends(RUNQUEUE)).collect();
    assert_share("the chain to the timer", &blocked, 97, |line| {
        line.through(&both) && line.ends(TIMER)
    });
    let path = lines("criticalpath", &recorded.path, "w7-", &["-t", &tid]);
    let timer = sum(&path, |line| line.ends(TIMER) && line.through(&both));
    let slept = producer.get("sleep_ns");
    // What of the sleep is not the timer: both on the run queue, and the consumer not yet waiting.
    let [facts, others] = [&producer, &consumer].map(|part| Facts::of(&recorded.path, part));
    facts.assert_all_switches(&producer);
    others.assert_all_switches(&consumer);
    let other = facts.queued_ns + others.queued_ns + others.preempted_ns + others.run_ns;
    let each = 2 * slept / producer.get("sleeps");
    let other = other + unknown_ns(&recorded.path, &path, &[&producer, &consumer], each);
    assert_between("the producer's timer", timer * 1000, slept - other, slept, 2);
}

/// W8. Loopback wakes through a softirq of the sender's own call, so the sender is the waker.
#[test]
fn a_request_is_followed_through_the_servers() {
    let Some(recorded) = record("w8", &[]) else { return };
    let (client, front, back) = (
        recorded.truth.part("w8-client"),
        recorded.truth.part("w8-front"),
        recorded.truth.part("w8-back"),
    );
    assert!(client.get("asked_ns") >= client.get("requests") * 10_000_000, "10 ms a request");
    let tid = client.get("tid").to_string();
    let all = ["w8-client", "w8-front", "w8-back"];

    let chain = lines("chaingraph", &recorded.path, "w8-", &["-t", &tid]);
    let blocked: Vec<_> = chain.into_iter().filter(|line| !line.ends(RUNQUEUE)).collect();
    assert_share("the chain to the timer", &blocked, 95, |line| {
        line.through(&all) && line.ends(TIMER)
    });

    let path = lines("criticalpath", &recorded.path, "w8-", &["-t", &tid]);
    let wakings = sql(
        &recorded.path,
        &format!(
            "SELECT count(*) AS all,
                count(*) FILTER (WHERE w.waker_context = 'softirq' AND f.comm = 'w8-front') AS by_front
             FROM wait w LEFT JOIN (SELECT DISTINCT thread, comm FROM thread) f
                ON f.thread = w.waker AND f.comm = 'w8-front'
             WHERE w.tid = {tid} AND w.off_ts >= {} AND w.off_ts < {}
                AND NOT w.preempted AND w.state <> 0 AND w.woken_ts IS NOT NULL",
            client.get("begin_ns"),
            client.get("end_ns"),
        ),
    );
    let [all_wakings, by_front] =
        ["all", "by_front"].map(|name| wakings[0][name].as_i64().unwrap_or(0));
    assert!(by_front * 20 >= all_wakings * 19, "the sender's own softirq: {wakings:?}");

    let us = |ending: &str, threads: &[&str]| {
        sum(&path, |line| line.ends(ending) && line.through(threads)) * 1000
    };
    let told = Told::of(&recorded.path, &path, &all[..2], &front);
    told.assert_computed(&front, front.get("burn_ns"), 6);
    // The front may be preempted before it waits, often by the back itself.
    let burned = back.get("burn_ns");
    let preempted = us(PREEMPTED, &all[..2]) + us(RUNQUEUE, &all[..2]);
    let told = Told::of(&recorded.path, &path, &all, &back);
    let most = burned + back.stolen_ns();
    let least = burned - preempted - told.lost_ns;
    assert_between("the back computing", told.running_ns, least, most, 6);
    let queued = Facts::of(&recorded.path, &back).queued_ns;
    let slept = back.get("sleep_ns");
    let timer = us(TIMER, &all);
    let each = 2 * slept / back.get("sleeps");
    let unknown = unknown_ns(&recorded.path, &path, &[&client, &front, &back], each);
    let least = slept - queued - preempted - unknown;
    assert_between("the back's timer", timer, least, slept, 3);
}

/// W10. The pipe is full: tar waits for gzip to compute, and gzip hardly waits, for tar alone.
#[test]
fn tar_waits_for_gzip() {
    let disk = on_disk();
    let directory = disk.path().to_string_lossy().into_owned();
    let Some(recorded) = record("w10", &[&directory]) else { return };
    let tar = recorded.truth.get("tar_pid").to_string();
    let path = lines("criticalpath", &recorded.path, "", &["-p", &tar]);
    let is_for_gzip = |line: &crate::folded::Line| {
        line.ends(RUNNING) && line.threads.iter().any(|frame| frame == "gzip")
    };
    let for_gzip = sum(&path, is_for_gzip);
    for ending in [TIMER, "[softirq", "[no-waker]", "[lost]", "[idle]"] {
        let other = sum(&path, |line| line.ends(ending));
        assert!(for_gzip > other, "{for_gzip} us for gzip running, {other} us at {ending}");
    }
    let whole = sum(&path, |_| true);
    assert!(for_gzip * 3 >= whole, "{for_gzip} of {whole} us of tar's waits are gzip running");

    let gzip = recorded.truth.get("gzip_pid").to_string();
    let waits = lines("wakeuptime", &recorded.path, "", &["-p", &gzip]);
    let by_tar = |line: &crate::folded::Line| line.threads.iter().any(|frame| frame == "tar");
    let (tars, all) = (sum(&waits, by_tar), sum(&waits, |_| true));
    assert!(all * 10 < whole, "gzip waits {all} us, tar {whole} us");
    assert!(tars * 10 >= all * 9 || all < 20_000, "tar woke gzip for {tars} of {all} us");
}
