//! Events by the prime: as many rows as there were events; and W15, lives that are short or share an id.

use afterwake_tests::program::{number, sql};

use crate::facts::Facts;
use crate::folded::{RUNNING, Told, lines, sum};
use crate::machine::record;

#[test]
fn sleeps() {
    let Some(recorded) = record("sleeps", &[]) else { return };
    let part = recorded.truth.part("counted-sleeps");
    // A host may hold the thread up until its timer has fired: then it does not sleep at all.
    let (slept, told) = (part.get("voluntary"), recorded.truth.get("sleeps"));
    assert!(slept <= told && slept * 50 >= told * 49, "it only sleeps: {slept} of {told}");
    Facts::of(&recorded.path, &part).assert_all_switches(&part);
}

#[test]
fn programs_and_their_status() {
    let Some(recorded) = record("execs", &[]) else { return };
    let (execs, pid) = (recorded.truth.get("execs"), recorded.truth.get("pid"));
    let rows = sql(
        &recorded.path,
        &format!("SELECT pid, filename, argv, cut FROM exec WHERE ppid = {pid} ORDER BY ts"),
    );
    assert_eq!(rows.len() as i64, execs, "exec rows");
    for (index, row) in rows.iter().enumerate() {
        let argv = row["argv"].as_array().expect("a list");
        let of_program = &argv[1..];
        assert_eq!(of_program, ["status", &index.to_string(), "two words", ""], "{row}");
        assert!(row["filename"].as_str().is_some_and(|name| name.ends_with("/workload")), "{row}");
        assert_eq!(row["cut"], 0, "{row}");
    }
    let codes = sql(
        &recorded.path,
        &format!("SELECT code, signal, last FROM exit WHERE ppid = {pid} ORDER BY ts"),
    );
    assert_eq!(codes.len() as i64, execs, "exit rows");
    for (index, row) in codes.iter().enumerate() {
        assert_eq!(row["code"], index, "{row}");
        assert_eq!(row["signal"], 0, "{row}");
        assert_eq!(row["last"], true, "{row}");
    }
    let forks = format!("SELECT count(*) FROM fork WHERE pid = {pid} AND child_tid = child_pid");
    assert_eq!(number(&recorded.path, &forks), execs, "fork rows");
}

/// The thread that runs the program takes the id of the first one, and stays the thread it was.
#[test]
fn a_second_thread_runs_a_program() {
    let Some(recorded) = record("takeover", &[]) else { return };
    let pid = recorded.truth.get("pid");
    let execs =
        sql(&recorded.path, &format!("SELECT thread, tid, old_tid FROM exec WHERE pid = {pid}"));
    let [exec] = &execs[..] else { panic!("one exec: {execs:?}") };
    assert_eq!(exec["tid"], pid, "{exec}");
    assert!(exec["old_tid"].as_i64() > Some(pid), "{exec}");
    let exits = sql(
        &recorded.path,
        &format!("SELECT thread, code, last FROM exit WHERE pid = {pid} ORDER BY ts"),
    );
    let [first, second] = &exits[..] else { panic!("two exits: {exits:?}") };
    assert_ne!(first["thread"], exec["thread"], "the first thread ends at the exec");
    assert_eq!(first["last"], false, "{first}");
    assert_eq!(second["thread"], exec["thread"], "the second lives on as the process");
    assert_eq!(second["last"], true, "{second}");
    assert_eq!(second["code"], 23, "{second}");
}

#[test]
fn threads() {
    let Some(recorded) = record("threads", &[]) else { return };
    let (created, part) = (recorded.truth.get("created"), recorded.truth.part("counted-threads"));
    let pid = part.get("pid");
    let count = |query: String| number(&recorded.path, &query);
    assert_eq!(
        count(format!("SELECT count(*) FROM fork WHERE pid = {pid} AND child_pid = {pid}")),
        created,
        "fork rows"
    );
    assert_eq!(
        count(format!("SELECT count(*) FROM exit WHERE pid = {pid} AND tid <> {pid} AND NOT last")),
        created,
        "exit rows"
    );
    assert_eq!(
        count(format!(
            "SELECT count(DISTINCT thread) FROM wait WHERE pid = {pid} AND born AND tid <> {pid}"
        )),
        created,
        "births"
    );
    assert_eq!(
        count(format!(
            "SELECT count(*) FROM wait WHERE pid = {pid} AND tid <> {pid} AND state & 128 <> 0"
        )),
        created,
        "deaths"
    );
}

#[test]
fn renames() {
    let Some(recorded) = record("renames", &[]) else { return };
    let part = recorded.truth.part("counted-renames");
    let rows = sql(
        &recorded.path,
        &format!(
            "SELECT old_comm, new_comm FROM rename
             WHERE tid = {} AND new_comm LIKE 'name-%' ORDER BY ts",
            part.get("tid")
        ),
    );
    assert_eq!(rows.len() as i64, recorded.truth.get("renames"), "rename rows");
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(row["new_comm"], format!("name-{index}"), "{row}");
        let before = match index {
            0 => "counted-renames".to_owned(),
            _ => format!("name-{}", index - 1),
        };
        assert_eq!(row["old_comm"], before, "{row}");
    }
}

