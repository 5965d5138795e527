//! Laws about documents: promises name what holds them, events are explained, links lead somewhere,
//! and no page knows the machine that it was written on.

use super::rust::{code_only, line_of, words};
use super::{Finding, Tree};
use std::collections::BTreeSet;

const SPECIFICATION: &str = "docs/SPECIFICATION.md";
const EVENTS: &str = "docs/EVENTS.md";
const EVENT_TABLE: &str = "crates/model/src/event.rs";

pub(super) const LAWS: &[fn(&Tree) -> Vec<Finding>] =
    &[promises, events, links, machine_paths, modules_have_heads];

/// Each promise is numbered once, upwards, and names an existing test, bench or script, or says
/// `pending`.
fn promises(tree: &Tree) -> Vec<Finding> {
    const LAW: &str = "style 14, a promise names its proof";
    let Some(text) = tree.get(SPECIFICATION) else { return Vec::new() };
    let proofs = proofs(tree);
    let mut last = 0;
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some(rest) = line.strip_prefix("| P-") else { continue };
        let mut finding =
            |message: String| findings.push(Finding::new(SPECIFICATION, index + 1, LAW, message));
        let cells: Vec<&str> = rest.trim_end().trim_end_matches('|').split('|').collect();
        match cells.first().and_then(|number| number.trim().parse::<u32>().ok()) {
            Some(number) if number > last => last = number,
            Some(number) => finding(format!("P-{number:03} after P-{last:03}")),
            None => finding("the number is not P-NNN".to_owned()),
        }
        let held_by = cells.last().copied().unwrap_or_default().trim();
        if held_by.starts_with("pending") {
            continue;
        }
        let named: Vec<&str> = held_by.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            finding("it names no test and does not say `pending`".to_owned());
        }
        for name in named {
            let last_part = name.rsplit("::").next().unwrap_or(name);
            if !proofs.contains(last_part) && !tree.has(name) {
                finding(format!("there is no test, bench or file `{name}`"));
            }
        }
    }
    findings
}

/// Names of all Rust functions under `#[test]` or in test and bench packages, and titles of browser
/// tests.
fn proofs(tree: &Tree) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (path, text) in tree.with_extension("rs") {
        let code = code_only(text);
        let lines: Vec<&str> = code.lines().collect();
        for (line, name) in function_names(&code) {
            let above = lines[..line - 1].iter().rev();
            let attributes = above.take_while(|line| line.trim_start().starts_with("#["));
            if path.starts_with("benches/") || attributes.into_iter().any(|line| is_test(line)) {
                names.insert(name.to_owned());
            }
        }
    }
    for (_, text) in tree.with_extension("mjs") {
        let titles = text.split("test('").skip(1).filter_map(|rest| rest.split('\'').next());
        names.extend(titles.map(str::to_owned));
    }
    names
}

fn is_test(attribute: &str) -> bool {
    let attribute = attribute.trim();
    attribute == "#[test]" || attribute.contains("::test")
}

/// Lines and names of all functions; in `proptest!` blocks, too, whose arguments are no Rust.
fn function_names(code: &str) -> Vec<(usize, &str)> {
    let all: Vec<_> = words(code).collect();
    all.windows(2)
        .filter(|pair| &code[pair[0].clone()] == "fn")
        .map(|pair| (line_of(code, pair[0].start), &code[pair[1].clone()]))
        .collect()
}

/// Every code of the event table has its row in the manual, with the same words in both languages.
fn events(tree: &Tree) -> Vec<Finding> {
    const LAW: &str = "every event is explained";
    let (Some(table), Some(page)) = (tree.get(EVENT_TABLE), tree.get(EVENTS)) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let mut known = BTreeSet::new();
    for (index, line) in table.lines().enumerate() {
        let Some((number, severity, russian, english)) = event_row(line) else { continue };
        known.insert(number);
        let row =
            page.lines().enumerate().find(|(_, row)| row.starts_with(&format!("| {number} ")));
        match row {
            None => {
                let message = format!("{number} is not in {EVENTS}");
                findings.push(Finding::new(EVENT_TABLE, index + 1, LAW, message));
            }
            Some((at, row)) => {
                for part in [severity, russian, english] {
                    if !row.contains(part) {
                        let message = format!("{number} says otherwise in the table: {part:?}");
                        findings.push(Finding::new(EVENTS, at + 1, LAW, message));
                    }
                }
            }
        }
    }
    for (index, row) in page.lines().enumerate() {
        let number = row.strip_prefix("| ").and_then(|row| row.split(' ').next()).unwrap_or("");
        let is_code = number.len() == 4 && number[1..].bytes().all(|b| b.is_ascii_digit());
        if is_code && !known.contains(number) {
            let message = format!("{number} is not in the table of codes");
            findings.push(Finding::new(EVENTS, index + 1, LAW, message));
        }
    }
    findings
}

/// `Name "S001" Class Severity "ru" "en";`
fn event_row(line: &str) -> Option<(&str, &str, &str, &str)> {
    let mut quotes = line.strip_suffix("\";")?.split('"');
    let name = quotes.next()?.trim();
    if name.is_empty() || !name.chars().all(char::is_alphanumeric) {
        return None;
    }
    let (number, kinds, russian, _, english) =
        (quotes.next()?, quotes.next()?, quotes.next()?, quotes.next()?, quotes.next()?);
    Some((number, kinds.split_whitespace().nth(1)?, russian, english))
}

