//! What the default profile adds to a compile, to disk reads and to the cheapest system call, against
//! bare and against a bpftrace script that looks at the same events. And what a row of it takes on disk.

use std::fs;
use std::path::{Path, PathBuf};

use afterwake_schema::recording::Manifest;
use anyhow::{Context, Result};

use crate::child;
use crate::place::{Place, tool};
use crate::report::{median, promise, table};
use crate::tracer::Tracer;

/// Rounds of all tracers; `BENCH_ROUNDS` overrides.
const ROUNDS: usize = 7;
const MOST_ON_A_COMPILE: f64 = 3.0;
const MOST_BYTES_PER_CALL: f64 = 10.0;
const MOST_BYTES_PER_REQUEST: f64 = 16.0;
const TRACERS: [Tracer; 3] = [Tracer::Nothing, Tracer::Everyday, Tracer::Bpftrace];

struct Load {
    name: &'static str,
    /// Seconds that it took.
    run: fn(&Place) -> Result<f64>,
}

const LOADS: [Load; 3] = [
    Load { name: "cargo build of a small crate", run: compile },
    Load { name: "fio, 20,000 random reads past the page cache", run: disk_reads },
    Load { name: "perf bench syscall basic, 5,000,000 calls", run: system_calls },
];

pub fn run(place: &Place) -> Result<()> {
    let rounds = std::env::var("BENCH_ROUNDS").ok().and_then(|text| text.parse().ok());
    for load in &LOADS {
        measure(place, load, rounds.unwrap_or(ROUNDS))?;
    }
    stored(place)
}

fn measure(place: &Place, load: &Load, rounds: usize) -> Result<()> {
    println!("\n## {}, {rounds} rounds", load.name);
    let mut seconds: [Vec<f64>; TRACERS.len()] = Default::default();
    let mut added: [Vec<f64>; TRACERS.len()] = Default::default();
    let mut missed: [String; TRACERS.len()] = Default::default();
    (load.run)(place)?;
    for _ in 0..rounds {
        let mut bare = 0.0;
        for (index, tracer) in TRACERS.into_iter().enumerate() {
            let mut running = tracer.start(place)?;
            let taken = (load.run)(place)?;
            running.cpu()?;
            missed[index] = running.stop(place)?;
            if tracer == Tracer::Nothing {
                bare = taken;
            }
            seconds[index].push(taken);
            added[index].push(100.0 * (taken - bare) / bare);
        }
    }
    let rows: Vec<Vec<String>> = TRACERS
        .into_iter()
        .enumerate()
        .map(|(index, tracer)| {
            vec![
                tracer.name().to_owned(),
                format!("{:.3} s", median(seconds[index].clone())),
                format!("{:+.1} %", median(added[index].clone())),
                missed[index].clone(),
            ]
        })
        .collect();
    table(&["tracer", "time", "added", "missed"], &rows);
    let [_, ours, theirs] = added.map(median);
    println!("time added / bpftrace: {:.2} x", ours / theirs);
    if load.name.starts_with("cargo") {
        promise("time added to a compile", ours, MOST_ON_A_COMPILE, "%");
    }
    Ok(())
}

fn compile(place: &Place) -> Result<f64> {
    let package = place.scratch().join("small");
    if !package.exists() {
        fs::create_dir_all(package.join("src"))?;
        fs::write(package.join("Cargo.toml"), MANIFEST)?;
        for module in 0..MODULES {
            fs::write(package.join(format!("src/part_{module}.rs")), module_text(module))?;
        }
        let modules = (0..MODULES).map(|module| format!("pub mod part_{module};\n"));
        fs::write(package.join("src/lib.rs"), modules.collect::<String>())?;
    }
    let target = package.join("target");
    let _ = fs::remove_dir_all(&target);
    let mut cargo = tool("cargo")?;
    cargo.args(["build", "--quiet", "--offline"]).current_dir(&package);
    cargo.env("CARGO_TARGET_DIR", &target).env_remove("RUSTFLAGS");
    Ok(child::run(&mut cargo)?.0.wall.as_secs_f64())
}

const MODULES: usize = 24;
const MANIFEST: &str =
    "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace]\n";

/// Something for the compiler to think about.
fn module_text(module: usize) -> String {
    let functions = (0..40).map(|number| {
        format!(
            "pub fn f{number}(words: &[String]) -> std::collections::BTreeMap<String, Vec<usize>> {{
                let mut found = std::collections::BTreeMap::new();
                for (index, word) in words.iter().enumerate().skip({number}) {{
                    found.entry(word.to_lowercase()).or_insert_with(Vec::new).push(index + {module});
                }}
                found
            }}\n"
        )
    });
    functions.collect()
}

fn disk_reads(place: &Place) -> Result<f64> {
    let file = format!("--filename={}", place.scratch().join("fio.data").display());
    let mut fio = tool("fio")?;
    fio.args(["--name=reads", &file, "--rw=randread", "--bs=4k", "--size=256m", "--direct=1"]);
    fio.args(["--number_ios=20000", "--norandommap", "--io_size=1t", "--output-format=json"]);
    let (_, said) = child::run(&mut fio)?;
    let said = &said[said.find('{').context("fio answers in JSON")?..];
    let answer: serde_json::Value = serde_json::from_str(said)?;
    let runtime = answer["jobs"][0]["read"]["runtime"].as_f64().context("fio tells its time")?;
    Ok(runtime / 1000.0)
}

fn system_calls(_: &Place) -> Result<f64> {
    let (_, said) = child::run(tool("perf")?.args(["bench", "syscall", "basic", "-l", "5000000"]))?;
    let line = said.lines().find_map(|line| line.trim().strip_prefix("Total time:"));
    let seconds = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    seconds.context("perf bench says its total time")
}

/// Bytes of the tables of system calls and of disk requests, for each row, every call being a row.
fn stored(place: &Place) -> Result<()> {
    println!("\n## bytes for each row, of a compile and of disk reads");
    let recording = place.scratch().join("rows.wake");
    for (tables, load, most) in [
        (
            &["path", "io", "sock", "misc"][..],
            compile as fn(&Place) -> Result<f64>,
            MOST_BYTES_PER_CALL,
        ),
        (&["block_io"][..], disk_reads, MOST_BYTES_PER_REQUEST),
    ] {
        let process = Tracer::recorder_with(place, &recording, &["--profile", "all"])?;
        load(place)?;
        process.stop()?;
        let (manifest, _) = Manifest::read(&recording)?;
        let (mut bytes, mut rows) = (0, 0);
        for table in tables {
            let own = manifest.rows.get(*table).copied().unwrap_or(0);
            let size = size(&recording.join(table))?;
            println!("{table}: {own} rows, {:.1} bytes each", size as f64 / own.max(1) as f64);
            bytes += size;
            rows += own;
        }
        promise(&tables.join(", "), bytes as f64 / rows.max(1) as f64, most, "bytes per row");
        fs::remove_dir_all(&recording)?;
    }
    Ok(())
}

fn size(folder: &Path) -> Result<u64> {
    let files: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => Vec::new(),
    };
    files.iter().map(|file| Ok(file.metadata()?.len())).sum()
}