#[test]
fn kills() {
    let Some(recorded) = record("kills", &[]) else { return };
    let query = format!(
        "SELECT count(*) FROM exit WHERE ppid = {} AND signal = 9 AND last AND NOT core",
        recorded.truth.get("pid")
    );
    assert_eq!(number(&recorded.path, &query), recorded.truth.get("kills"), "killed processes");
}

/// W15, first half: the dying thread wakes the one that joins it.
#[test]
fn a_joiner_waits_for_the_dying() {
    let Some(recorded) = record("w15", &[]) else { return };
    let joiner = recorded.truth.part("w15-joiner");
    let facts = Facts::of(&recorded.path, &joiner);
    facts.assert_all_switches(&joiner);
    let tid = joiner.get("tid").to_string();
    // Other waits of the joiner, such as for a page or for the lock of its memory, are nobody's death.
    let others = sql(
        &recorded.path,
        &format!(
            "SELECT * FROM wait w
             WHERE w.tid = {tid} AND w.off_ts >= {} AND w.off_ts < {} AND w.syscall = {}
                AND NOT w.preempted AND w.state <> 0 AND w.woken_ts IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM wait d
                    WHERE d.thread = w.waker AND d.pid = {tid} AND d.state & 128 <> 0
                        AND d.off_ts >= w.woken_ts)",
            joiner.get("begin_ns"),
            joiner.get("end_ns"),
            libc::SYS_futex,
        ),
    );
    let joined = number(
        &recorded.path,
        &format!(
            "SELECT count(DISTINCT d.thread) FROM wait w JOIN wait d ON d.thread = w.waker
             WHERE w.tid = {tid} AND w.syscall = {} AND d.pid = {tid} AND d.state & 128 <> 0",
            libc::SYS_futex
        ),
    );
    let joins = joiner.get("joins");
    assert!(joined * 10 >= joins * 8, "{joined} of {joins} joins were waits for the dying");
    assert!(others.is_empty(), "waits that no dying thread of the process ended: {others:?}");
    let path = lines("criticalpath", &recorded.path, "w15-", &["-t", &tid]);
    let burners = ["w15-joiner", "w15-burner"];
    let running = sum(&path, |line| line.ends(RUNNING) && line.through(&burners)) * 1000;
    let burned = joiner.get("burner_ns");
    // A burner also starts and ends, and may do some of it before the joiner waits.
    let told = Told { running_ns: running, lost_ns: 0 };
    told.assert_computed(&joiner, burned, 12);

    one_id_many_lives(&recorded);
}

/// W15, second half: rows of one incarnation lie within its life and never refer to another.
#[track_caller]
fn one_id_many_lives(recorded: &crate::machine::Recorded) {
    let reuser = recorded.truth.part("w15-reuser");
    let (tid, lives) = (reuser.get("reused_tid"), reuser.get("incarnations") + 1);
    assert!(lives > 30, "the id was free again {lives} times only");
    let begin = reuser.get("begin_ns");
    let count = |query: &str| number(&recorded.path, query);
    let threads = format!(
        "SELECT count(DISTINCT thread) FROM thread WHERE tid = {tid} AND start_ts >= {begin}"
    );
    assert_eq!(count(&threads), lives, "threads of one id");
    let births = format!(
        "SELECT count(DISTINCT start_ts) FROM thread WHERE tid = {tid} AND start_ts >= {begin}"
    );
    assert_eq!(count(&births), lives, "births of one id");
    // Between `exit` and its last switch a thread may be preempted for as long as the scheduler likes.
    let outside = format!(
        "SELECT count(*) FROM wait w JOIN exit e ON e.thread = w.thread
         JOIN wait last ON last.thread = w.thread AND last.state & 128 <> 0
         WHERE w.tid = {tid} AND (w.woken_ts < e.start_ts - 1000000 OR w.on_ts > last.off_ts)"
    );
    assert_eq!(count(&outside), 0, "waits outside of their thread's life");
    let across = format!(
        "SELECT count(*) FROM wait a JOIN thread b ON b.thread = a.waker
        WHERE a.tid = {tid} AND b.tid = {tid} AND a.thread <> b.thread"
    );
    assert_eq!(count(&across), 0, "one incarnation woke another");
    let parents = format!(
        "SELECT count(*) FROM wait w JOIN thread t ON t.thread = w.waker
        WHERE w.tid = {tid} AND w.born AND t.tid <> {}",
        reuser.get("tid")
    );
    assert_eq!(count(&parents), 0, "births by another than the reuser");
}
