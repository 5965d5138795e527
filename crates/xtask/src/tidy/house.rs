//! Laws about the house: which crate may know which. The table in docs/ARCHITECTURE.md is the law;
//! cargo's metadata is what was built.

use super::source::FACES;
use super::{Finding, Tree};
use anyhow::Result;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const TABLE: &str = "docs/ARCHITECTURE.md";

/// A package of the workspace.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Member {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Clone, Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

/// Asks cargo for the packages of the workspace.
pub(crate) fn members(root: &Path) -> Result<Vec<Member>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Member>,
    }
    let mut cargo = crate::run::cargo();
    cargo.args(["metadata", "--format-version", "1", "--no-deps", "--manifest-path"]);
    let text = crate::run::captured(cargo.arg(root.join("Cargo.toml")))?;
    Ok(serde_json::from_str::<Metadata>(&text)?.packages)
}

impl Member {
    /// The crate's name in the table; the house's packages outside `crates/` have none.
    fn short(&self) -> Option<&str> {
        match self.name.as_str() {
            "aura-tests" | "aura-benches" => None,
            "xtask" => Some("xtask"),
            name => name.strip_prefix("aura-"),
        }
    }

    /// What the product's build of this package needs.
    fn needs(&self) -> impl Iterator<Item = &str> {
        self.dependencies
            .iter()
            .filter(|dependency| dependency.kind.as_deref() != Some("dev"))
            .map(|dependency| dependency.name.as_str())
    }
}

/// Rows of the table: crate, line, and what it may depend on; `all` stands for every crate.
fn table(tree: &Tree) -> BTreeMap<&str, (usize, BTreeSet<&str>)> {
    let mut rows = BTreeMap::new();
    let Some(text) = tree.get(TABLE) else { return rows };
    let after = text.lines().enumerate().skip_while(|(_, line)| !line.contains("may depend on"));
    for (number, line) in after.skip(2).take_while(|(_, line)| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let (Some(name), Some(may)) = (cells.first(), cells.last()) else { continue };
        let may = may.split(',').map(|word| word.trim_matches([' ', '`', '–']));
        let may = may.filter(|word| !word.is_empty() && *word != "nothing").collect();
        rows.insert(name.trim_matches('`'), (number + 1, may));
    }
    rows
}

/// The arrows point as the table says, and the table names every crate and no other.
pub(crate) fn arrows(tree: &Tree, members: &[Member]) -> Vec<Finding> {
    const LAW: &str = "the table of crates";
    let table = table(tree);
    let mut findings = Vec::new();
    for member in members {
        let Some(name) = member.short() else { continue };
        let Some((line, may)) = table.get(name) else {
            findings.push(Finding::new(TABLE, 1, LAW, format!("crate `{name}` is not in it")));
            continue;
        };
        for other in member.needs().filter_map(|need| need.strip_prefix("aura-")) {
            if !may.contains(other) && !may.contains("all") {
                let message = format!("`{name}` depends on `{other}` and may not");
                findings.push(Finding::new(TABLE, *line, LAW, message));
            }
        }
    }
    let built: BTreeSet<&str> = members.iter().filter_map(Member::short).collect();
    for (name, (line, _)) in table.iter().filter(|(name, _)| !built.contains(**name)) {
        let message = format!("`{name}` is in the table and not in the workspace");
        findings.push(Finding::new(TABLE, *line, LAW, message));
    }
    findings
}

/// Laws that hold whatever the table says: faces know `model` alone, settings stay above the
/// stages, and the asynchronous runtime stays in faces and `daemon`.
pub(crate) fn rims(members: &[Member]) -> Vec<Finding> {
    const ASYNC: &[&str] = &["tokio", "tokio-rustls", "hyper", "hyper-util", "axum"];
    let mut findings = Vec::new();
    for member in members {
        let Some(name) = member.short() else { continue };
        let place = format!("crates/{name}/Cargo.toml");
        let face = FACES.contains(&name);
        for need in member.needs() {
            let (law, message) = match need.strip_prefix("aura-") {
                Some(other) if face && name != "cli" && other != "model" => {
                    ("law 1, a face knows only model", format!("it depends on `{other}`"))
                }
                Some("settings") if !matches!(name, "daemon" | "cli") => {
                    ("law 2, settings stay above", "it knows `settings`".to_owned())
                }
                Some("testkit") => {
                    ("law 1, doubles are for tests", "it needs `testkit`".to_owned())
                }
                None if ASYNC.contains(&need) && !face && name != "daemon" => {
                    ("law 5, tokio only in faces and daemon", format!("it depends on `{need}`"))
                }
                _ => continue,
            };
            findings.push(Finding::new(&place, 1, law, message));
        }
        if name == "model" && member.needs().next().is_some() {
            let message = "it has a dependency".to_owned();
            findings.push(Finding::new(&place, 1, "model depends on nothing", message));
        }
    }
    findings
}

