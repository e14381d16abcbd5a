//! Compiles the probes in `bpf/` into one object, which the recorder carries.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const COMPILERS: [&str; 9] = [
    "clang", "clang-14", "clang-15", "clang-16", "clang-17", "clang-18", "clang-19", "clang-20",
    "clang-21",
];

fn main() {
    let probes = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("../bpf");
    let object = PathBuf::from(env::var("OUT_DIR").unwrap()).join("afterwake.bpf.o");
    let headers = env::var("DEP_BPF_INCLUDE").expect("libbpf-sys says where its headers are");
    let machine = env::var("CARGO_CFG_TARGET_ARCH").unwrap();
    let (arch, triplet) = match machine.as_str() {
        "x86_64" => ("x86", "x86_64-linux-gnu"),
        "aarch64" => ("arm64", "aarch64-linux-gnu"),
        other => panic!("no probes for {other}: they know the registers of x86_64 and aarch64"),
    };
    println!("cargo:rerun-if-changed={}", probes.display());
    println!("cargo:rerun-if-env-changed=CLANG");

    let status = Command::new(compiler())
        .args(["-O2", "-g", "-Wall", "-Werror", "-target", "bpf", "-mcpu=v3"])
        // Records end in a tail; programs define no prototypes.
        .args(["-Wno-gnu-variable-sized-type-not-at-end", "-Wno-unused-function"])
        .arg(format!("-D__TARGET_ARCH_{arch}"))
        .arg(format!("-I{headers}"))
        .arg(format!("-I/usr/include/{triplet}"))
        .arg("-c")
        .arg(probes.join("afterwake.bpf.c"))
        .arg("-o")
        .arg(&object)
        .status()
        .expect("clang starts");
    assert!(status.success(), "clang refused the probes in bpf/");
}

/// `$CLANG`, or the first clang that is installed.
fn compiler() -> String {
    env::var("CLANG").ok().unwrap_or_else(|| {
        let runs = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
        COMPILERS
            .iter()
            .find(runs)
            .expect("clang is not installed; hint: apt-get install clang, or set CLANG")
            .to_string()
    })
}
