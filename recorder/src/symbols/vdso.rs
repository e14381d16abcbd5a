//! The code that the kernel maps into every process: `gettimeofday` and the like.

use super::maps;

/// Our own, which is that of every process of our word size.
pub fn image() -> Option<&'static [u8]> {
    let mut range = None;
    let _ = maps::executable(std::process::id(), |line| {
        if line.path == "[vdso]" {
            range = Some((line.start, line.end));
        }
    });
    let (start, end) = range?;
    // SAFETY: the kernel mapped these pages readable, never changes them, and keeps them until exit.
    Some(unsafe { std::slice::from_raw_parts(start as *const u8, (end - start) as usize) })
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_has_symbols() {
        let image = super::image().expect("this process has a vdso");
        let offsets: Vec<u64> = (0..image.len() as u64).step_by(16).collect();
        let names = super::super::elf::names(&image, &offsets).unwrap();
        let clock = |name: &str| name.contains("clock_gettime");
        assert!(names.functions.iter().flatten().any(|found| clock(&found.name.mangled)));
    }
}
