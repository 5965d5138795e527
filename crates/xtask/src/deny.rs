//! Licences, bans, duplicates and sources of the dependencies, by `deny.toml`.
//!
//! With cargo-deny on PATH that tool judges. Without it (it takes longer to build than everything
//! here) the same lines are read by this module, which does not know advisories and says so.

use crate::run;
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What we read of `deny.toml`.
#[derive(Debug, Deserialize)]
struct Policy {
    graph: Graph,
    licenses: Licenses,
    bans: Bans,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Graph {
    targets: Vec<String>,
    exclude: Vec<String>,
    exclude_dev: bool,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Entry>,
    skip: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

/// A package that is built in.
#[derive(Debug, PartialEq, Eq)]
struct Package {
    name: String,
    version: String,
    /// SPDX expression; empty when it states none.
    license: String,
    /// Where it comes from when that is not the registry.
    origin: Option<String>,
}

/// Judges; fails when something is refused.
pub(crate) fn run() -> Result<()> {
    if run::on_path("cargo-deny") {
        let mut cargo = run::cargo();
        cargo.args(["deny", "check", "licenses", "bans", "sources"]);
        match std::env::var_os("AURA_ADVISORY_DB") {
            Some(_) => drop(cargo.arg("advisories")),
            None => {
                println!("deny: advisories are not checked: AURA_ADVISORY_DB names no database")
            }
        }
        return run::visible(&mut cargo);
    }
    let text = std::fs::read_to_string(run::root().join("deny.toml")).context("deny.toml")?;
    let policy: Policy = toml::from_str(&text).context("deny.toml")?;
    let packages = packages(&policy.graph)?;
    let findings = judge(&policy, &packages, &run::root().to_string_lossy());
    for finding in &findings {
        println!("deny: {finding}");
    }
    println!("deny: advisories are not checked: cargo-deny is not installed");
    ensure!(findings.is_empty(), "deny: {} findings", findings.len());
    println!("deny: no findings in {} packages", packages.len());
    Ok(())
}

/// Packages that the targets build in, ours included. `cargo tree` knows which features are on;
/// `cargo metadata` lists packages that no feature asks for.
fn packages(graph: &Graph) -> Result<Vec<Package>> {
    let mut cargo = run::cargo();
    cargo.args(["tree", "--workspace", "--locked", "--prefix", "none", "--format", "{p}|{l}"]);
    cargo.args(["--edges", if graph.exclude_dev { "normal,build" } else { "normal,build,dev" }]);
    for name in &graph.exclude {
        cargo.args(["--exclude", name]);
    }
    for target in &graph.targets {
        cargo.args(["--target", target]);
    }
    let text = run::captured(&mut cargo)?;
    let lines: BTreeSet<&str> = text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    lines.into_iter().filter(|line| !line.is_empty()).map(parsed).collect()
}

/// `name v1.2.3 (origin) (proc-macro)|MIT OR Apache-2.0`
fn parsed(line: &str) -> Result<Package> {
    let (package, license) = line.rsplit_once('|').with_context(|| line.to_owned())?;
    let mut words = package.splitn(3, ' ');
    let (Some(name), Some(version)) = (words.next(), words.next()) else {
        bail!("cargo tree says {line:?}");
    };
    let mut notes = words.next().unwrap_or_default().split(['(', ')']).map(str::trim);
    let origin = notes.rfind(|note| !note.is_empty() && *note != "proc-macro");
    Ok(Package {
        name: name.to_owned(),
        version: version.trim_start_matches('v').to_owned(),
        license: license.to_owned(),
        origin: origin.map(str::to_owned),
    })
}

fn judge(policy: &Policy, packages: &[Package], ours: &str) -> Vec<String> {
    let allowed: BTreeSet<&str> = policy.licenses.allow.iter().map(String::as_str).collect();
    let mut findings = Vec::new();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        let shown = format!("{} {}", package.name, package.version);
        if !permitted(&package.license, &allowed) {
            findings.push(format!("{shown}: licence {:?} is not allowed", package.license));
        }
        if let Some(entry) = policy.bans.deny.iter().find(|entry| entry.name == package.name) {
            findings.push(format!("{shown} is banned: {}", entry.reason));
        }
        if let Some(origin) = &package.origin
            && !origin.starts_with(ours)
        {
            findings.push(format!("{shown} comes from {origin}"));
        }
        versions.entry(&package.name).or_default().push(&package.version);
    }
    let skipped = |name: &str, version: &str| {
        let exact = format!("{name}@{version}");
        policy.bans.skip.iter().any(|entry| entry.name == exact || entry.name == name)
    };
    for (name, versions) in &versions {
        let counted = versions.iter().filter(|version| !skipped(name, version)).count();
        if counted > 1 {
            findings.push(format!("{name} is built in several versions: {}", versions.join(", ")));
        }
    }
    for entry in &policy.bans.skip {
        let (name, _) = entry.name.split_once('@').unwrap_or((&entry.name, ""));
        if versions.get(name).is_none_or(|versions| versions.len() < 2) {
            let reason = &entry.reason;
            findings.push(format!("{name} has one version: its skip ({reason}) is not needed"));
        }
    }
    findings
}

/// Whether the licences of an SPDX expression can all be had from the allowed ones; `OR` gives the
/// choice.
fn permitted(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let verdict = any_of(&mut rest, allowed);
    rest.is_empty() && verdict
}

fn any_of(rest: &mut &[&str], allowed: &BTreeSet<&str>) -> bool {
    let mut verdict = all_of(rest, allowed);
    while let Some((&"OR", tail)) = rest.split_first() {
        *rest = tail;
        verdict |= all_of(rest, allowed);
    }
    verdict
}

fn all_of(rest: &mut &[&str], allowed: &BTreeSet<&str>) -> bool {
    let mut verdict = one(rest, allowed);
    while let Some((&"AND", tail)) = rest.split_first() {
        *rest = tail;
        verdict &= one(rest, allowed);
    }
    verdict
}

fn one(rest: &mut &[&str], allowed: &BTreeSet<&str>) -> bool {
    let Some((&first, tail)) = rest.split_first() else { return false };
    *rest = tail;
    if first == "(" {
        let verdict = any_of(rest, allowed);
        let closed = rest.split_first().filter(|(word, _)| **word == ")");
        let Some((_, tail)) = closed else { return false };
        *rest = tail;
        return verdict;
    }
    if let [with, exception, tail @ ..] = *rest
        && *with == "WITH"
    {
        *rest = tail;
        return allowed.contains(format!("{first} WITH {exception}").as_str());
    }
    allowed.contains(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
        [graph]
        targets = []
        exclude = []
        exclude-dev = true
        [licenses]
        allow = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
        [bans]
        deny = [{ crate = "ring", reason = "one provider" }]
        skip = [{ crate = "syn@2.0.0", reason = "moving" }]
    "#;

    #[test]
    fn expressions_are_weighed() {
        let policy: Policy = toml::from_str(POLICY).expect("valid");
        let allowed = policy.licenses.allow.iter().map(String::as_str).collect();
        let check = |expression: &str, expect: bool| {
            assert_eq!(permitted(expression, &allowed), expect, "{expression}");
        };
        check("MIT", true);
        check("GPL-3.0", false);
        check("GPL-3.0 OR MIT", true);
        check("GPL-3.0 AND MIT", false);
        check("MIT/Apache-2.0", true);
        check("(GPL-3.0 OR Apache-2.0) AND MIT", true);
        check("(GPL-3.0 OR Apache-2.0) AND ISC", false);
        check("MIT OR (GPL-3.0 AND ISC)", true);
        check("Apache-2.0 WITH LLVM-exception", true);
        check("MIT WITH LLVM-exception", false);
        check("(MIT", false);
        check("MIT MIT", false);
        check("", false);
    }

    #[test]
    fn packages_are_judged_by_the_policy() {
        let policy: Policy = toml::from_str(POLICY).expect("valid");
        let judged = |lines: &[&str]| {
            let packages: Result<Vec<_>> = lines.iter().map(|line| parsed(line)).collect();
            judge(&policy, &packages.expect("lines of cargo tree"), "/src")
        };
        let mut lines = vec![
            "ours v0.1.0 (/src/crates/ours)|MIT OR Apache-2.0",
            "syn v2.0.0|MIT",
            "syn v3.0.0|MIT",
            "derive v3.0.0 (proc-macro)|MIT",
        ];
        assert_eq!(judged(&lines), [""; 0]);
        lines.push("ring v0.17.0|MIT");
        lines.push("closed v1.0.0|");
        lines.push("viral v1.0.0 (https://example.org/x#1) (proc-macro)|GPL-3.0");
        lines.push("syn v4.0.0|MIT");
        let expect = [
            "ring 0.17.0 is banned",
            "closed 1.0.0: licence",
            "viral 1.0.0: licence \"GPL-3.0\"",
            "viral 1.0.0 comes from https://example.org",
            "syn is built in several",
        ];
        let found = judged(&lines);
        assert_eq!(found.len(), expect.len(), "{found:?}");
        for (finding, expect) in found.iter().zip(expect) {
            assert!(finding.starts_with(expect), "{expect}: {found:?}");
        }
        assert!(judged(&["syn v2.0.0|MIT"])[0].contains("not needed"));
        assert!(parsed("no such line").is_err());
    }

    #[test]
    fn the_policy_of_the_repository_is_readable() {
        let text = std::fs::read_to_string(run::root().join("deny.toml")).expect("it is there");
        let policy: Policy = toml::from_str(&text).expect("and is TOML of this form");
        assert!(policy.bans.deny.iter().any(|entry| entry.name == "ring"));
        assert!(policy.licenses.allow.iter().all(|license| !license.contains("GPL")));
    }
}
