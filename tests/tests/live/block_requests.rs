//! Requests to a disk, as many as fio made: on ext4, xfs and btrfs, one after the other and many at once,
//! and beside biolatency and bitesize of libbpf-tools and a biosnoop in bpftrace (that of libbpf-tools
//! needs function probes).

use std::path::Path;

use afterwake_tests::program::{number, sql, view};
use serde_json::Value;

use crate::loop_disk::{LoopDisk, text};
use crate::machine::Machine;
use crate::tool::Tool;

const STREAMS: &str = "block_io,path,io,fork,exec,exit,writeback,page_cache";
const READS: i64 = 997;

/// The command of so many random reads of 4 KiB past the page cache, of a file that exists already.
fn fio(file: &Path, engine: &[&str]) -> Vec<String> {
    let file = format!("--filename={}", text(file));
    let reads = format!("--number_ios={READS}");
    let fixed =
        ["fio", "--name=reads", &file, "--rw=randread", "--bs=4k", "--size=16m", "--direct=1"];
    let rest = [&reads, "--norandommap", "--io_size=1g", "--output-format=json", "--thread"];
    fixed.iter().chain(&rest).chain(engine).map(|word| (*word).to_owned()).collect()
}

/// A disk of that file system with the file that fio reads.
fn prepared(file_system: &str, size: &str) -> LoopDisk {
    let disk = LoopDisk::new(file_system, size);
    std::fs::write(disk.path().join("data"), vec![7_u8; 16 << 20]).expect("room for the file");
    assert!(std::process::Command::new("sync").status().expect("sync").success());
    disk
}

/// Records while fio reads; the number of reads that it says it made.
#[track_caller]
fn record_fio(machine: &Machine, options: &[&str], disk: &LoopDisk, engine: &[&str]) -> i64 {
    let command = fio(&disk.path().join("data"), engine);
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let output = machine.record(options, &command);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "fio: {said}");
    let answer = String::from_utf8_lossy(&output.stdout);
    let begin = answer.find('{').unwrap_or_else(|| panic!("fio says {answer}"));
    let answer: Value = serde_json::from_str(&answer[begin..]).expect("json");
    answer["jobs"][0]["read"]["total_ios"].as_i64().expect("a count")
}

/// What the file system reads for itself on behalf of fio: `REQ_META` of the kernel.
const METADATA: u32 = 1 << 12;

/// Reads of that disk by fio: rows, bytes, merged ones, and those without a queue or an end.
fn reads(recording: &Path, disk: &str) -> Value {
    let query = format!(
        "SELECT count(*) AS requests, sum(bytes) AS bytes, sum(merges) AS merges,
            count(*) FILTER (WHERE queue_ts IS NULL OR done_ts IS NULL) AS partial,
            count(*) FILTER (WHERE queue_ts > issue_ts OR issue_ts > done_ts) AS disorderly,
            count(*) FILTER (WHERE error <> 0) AS failed,
            count(*) FILTER (WHERE kstack IS NULL) AS stackless
         FROM block_io b JOIN disk d ON d.dev = b.dev
         WHERE d.name = '{disk}' AND b.comm = 'fio' AND b.flags & 255 = 0 AND b.flags & {METADATA} = 0"
    );
    sql(recording, &query).remove(0)
}

