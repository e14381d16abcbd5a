//! Nothing is linked whose licence asks for more than ours: what `cargo deny check licenses` checks,
//! by the same `deny.toml`, where that tool is not installed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What is between double quotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The licences that are allowed to all, and the pairs of a crate and a licence allowed to it.
fn allowed() -> (BTreeSet<String>, Vec<(String, String)>) {
    let text = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml is readable");
    let (_, list) = text.split_once("allow = [").expect("a list of licences");
    let (list, _) = list.split_once(']').expect("it ends");
    let exceptions = text.lines().filter(|line| line.contains("crate = "));
    let pair = |line| {
        let [name, licence] = quoted(line).try_into().expect("a crate and a licence");
        (name, licence)
    };
    (quoted(list).into_iter().collect(), exceptions.map(pair).collect())
}

/// Whether a licence expression can be met. Alternatives are joined by `OR` or, of old, by `/`;
/// they bind weaker than `AND`, and no expression here nests deeper than one pair of parentheses.
fn is_met(expression: &str, is_allowed: &dyn Fn(&str) -> bool) -> bool {
    if let Some((group, rest)) = expression.strip_prefix('(').and_then(|rest| rest.split_once(')'))
    {
        let rest = rest.trim();
        return match rest.split_once(' ') {
            None => is_met(group, is_allowed),
            Some(("AND", rest)) => is_met(group, is_allowed) && is_met(rest, is_allowed),
            Some(("OR", rest)) => is_met(group, is_allowed) || is_met(rest, is_allowed),
            Some(_) => false,
        };
    }
    let alternatives = expression.replace('/', " OR ");
    let mut alternatives = alternatives.split(" OR ");
    alternatives.any(|all| all.split(" AND ").all(|one| is_allowed(one.trim())))
}

#[test]
fn every_linked_crate_has_an_allowed_licence() {
    let (licences, exceptions) = allowed();
    assert!(licences.contains("MIT") && !exceptions.is_empty(), "{licences:?} {exceptions:?}");
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--workspace", "-e", "normal,build"])
        .args(["--prefix", "none", "--format", "{p}\t{l}"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    let crates: BTreeSet<(&str, &str)> = listed
        .lines()
        .filter_map(|line| line.trim_end_matches(" (*)").split_once('\t'))
        .map(|(package, licence)| (package.split(' ').next().unwrap_or_default(), licence))
        .collect();
    assert!(crates.len() > 100, "only {} crates", crates.len());
    let refused: Vec<_> = crates
        .iter()
        .filter(|(name, expression)| {
            let excepted = |one: &str| {
                exceptions.iter().any(|(crate_name, licence)| crate_name == name && licence == one)
            };
            !is_met(expression, &|one| licences.contains(one) || excepted(one))
        })
        .collect();
    assert!(refused.is_empty(), "not allowed by deny.toml: {refused:?}");
}

#[test]
fn an_expression_is_met_by_what_it_names() {
    let is_allowed = |one: &str| ["MIT", "Zlib"].contains(&one);
    for met in ["MIT", "MIT/GPL-3.0", "GPL-3.0 OR MIT", "MIT AND Zlib", "(MIT OR GPL-3.0) AND Zlib"]
    {
        assert!(is_met(met, &is_allowed), "{met}");
    }
    for unmet in ["GPL-3.0", "", "MIT AND GPL-3.0", "(MIT OR Zlib) AND GPL-3.0", "GPL-3.0/LGPL-3.0"]
    {
        assert!(!is_met(unmet, &is_allowed), "{unmet}");
    }
}
