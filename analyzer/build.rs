//! Embeds the SQL files of `queries/`, so that the program is one file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let queries = root.join("../queries");
    let mut list = String::from("pub const FILES: &[(&str, &str)] = &[\n");
    for folder in ["", "lib"] {
        for file in sql_files(&queries.join(folder))? {
            let name = Path::new(folder).join(file.file_name().unwrap_or_default());
            let _ = writeln!(list, "    ({:?}, include_str!({:?})),", name, file.canonicalize()?);
        }
    }
    list.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("embedded.rs"), list)
}

fn sql_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
