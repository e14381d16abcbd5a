//! Recordings that are not whole: what is intact is answered, what is not is named.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use afterwake_schema::recording::{Clock, FORMAT, Manifest};
use afterwake_schema::streams::{Stack, Wait};
use afterwake_schema::{Identify, Identity, Row, segment};
use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use tempfile::TempDir;

use super::Session;
use crate::recording::Recording;
use crate::view::Library;

struct Names;

impl Identify for Names {
    fn identify(&self, thread: u32, _ts: u64) -> Identity {
        Identity { tid: thread, pid: thread, comm: Arc::from(format!("thread\u{1b}{thread}")) }
    }
}

const ROWS: u32 = 1000;

fn write_waits(directory: &Path, number: u32) {
    let wait = |seq: u32| Wait {
        thread: 1 + seq % 7,
        seq,
        off_ts: u64::from(1000 + number * ROWS + seq),
        on_ts: u64::from(1001 + number * ROWS + seq),
        ..Wait::default()
    };
    let rows: Vec<_> = (0..ROWS).map(wait).collect();
    segment::write(directory, Wait::STREAM, number, &Wait::batch(&rows, &Names)).unwrap();
}

fn record(directory: &Path, complete: bool) {
    (0..3).for_each(|number| write_waits(directory, number));
    let stack = Stack { id: 9, ts: 1500, frames: vec![1, 2], ..Stack::default() };
    segment::write(directory, Stack::STREAM, 0, &Stack::batch(&[stack], &Names)).unwrap();
    let clock = Clock { start_ns: 1000, stop_ns: complete.then_some(9000), ..Clock::default() };
    Manifest { format: FORMAT, clock, ..Manifest::default() }.write(directory, complete).unwrap();
}

fn recording() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    record(directory.path(), true);
    directory
}

fn open(path: &Path) -> Session {
    let library = Arc::new(Library::load(None).unwrap());
    Session::open(Recording::open(path.to_str().unwrap()).unwrap(), library).unwrap()
}

fn number(session: &Session, sql: &str) -> i64 {
    let rows = session.rows(sql).unwrap();
    rows.iter()
        .find(|batch| batch.num_rows() > 0)
        .unwrap()
        .column(0)
        .as_primitive::<Int64Type>()
        .value(0)
}

#[test]
fn every_table_is_there() {
    let directory = recording();
    let session = open(directory.path());
    assert_eq!(number(&session, "SELECT count(*) FROM wait"), 3000);
    assert_eq!(number(&session, "SELECT count(*) FROM wait WHERE thread = 3"), 429);
    assert_eq!(number(&session, "SELECT count(*) FROM sample"), 0);
    assert_eq!(number(&session, "SELECT count(*) FROM wait WHERE comm = 'thread\u{1b}3'"), 429);
    assert_eq!(session.recording.span(), 1000..9000);
}

#[test]
fn a_cut_file_is_left_out_wherever_it_is_cut() {
    let directory = recording();
    let file = directory.path().join("wait/000001.parquet");
    let whole = fs::read(&file).unwrap();
    for length in (0..whole.len()).step_by(whole.len() / 40 + 1) {
        fs::write(&file, &whole[..length]).unwrap();
        let session = open(directory.path());
        assert_eq!(number(&session, "SELECT count(thread) FROM wait"), 2000, "{length} bytes");
        let damage = session.recording.damage();
        assert_eq!(damage.len(), 1);
        assert_eq!(damage[0].0, file);
    }
}

#[test]
fn changed_bytes_never_panic_and_spare_the_other_files() {
    let directory = recording();
    let file = directory.path().join("wait/000001.parquet");
    let whole = fs::read(&file).unwrap();
    for place in (0..whole.len()).step_by(whole.len() / 150 + 1) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0xa5;
        fs::write(&file, &bytes).unwrap();
        let session = open(directory.path());
        let sql =
            "SELECT count(thread + seq + on_ts) FROM wait WHERE off_ts < 2000 OR off_ts >= 3000";
        let rows = session.rows(sql).unwrap_or_else(|error| panic!("at {place}: {error:#}"));
        let count = rows[0].column(0).as_primitive::<Int64Type>().value(0);
        assert!((2000..=3000).contains(&count), "at {place}: {count}");
    }
}

#[test]
fn a_recording_cut_short_takes_its_end_from_its_rows() {
    let directory = tempfile::tempdir().unwrap();
    record(directory.path(), false);
    let session = open(directory.path());
    assert!(!session.recording.members()[0].complete);
    assert_eq!(session.recording.span(), 1000..4000);
    fs::remove_file(directory.path().join("recording.json.part")).unwrap();
    assert_eq!(open(directory.path()).recording.span(), 1000..4000);
}

#[test]
fn unfinished_files_are_not_read() {
    let directory = recording();
    fs::write(directory.path().join("wait/000003.parquet.part"), b"PAR1").unwrap();
    let session = open(directory.path());
    assert_eq!(number(&session, "SELECT count(*) FROM wait"), 3000);
    assert!(session.recording.damage().is_empty());
}

#[test]
fn several_recordings_do_not_mix_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.wake", "b.wake"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        record(&folder.path().join(name), true);
    }
    let session = open(folder.path());
    assert_eq!(number(&session, "SELECT count(DISTINCT thread) FROM wait"), 14);
    assert_eq!(
        number(
            &session,
            "SELECT count(*) FROM wait WHERE recording = 'b.wake' AND host = 'b.wake'"
        ),
        3000
    );
    let frames = "SELECT count(DISTINCT frame) FROM (SELECT unnest(frames) AS frame FROM stack)";
    assert_eq!(number(&session, frames), 4);
    let glob = folder.path().join("*.wake");
    assert!(open(&glob).recording.is_several());
}
