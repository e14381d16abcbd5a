//! Opens the very file that a process has mapped, though another may be at its path by now.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};

use super::processes::Mapping;

/// Opens the file of a mapping of process `pid`, created by `parent`; fails with the reason.
pub fn open(mapping: &Mapping, pid: u32, parent: u32) -> Result<File, String> {
    // The kernel's own link leads to the file itself, deleted or in another container, as long as the
    // process lives. No path has to be walked for it.
    let link = format!("/proc/{pid}/map_files/{:x}-{:x}", mapping.start, mapping.end);
    if let Ok(Some(file)) = open_plain(&link, 0) {
        return Ok(file);
    }
    let path = &mapping.mapped.path;
    let mut ways = vec![format!("/proc/{pid}/exe"), format!("/proc/{pid}/root{path}")];
    if parent != 0 {
        ways.push(format!("/proc/{parent}/root{path}"));
    }
    ways.push(path.clone());
    first_that_opens(&ways, mapping.mapped.inode)
}

/// Opens a file again by its path.
pub fn open_by_path(path: &str, inode: u64) -> Result<File, String> {
    first_that_opens(&[path.to_owned()], inode)
}

/// Whether it begins as programs and libraries do.
pub fn is_elf(file: &File) -> bool {
    let mut magic = [0; 4];
    file.read_exact_at(&mut magic, 0).is_ok() && magic == object::elf::ELFMAG
}

fn first_that_opens(ways: &[String], inode: u64) -> Result<File, String> {
    let mut problem = "the file was gone before it could be read";
    for way in ways {
        match open_plain(way, inode) {
            Ok(Some(file)) => return Ok(file),
            Ok(None) if !way.ends_with("/exe") => {
                problem = "the file was replaced before it could be read";
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                problem = "no permission to read the file";
            }
            _ => {}
        }
    }
    Err(problem.to_owned())
}

/// Opens a plain file; `None` if another is there than the one with that inode, where one is known.
///
/// Devices can be mapped too, and opening one may do something: it is looked at before it is opened.
fn open_plain(path: &str, inode: u64) -> io::Result<Option<File>> {
    let place = OpenOptions::new().read(true).custom_flags(libc::O_PATH).open(path)?;
    let what = place.metadata()?;
    if !what.is_file() || (inode != 0 && what.ino() != inode) {
        return Ok(None);
    }
    File::open(format!("/proc/self/fd/{}", place.as_raw_fd())).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_mapped_file_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        std::fs::write(&path, "old").unwrap();
        let inode = std::fs::metadata(&path).unwrap().ino();
        let path = path.to_str().unwrap();
        assert!(!is_elf(&open_by_path(path, inode).unwrap()));
        assert!(open_by_path(path, inode + 1).unwrap_err().contains("replaced"));
        assert!(open_by_path("/no/such/file", 1).unwrap_err().contains("gone"));
        assert!(open_by_path("/dev/null", 0).is_err(), "no plain file");
    }
}
