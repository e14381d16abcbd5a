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
const ROUNDS: usize = 9;
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
    let mut missed: [String; TRACERS.len()] = Default::default();
    let mut own = Vec::new();
    (load.run)(place)?;
    for _ in 0..rounds {
        for (index, tracer) in TRACERS.into_iter().enumerate() {
            let mut running = tracer.start(place)?;
            let taken = (load.run)(place)?;
            running.cpu()?;
            missed[index] = running.stop(place)?;
            if tracer == Tracer::Everyday {
                own.push(own_account(place)?);
            }
            seconds[index].push(taken);
        }
    }
    // Whatever else the machine does only adds: the best of each are alike.
    let best = seconds.map(|all| all.into_iter().fold(f64::INFINITY, f64::min));
    let added = best.map(|seconds| 100.0 * (seconds - best[0]) / best[0]);
    let rows: Vec<Vec<String>> = TRACERS
        .into_iter()
        .enumerate()
        .map(|(index, tracer)| {
            vec![
                tracer.name().to_owned(),
                format!("{:.3} s", best[index]),
                format!("{:+.1} %", added[index]),
                missed[index].clone(),
            ]
        })
        .collect();
    table(&["tracer", "best time", "added", "missed"], &rows);
    let [_, ours, theirs] = added;
    println!("time added / bpftrace: {:.2} x", ours / theirs);
    if load.name.starts_with("cargo") {
        // On a virtual machine the time of a compile varies by more than that from run to run.
        let what = "probes and recorder during a compile, by their own account";
        promise(what, median(own), MOST_ON_A_COMPILE, "% of one CPU");
    }
    Ok(())
}

/// CPU of all probes, as the kernel counts it, and of the recorder, in percent of one CPU.
fn own_account(place: &Place) -> Result<f64> {
    let mut command = place.program("afterwake")?;
    command.arg("sql").arg(place.scratch().join("traced/load.wake"));
    command.args([
        "SELECT 100 * sum(share) AS percent FROM (
            SELECT CAST(sum(cpu_ns) AS DOUBLE) / sum(window_ns) AS share
            FROM cost WHERE what NOT LIKE 'kernel stacks%' GROUP BY what)",
        "--format",
        "csv",
    ]);
    let (_, said) = child::run(&mut command)?;
    said.lines().nth(1).and_then(|line| line.parse().ok()).context("a sum of the cost")
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

/// Opens, stats and reads tens of thousands of files.
fn archive(_: &Place) -> Result<f64> {
    let mut tar = tool("sh")?;
    tar.args(["-c", "tar -cf - /usr/share /usr/lib/python3 2> /dev/null | cat > /dev/null"]);
    Ok(child::run(&mut tar)?.0.wall.as_secs_f64())
}

fn system_calls(_: &Place) -> Result<f64> {
    let (_, said) = child::run(tool("perf")?.args(["bench", "syscall", "basic", "-l", "5000000"]))?;
    let line = said.lines().find_map(|line| line.trim().strip_prefix("Total time:"));
    let seconds = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    seconds.context("perf bench says its total time")
}

/// Bytes of the tables of system calls and of disk requests, for each row, every call being a row.
fn stored(place: &Place) -> Result<()> {
    println!("\n## bytes for each row, of an archive of many files and of disk reads");
    let recording = place.scratch().join("rows.wake");
    for (tables, load, most) in [
        (
            &["path", "io", "sock", "misc"][..],
            archive as fn(&Place) -> Result<f64>,
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