#[test]
fn reads_are_counted_on_every_file_system() {
    for file_system in ["ext4", "xfs", "btrfs"] {
        let Some(machine) = Machine::take() else { return };
        let disk = prepared(file_system, "400M");
        let made = record_fio(&machine, &["-e", STREAMS], &disk, &["--ioengine=psync"]);
        assert_eq!(made, READS, "fio does as it is told");
        let recording = machine.recording();
        let row = reads(&recording, disk.name());
        assert_eq!(row["requests"], made, "{file_system}: {row}");
        assert_eq!(row["bytes"], made * 4096, "{file_system}: {row}");
        for none in ["merges", "partial", "disorderly", "failed", "stackless"] {
            assert_eq!(row[none], 0, "{file_system}: {none}: {row}");
        }
        let calls = format!(
            "SELECT count(*) FROM io t JOIN syscall s ON s.number = t.syscall
             WHERE s.name = 'pread64' AND fs = '{file_system}' AND file = 'data' AND ret = 4096 AND comm = 'fio'"
        );
        assert_eq!(number(&recording, &calls), made, "{file_system}: calls");
        let latency = view(&format!("{file_system}dist"), &recording, &[]);
        let read = |row: &&Value| row["operation"] == "read" || row["op"] == "read";
        let counted: i64 =
            latency.iter().filter(read).filter_map(|row| row["count"].as_i64()).sum();
        assert!(counted >= made, "{file_system}dist counts {counted} reads: {latency:?}");
    }
}

/// Up to 32 requests under way at once, paired by request and not by order.
#[test]
fn many_at_once_are_kept_apart() {
    let Some(machine) = Machine::take() else { return };
    let disk = prepared("ext4", "64M");
    let batches = ["--iodepth_batch_submit=32", "--iodepth_batch_complete_min=32"];
    let engine = ["--ioengine=libaio", "--iodepth=32", batches[0], batches[1]];
    let made = record_fio(&machine, &["-e", STREAMS], &disk, &engine);
    let recording = machine.recording();
    let row = reads(&recording, disk.name());
    let requests = row["requests"].as_i64().unwrap_or(0) + row["merges"].as_i64().unwrap_or(0);
    assert_eq!(requests, made, "{row}");
    assert_eq!(row["bytes"], made * 4096, "{row}");
    assert_eq!(row["partial"], 0, "{row}");
    let together = format!(
        "SELECT count(*) FROM block_io a JOIN block_io b
            ON a.dev = b.dev AND b.issue_ts > a.issue_ts AND b.issue_ts < a.done_ts
         JOIN disk d ON d.dev = a.dev WHERE d.name = '{}'",
        disk.name()
    );
    assert!(number(&recording, &together) > made / 4, "requests overlap");
}

/// A threshold turns rows into sums, and the histogram stays what it was.
#[test]
fn a_threshold_keeps_the_histogram() {
    let Some(machine) = Machine::take() else { return };
    let disk = prepared("ext4", "64M");
    let options = ["-e", STREAMS, "--min", "block_io=10s"];
    let made = record_fio(&machine, &options, &disk, &["--ioengine=psync"]);
    let recording = machine.recording();
    // A completion that interrupts an addition on its CPU cannot be added, and has a row.
    let rows = number(&recording, "SELECT count(*) FROM block_io WHERE done_ts IS NOT NULL");
    assert!(rows * 20 <= made, "{rows} of {made} requests have rows");
    let shown = view("biolatency", &recording, &["-d", disk.name()]);
    let counted: i64 = shown.iter().filter_map(|row| row["count"].as_i64()).sum();
    assert!(counted >= made, "{counted} of {made} are in the histogram: {shown:?}");
}