/// Every package takes the workspace's lints and the workspace's versions.
pub(crate) fn manifests(tree: &Tree) -> Vec<Finding> {
    const LAW: &str = "one list at the root";
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension("toml") {
        if !path.ends_with("/Cargo.toml") || path.starts_with("tests/fuzz/") {
            continue;
        }
        let mut finding = |message: String| findings.push(Finding::new(path, 1, LAW, message));
        let Ok(manifest) = text.parse::<toml::Table>() else {
            finding("not TOML".to_owned());
            continue;
        };
        let inherits = |value: Option<&toml::Value>| {
            value.and_then(|value| value.get("workspace")).and_then(toml::Value::as_bool)
                == Some(true)
        };
        if !inherits(manifest.get("lints")) {
            finding("it does not take the workspace's lints".to_owned());
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(list) = manifest.get(section).and_then(toml::Value::as_table) else {
                continue;
            };
            for (name, _) in list.iter().filter(|(_, value)| !inherits(Some(value))) {
                finding(format!("`{name}` does not take the workspace's version"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, needs: &[&str], dev: &[&str]) -> Member {
        let dependency = |name: &&str, kind: Option<&str>| Dependency {
            name: (*name).to_owned(),
            kind: kind.map(str::to_owned),
        };
        let needs = needs.iter().map(|need| dependency(need, None));
        let dev = dev.iter().map(|need| dependency(need, Some("dev")));
        Member { name: name.to_owned(), dependencies: needs.chain(dev).collect() }
    }

    const HOUSE: &str = "| crate | purpose | may depend on |\n|---|---|---|\n\
        | `model` | words | nothing |\n| `store` | disk | `model` |\n| `daemon` | all | all |\n\n\
        end";

    #[test]
    fn arrows_follow_the_table() {
        let check = |members: &[Member], expect: &[&str]| {
            let tree = Tree::of(&[(TABLE, HOUSE)]);
            let found = arrows(&tree, members);
            let found: Vec<_> = found.iter().map(|finding| finding.message.as_str()).collect();
            assert_eq!(found, expect);
        };
        let model = member("aura-model", &[], &["aura-testkit"]);
        let store = member("aura-store", &["aura-model", "libc"], &[]);
        let daemon = member("aura-daemon", &["aura-store"], &[]);
        check(&[model.clone(), store.clone(), daemon.clone(), member("aura-tests", &[], &[])], &[]);
        let wrong = member("aura-store", &["aura-daemon"], &[]);
        check(
            &[model.clone(), wrong, daemon.clone()],
            &["`store` depends on `daemon` and may not"],
        );
        check(&[model, store], &["`daemon` is in the table and not in the workspace"]);
        check(
            &[member("aura-new", &[], &[])],
            &[
                "crate `new` is not in it",
                "`daemon` is in the table and not in the workspace",
                "`model` is in the table and not in the workspace",
                "`store` is in the table and not in the workspace",
            ],
        );
    }

    #[test]
    fn rims_hold_whatever_the_table_says() {
        let check = |member: Member, expect: &[&str]| {
            let found = rims(&[member]);
            assert_eq!(found.iter().map(|finding| finding.law).collect::<Vec<_>>(), expect);
        };
        check(member("aura-web", &["aura-model", "tokio", "axum"], &["aura-testkit"]), &[]);
        check(member("aura-web", &["aura-store"], &[]), &["law 1, a face knows only model"]);
        check(member("aura-store", &["aura-settings"], &[]), &["law 2, settings stay above"]);
        check(member("aura-daemon", &["aura-settings", "tokio"], &[]), &[]);
        check(member("aura-store", &["tokio"], &[]), &["law 5, tokio only in faces and daemon"]);
        check(member("aura-web", &["aura-testkit"], &[]), &["law 1, a face knows only model"]);
        check(member("aura-signal", &["aura-testkit"], &[]), &["law 1, doubles are for tests"]);
        check(member("aura-model", &["serde"], &[]), &["model depends on nothing"]);
    }

    #[test]
    fn manifests_inherit() {
        let check = |text: &str, expect: usize| {
            let tree = Tree::of(&[("crates/a/Cargo.toml", text)]);
            assert_eq!(manifests(&tree).len(), expect, "{text}");
        };
        check("[lints]\nworkspace = true\n[dependencies]\nlibc.workspace = true\n", 0);
        check("[dependencies]\nlibc.workspace = true\n", 1);
        check("[lints]\nworkspace = true\n[dev-dependencies]\nlibc = \"1\"\n", 1);
        check("not toml", 1);
    }
}
