//! W10: tar piped into gzip over files that are in the page cache. gzip computes, the pipe is
//! full, and tar waits for gzip. From a cold disk it would be the other way round.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::clock;
use crate::json::Object;

const FILES: usize = 24;
const FILE_BYTES: usize = 1 << 20;

pub fn run(arguments: &[String]) -> Object {
    let directory = Path::new(arguments.first().map_or(".", String::as_str)).join("w10");
    fs::create_dir_all(&directory).expect("the directory is writable");
    let mut noise = 0x9e37_79b9_7f4a_7c15;
    for number in 0..FILES {
        let mut file = File::create(directory.join(format!("{number}.txt"))).expect("a file");
        file.write_all(&text(&mut noise)).expect("the disk has room");
        // Written back now, so that the disk is quiet while the pipe runs.
        file.sync_all().expect("the disk works");
    }
    let begin = clock::monotonic();
    let mut tar = Command::new("tar")
        .args(["-cf", "-", "-C"])
        .args([&directory, Path::new(".")])
        .stdout(Stdio::piped())
        .spawn()
        .expect("tar is installed");
    let archive = tar.stdout.take().expect("it is piped");
    let mut gzip = Command::new("gzip")
        .arg("-c")
        .stdin(archive)
        .stdout(Stdio::null())
        .spawn()
        .expect("gzip is installed");
    let truth = Object::new()
        .number("tar_pid", u64::from(tar.id()))
        .number("gzip_pid", u64::from(gzip.id()));
    let ended = tar.wait().is_ok_and(|status| status.success())
        && gzip.wait().is_ok_and(|status| status.success());
    assert!(ended, "tar and gzip ended well");
    let end = clock::monotonic();
    drop(fs::remove_dir_all(directory));
    truth.number("piped_ns", end - begin)
}

/// Words of a small alphabet: slow to compress, as text is.
fn text(noise: &mut u64) -> Vec<u8> {
    let letter = |_| {
        *noise ^= *noise << 13;
        *noise ^= *noise >> 7;
        *noise ^= *noise << 17;
        b"etaoin shrdlu\n"[*noise as usize % 14]
    };
    (0..FILE_BYTES).map(letter).collect()
}