#[test]
fn the_disk_tools_see_the_same() {
    let Some(machine) = Machine::take() else { return };
    let disk = prepared("ext4", "64M");
    let biolatency = Tool::start("biolatency", &["-D"]);
    let bitesize = Tool::start("bitesize", &[]);
    let biosnoop = Tool::bpftrace(
        "tracepoint:block:block_rq_issue { @at[args->dev, args->sector] = nsecs; @who[args->dev, args->sector] = comm; }
         tracepoint:block:block_rq_complete /@at[args->dev, args->sector]/ {
            printf(\"%d %d %s %llu\\n\", args->dev, args->nr_sector * 512, @who[args->dev, args->sector], args->sector);
            delete(@at[args->dev, args->sector]); delete(@who[args->dev, args->sector]); }",
    );
    let made = record_fio(&machine, &["-e", STREAMS], &disk, &["--ioengine=psync"]);
    let [biolatency, bitesize, biosnoop] = [biolatency, bitesize, biosnoop].map(|tool| tool.stop());
    let recording = machine.recording();
    let dev = number(&recording, &format!("SELECT dev FROM disk WHERE name = '{}'", disk.name()));

    // Whose requests, how large, and where: the same, to the last one.
    let mut theirs: Vec<i64> = biosnoop
        .lines()
        .map(|line| line.split(' ').collect::<Vec<_>>())
        .filter(|words| words.len() == 4 && words[0] == dev.to_string() && words[2] == "fio")
        .filter_map(|words| words[3].parse().ok())
        .collect();
    let rows = format!("SELECT sector FROM block_io WHERE dev = {dev} AND comm = 'fio'");
    let mut ours: Vec<i64> =
        sql(&recording, &rows).iter().filter_map(|row| row["sector"].as_i64()).collect();
    theirs.sort_unstable();
    ours.sort_unstable();
    assert!(theirs.len() as i64 >= made, "{} requests seen by bpftrace", theirs.len());
    assert_eq!(ours, theirs, "sectors");
    let snooped = view("biosnoop", &recording, &["-d", disk.name()]);
    let of_fio = snooped.iter().filter(|row| row["comm"] == "fio").count();
    assert_eq!(of_fio, theirs.len(), "biosnoop");

    // Their histogram has what came between their start and ours too, which is nothing on this disk.
    let theirs = histogram(&biolatency, &format!("disk = {}", disk.name()));
    let ours = rows_of(&view("biolatency", &recording, &["-D", "-d", disk.name()]));
    let [all, our_all] =
        [&theirs, &ours].map(|rows| rows.iter().map(|(_, count)| count).sum::<i64>());
    assert!(
        all >= made && (all - our_all).abs() <= 20,
        "biolatency counts {all}, we {our_all}: {theirs:?} {ours:?}"
    );
    // Their clock is read a moment before or after ours, by other probes between: a request may lie in
    // the next bucket, and none further.
    let below = |rows: &[(i64, i64)], edge: i64| -> i64 {
        rows.iter().filter(|(bucket, _)| *bucket < edge).map(|(_, count)| count).sum()
    };
    for edge in (1..20).map(|power| 1 << power) {
        let (least, own, most) =
            (below(&theirs, edge / 2), below(&ours, edge), below(&theirs, edge * 2));
        let spare = 20 + all / 50;
        assert!(
            (least - spare..=most + spare).contains(&own),
            "biolatency below {edge} us: {own} of ours, theirs {theirs:?}, ours {ours:?}"
        );
    }

    let theirs = histogram(&bitesize, "Process Name = fio");
    let ours = view("bitesize", &recording, &[]);
    let ours: Vec<Value> = ours.into_iter().filter(|row| row["process_name"] == "fio").collect();
    assert_eq!(rows_of(&ours), theirs, "bitesize");
}

/// The rows with a count under a heading of a printed histogram: lower edge and count.
fn histogram(said: &str, heading: &str) -> Vec<(i64, i64)> {
    said.lines()
        .skip_while(|line| line.trim() != heading)
        .skip(1)
        .take_while(|line| !line.contains(" = "))
        .filter_map(|line| {
            let (edge, rest) = line.split_once("->")?;
            let counted = rest.split(':').nth(1)?.split('|').next()?;
            Some((edge.trim().parse().ok()?, counted.trim().parse().ok()?))
        })
        .filter(|(_, counted)| *counted > 0)
        .collect()
}

fn rows_of(rows: &[Value]) -> Vec<(i64, i64)> {
    let pair = |row: &Value| Some((row["bucket"].as_i64()?, row["count"].as_i64()?));
    rows.iter().filter_map(pair).filter(|(_, counted)| *counted > 0).collect()
}
