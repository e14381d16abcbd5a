//! The disks and partitions of this host, from /sys.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use afterwake_schema::streams::Disk;

/// Tells of each disk once, although they come and go.
#[derive(Default)]
pub struct Disks {
    told: HashSet<u32>,
}

impl Disks {
    /// Those that can hold something now: a loop device has no size until it is used.
    pub fn in_use(&mut self) -> Vec<Disk> {
        let mut disks = all(Path::new("/sys/block"));
        disks.retain(|disk| disk.sectors > 0);
        self.not_told(disks)
    }

    /// All the others.
    pub fn others(&mut self) -> Vec<Disk> {
        let disks = all(Path::new("/sys/block"));
        self.not_told(disks)
    }

    fn not_told(&mut self, mut disks: Vec<Disk>) -> Vec<Disk> {
        disks.retain(|disk| self.told.insert(disk.dev));
        disks
    }
}

fn all(blocks: &Path) -> Vec<Disk> {
    let mut disks = Vec::new();
    for path in directories(blocks) {
        let Some(mut disk) = one(&path) else { continue };
        disk.rotational = line(&path, "queue/rotational") == "1";
        disk.scheduler = in_brackets(&line(&path, "queue/scheduler")).to_owned();
        for part in directories(&path).iter().filter(|part| part.join("partition").exists()) {
            let part = one(part).map(|part| Disk { rotational: disk.rotational, ..part });
            disks.extend(part);
        }
        disks.push(disk);
    }
    disks
}

/// A disk or a partition, as far as both have it.
fn one(path: &Path) -> Option<Disk> {
    let (major, minor) = line(path, "dev").split_once(':').and_then(|(major, minor)| {
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    })?;
    Some(Disk {
        dev: major << 20 | minor,
        sectors: line(path, "size").parse().ok()?,
        name: path.file_name()?.to_string_lossy().into_owned(),
        ..Disk::default()
    })
}

/// The one in use of `none [mq-deadline] kyber`; nothing where there is no choice.
fn in_brackets(choices: &str) -> &str {
    let inside = choices.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    inside.map_or(choices, |(inside, _)| inside)
}

fn directories(above: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(above).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

fn line(path: &Path, name: &str) -> String {
    fs::read_to_string(path.join(name)).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_with_a_partition() {
        let sys = tempfile::tempdir().unwrap();
        let files = [
            ("sda/dev", "8:16\n"),
            ("sda/size", "2048\n"),
            ("sda/queue/rotational", "1\n"),
            ("sda/queue/scheduler", "none [mq-deadline] kyber\n"),
            ("sda/sda1/dev", "8:17\n"),
            ("sda/sda1/size", "1024\n"),
            ("sda/sda1/partition", "1\n"),
            ("broken/dev", "x\n"),
        ];
        for (name, text) in files {
            let path = sys.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut disks = all(sys.path());
        disks.sort_by_key(|disk| disk.dev);
        let sda = Disk {
            dev: 0x80_0010,
            sectors: 2048,
            rotational: true,
            name: "sda".into(),
            scheduler: "mq-deadline".into(),
        };
        let sda1 = Disk {
            dev: 0x80_0011,
            sectors: 1024,
            name: "sda1".into(),
            scheduler: String::new(),
            ..sda.clone()
        };
        assert_eq!(disks, [sda, sda1]);
    }

    #[test]
    fn each_disk_is_told_once() {
        let mut disks = Disks::default();
        let vda = Disk { dev: 1, ..Disk::default() };
        assert_eq!(disks.not_told(vec![vda.clone()]).len(), 1);
        assert_eq!(disks.not_told(vec![vda]).len(), 0);
    }

    #[test]
    fn schedulers() {
        assert_eq!(in_brackets("none [mq-deadline] kyber"), "mq-deadline");
        assert_eq!(in_brackets("none"), "none");
        assert_eq!(in_brackets(""), "");
    }
}
