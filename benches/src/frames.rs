//! A program with thousands of functions, each of which sleeps once a round: as many frames.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

const FUNCTIONS: usize = 6_000;

/// A program that goes on until it is killed, and prints a line after every round.
pub fn compile(directory: &Path) -> Result<PathBuf> {
    let source = directory.join("frames.c");
    let program = directory.join("frames");
    fs::write(&source, text())?;
    let compiled = Command::new("cc")
        .args(["-O0", "-fno-omit-frame-pointer", "-o"])
        .args([&program, &source])
        .status()
        .context("cc does not start")?;
    ensure!(compiled.success(), "cc refuses {}", source.display());
    Ok(program)
}

/// `nap` lies between the sleep and each function, because the C library keeps no frame pointers:
/// its caller is not seen, but the caller's caller is.
fn text() -> String {
    let mut text = String::from(
        "#include <stdio.h>\n#include <time.h>\n\
         static void nap(void) { struct timespec t = {0, 1000}; nanosleep(&t, 0); }\n",
    );
    for number in 0..FUNCTIONS {
        let _ = writeln!(text, "void step_{number}(void) {{ nap(); }}");
    }
    text.push_str("int main(void) {\n  for (;;) {\n");
    for number in 0..FUNCTIONS {
        let _ = writeln!(text, "    step_{number}();");
    }
    text.push_str("    puts(\"round\"); fflush(stdout);\n  }\n}\n");
    text
}
