//! The laws of the house, checked on the sources as they lie there.
//!
//! Each law is a function from a [`Tree`] to findings, so that it is tested on small made-up trees.
//! It does not repeat what the compiler, clippy or rustfmt already refuse.

mod allow;
mod docs;
mod house;
mod rust;
mod source;
mod tree;
pub(crate) mod wrap;

use anyhow::{Result, ensure};
use std::fmt;
pub(crate) use tree::Tree;

/// A place where a law is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    law: &'static str,
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, law: &'static str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, law, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.law, self.message)
    }
}

/// Prints every finding; fails when there is one.
pub(crate) fn run() -> Result<()> {
    let root = crate::run::root();
    let tree = Tree::load(&root)?;
    let members = house::members(&root)?;
    let findings = check(&tree, &members);
    for finding in &findings {
        println!("{finding}");
    }
    let files = tree.paths().count();
    ensure!(findings.is_empty(), "tidy: {} findings", findings.len());
    println!("tidy: no findings in {files} files of {} packages", members.len());
    Ok(())
}

fn check(tree: &Tree, members: &[house::Member]) -> Vec<Finding> {
    let mut findings = house::arrows(tree, members);
    findings.extend(house::rims(members));
    findings.extend(house::manifests(tree));
    for law in source::LAWS.iter().chain(docs::LAWS) {
        findings.extend(law(tree));
    }
    let mut findings = allow::apply(allow::ALLOWED, findings);
    findings.sort();
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_keeps_its_laws() {
        let root = crate::run::root();
        let tree = Tree::load(&root).expect("the repository is readable");
        let members = house::members(&root).expect("cargo metadata works here");
        let findings: Vec<String> =
            check(&tree, &members).iter().map(ToString::to_string).collect();
        assert!(findings.is_empty(), "\n{}", findings.join("\n"));
    }
}