/// Relative links of Markdown pages lead to files of the repository.
fn links(tree: &Tree) -> Vec<Finding> {
    const LAW: &str = "links lead somewhere";
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension("md") {
        let mut fenced = false;
        for (index, line) in text.lines().enumerate() {
            fenced ^= line.trim_start().starts_with("```");
            if fenced {
                continue;
            }
            for rest in line.split("](").skip(1) {
                let target = rest.split([')', '#', ' ']).next().unwrap_or_default();
                let foreign = target.contains("://") || target.starts_with("mailto:");
                if !target.is_empty() && !foreign && !tree.has(&joined(path, target)) {
                    let message = format!("`{target}` leads nowhere");
                    findings.push(Finding::new(path, index + 1, LAW, message));
                }
            }
        }
    }
    findings
}

/// Path of a link's target from the root.
fn joined(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Nothing in the repository knows whose machine it was written on.
fn machine_paths(tree: &Tree) -> Vec<Finding> {
    const LAW: &str = "no machine paths";
    let roots = ["work", "root", "home", "Users"].map(|folder| format!("/{folder}/"));
    let mut findings = Vec::new();
    for (path, text) in tree.iter() {
        for (index, line) in text.lines().enumerate() {
            for root in &roots {
                let at = line.match_indices(root.as_str()).map(|(at, _)| at);
                let starts = |at: usize| {
                    let before = line[..at].chars().next_back();
                    before.is_none_or(|c| {
                        !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '}' | '/'))
                    })
                };
                if at.into_iter().any(starts) {
                    let message = format!("a path under `{root}`");
                    findings.push(Finding::new(path, index + 1, LAW, message));
                }
            }
        }
    }
    findings
}

/// Each source of the product begins with what it is for.
fn modules_have_heads(tree: &Tree) -> Vec<Finding> {
    const LAW: &str = "style 4, module heads";
    tree.with_extension("rs")
        .filter(|(path, _)| path.starts_with("crates/") && path.contains("/src/"))
        .filter(|(_, text)| !text.trim_start().starts_with("//!"))
        .map(|(path, _)| Finding::new(path, 1, LAW, "the file does not begin with `//!`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(law: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)]) -> Vec<String> {
        law(&Tree::of(files)).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_promise_needs_a_proof() {
        let check = |rows: &str, expect: &[&str]| {
            let files = [
                (SPECIFICATION, rows),
                (
                    "crates/a/src/lib.rs",
                    "#[test]\n#[ignore]\nfn holds() { x(); }\nfn plain() { y(); }",
                ),
                ("crates/b/src/lib.rs", "proptest! {\n#[test]\nfn forall(x in 0..9) { z(); } }"),
                ("tests/browser/pages.mjs", "test('pages load', async () => {})"),
                ("benches/benches/rows.rs", "fn binary_rows() { z(); }"),
            ];
            assert_eq!(messages(promises, &files), expect, "{rows}");
        };
        check("| P-001 | it records | `holds`, `a::tests::forall` |", &[]);
        check(
            "| P-001 | it records | `pages load`; `benches/benches/rows.rs`, `binary_rows` |",
            &[],
        );
        check("| P-001 | it records | pending: with `b` |", &[]);
        check(
            "| P-001 | it records | trust us |",
            &["it names no test and does not say `pending`"],
        );
        check("| P-001 | it records | `plain` |", &["there is no test, bench or file `plain`"]);
        let twice = "| P-002 | x | pending |\n| P-002 | y | pending |";
        check(twice, &["P-002 after P-002"]);
        check("| P-x | y | pending |", &["the number is not P-NNN"]);
    }

    #[test]
    fn events_are_explained_in_the_same_words() {
        let table = "    Started \"S001\" System Info \"Пущен {v}\" \"Started {v}\";\n";
        let check = |page: &str, expect: usize| {
            let found = messages(events, &[(EVENT_TABLE, table), (EVENTS, page)]);
            assert_eq!(found.len(), expect, "{page} {found:?}");
        };
        check("| S001 | Info | Пущен {v} | Started {v} | Nothing. |", 0);
        check("", 1);
        check("| S001 | Info | Пущен | Started {v} | Nothing. |", 1);
        check("| S001 | Warning | Пущен {v} | Started {v} | Nothing. |", 1);
        check("| S001 | Info | Пущен {v} | Started {v} | |\n| S009 | Info | Нет | No | |", 1);
    }

    #[test]
    fn links_must_lead_somewhere() {
        let check = |text: &str, expect: usize| {
            let found = messages(links, &[("docs/A.md", text), ("docs/adr/0001-x.md", "")]);
            assert_eq!(found.len(), expect, "{text}");
        };
        check("[x](adr/0001-x.md) [y](adr/) [z](../docs/A.md#part) [w](https://example.org/)", 0);
        check("[x](adr/0002-y.md)", 1);
        check("```\n[x](nowhere)\n```", 0);
    }

    #[test]
    fn machine_paths_are_found() {
        let own = format!("see /{}/me/notes", "home");
        assert_eq!(messages(machine_paths, &[("a.md", &own)]).len(), 1);
        let fine = format!("docs/{}/me, ./{}/x", "home", "work");
        assert_eq!(messages(machine_paths, &[("a.md", &fine)]).len(), 0);
    }

    #[test]
    fn files_begin_with_their_purpose() {
        assert_eq!(messages(modules_have_heads, &[("crates/a/src/b.rs", "use x;")]).len(), 1);
        assert_eq!(messages(modules_have_heads, &[("crates/a/src/b.rs", "//! Why.")]).len(), 0);
    }
}
