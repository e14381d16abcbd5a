//! A disk of our own: a file system on a loop device.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::machine::on_disk;

/// Mounted as long as this lives.
pub struct LoopDisk {
    device: String,
    mount: PathBuf,
    _directory: TempDir,
}

impl LoopDisk {
    /// A new file system of that type; `size` as `truncate` takes it.
    #[track_caller]
    pub fn new(file_system: &str, size: &str) -> Self {
        let directory = on_disk();
        let (image, mount) = (directory.path().join("image"), directory.path().join("mount"));
        std::fs::create_dir(&mount).expect("a directory");
        run("truncate", &["-s", size, &text(&image)]);
        let force = if file_system == "ext4" { "-F" } else { "-f" };
        run(&format!("/usr/sbin/mkfs.{file_system}"), &["-q", force, &text(&image)]);
        let device = run("/usr/sbin/losetup", &["--find", "--show", &text(&image)]);
        run("mount", &[&device, &text(&mount)]);
        Self { device, mount, _directory: directory }
    }

    /// Its name, such as `loop0`.
    pub fn name(&self) -> &str {
        self.device.trim_start_matches("/dev/")
    }

    pub fn path(&self) -> &Path {
        &self.mount
    }
}

impl Drop for LoopDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.mount).status();
        let _ = Command::new("/usr/sbin/losetup").args(["--detach", &self.device]).status();
    }
}

pub fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[track_caller]
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output =
        output.unwrap_or_else(|error| panic!("{program}: {error} (make test installs it)"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
