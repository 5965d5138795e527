//! Laws about Rust sources: where unsafe, serialisation and writing to disk may stand, sizes, and
//! names.

use super::rust::{code_only, functions, line_of, production_only, words};
use super::{Finding, Tree};
use std::collections::BTreeSet;

/// A function's body, lines of code.
const FUNCTION_LINES_MAX: usize = 70;
/// A line, columns.
pub(super) const COLUMNS_MAX: usize = 100;
/// A file without its tests, lines.
const FILE_LINES_MAX: usize = 500;
/// A `lib.rs`: documentation, `mod` and `pub use`.
const LIB_LINES_MAX: usize = 120;
/// Names that say nothing, so that everything ends up there.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc", "manager"];
/// Faces: they speak to the outside.
pub(super) const FACES: &[&str] = &["web", "iec60870", "mms", "fieldbus", "fleet", "cli"];

pub(super) const LAWS: &[fn(&Tree) -> Vec<Finding>] =
    &[unsafe_in_sys, serde_at_the_rim, store_writes, sizes, names];

/// Sources whose text a law judges: what is built into the product.
fn production(tree: &Tree) -> impl Iterator<Item = (&str, String)> {
    let tests = test_modules(tree);
    tree.with_extension("rs")
        .filter(move |(path, _)| {
            path.starts_with("crates/") && !is_test(path) && !tests.contains(*path)
        })
        .map(|(path, text)| (path, production_only(&code_only(text))))
}

/// Files of the modules that are declared as `#[cfg(test)] mod name;`.
fn test_modules(tree: &Tree) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for (path, text) in tree.with_extension("rs") {
        let code = code_only(text);
        for rest in code.split("#[cfg(test)]").skip(1) {
            let name = rest.trim_start().strip_prefix("mod ").and_then(|rest| rest.split_once(';'));
            let Some((name, _)) = name.filter(|(name, _)| !name.contains('{')) else { continue };
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let own = path.trim_end_matches("/mod.rs").trim_end_matches(".rs");
            paths.extend([format!("{folder}/{name}.rs"), format!("{own}/{name}.rs")]);
        }
    }
    paths
}

fn is_test(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.any(|part| matches!(part, "tests" | "benches" | "examples" | "tests.rs"))
        || ["crates/xtask/", "crates/testkit/"].iter().any(|folder| path.starts_with(folder))
}

/// Whether the file is, or lies in, the module of this name of the crate's sources.
fn in_module(path: &str, module: &str) -> bool {
    path.split('/').any(|part| part == module || part.strip_suffix(".rs") == Some(module))
}

/// Name of the crate's folder.
fn crate_of(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

/// `unsafe` only in modules named `sys`, and there each with its reason.
fn unsafe_in_sys(tree: &Tree) -> Vec<Finding> {
    const LAW: &str = "law 4, unsafe only in sys";
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension("rs") {
        let code = code_only(text);
        for range in words(&code).filter(|range| &code[range.clone()] == "unsafe") {
            let line = line_of(&code, range.start);
            if !in_module(path, "sys") {
                let message = "`unsafe` stands outside a module named `sys`";
                findings.push(Finding::new(path, line, LAW, message));
            } else if !has_reason(text, line) {
                let message = "`unsafe` without `// SAFETY:` in the five lines above it";
                findings.push(Finding::new(path, line, LAW, message));
            }
        }
    }
    findings
}

fn has_reason(text: &str, line: usize) -> bool {
    let mut near = text.lines().skip(line.saturating_sub(6)).take(6.min(line));
    near.any(|text| text.contains("SAFETY:") || text.contains("# Safety"))
}

/// Types are serialised only where bytes enter or leave.
fn serde_at_the_rim(tree: &Tree) -> Vec<Finding> {
    const LAW: &str = "law 6, serde only at the rim";
    let mut findings = Vec::new();
    for (path, code) in production(tree) {
        let folder = crate_of(path);
        let face = FACES.contains(&folder);
        let home = folder == "settings"
            || (face && in_module(path, "dto"))
            || (folder == "store" && in_module(path, "format"))
            || (folder == "analyse" && in_module(path, "json"));
        let refused = |word: &str| match word {
            "serde" | "Serialize" | "Deserialize" | "schemars" => !home,
            "serde_json" | "toml" => !home && !face,
            _ => false,
        };
        for range in words(&code).filter(|range| refused(&code[range.clone()])) {
            let message = format!(
                "`{}` belongs to settings, a face's dto, store::format or \
                analyse::json",
                &code[range.clone()]
            );
            findings.push(Finding::new(path, line_of(&code, range.start), LAW, message));
        }
    }
    findings
}

/// Only `store` changes files.
fn store_writes(tree: &Tree) -> Vec<Finding> {
    const LAW: &str = "law 3, only store writes files";
    const CALLS: &[&str] = &[
        "fs::write",
        "fs::rename",
        "fs::copy",
        "fs::remove_",
        "fs::create_dir",
        "fs::hard_link",
        "fs::set_permissions",
        "unix::fs::symlink",
        "File::create",
        "File::options",
        "OpenOptions",
    ];
    let mut findings = Vec::new();
    for (path, code) in production(tree).filter(|(path, ..)| crate_of(path) != "store") {
        for (number, line) in code.lines().enumerate() {
            for call in CALLS.iter().filter(|call| line.contains(**call)) {
                let message = format!("`{call}` outside `store`");
                findings.push(Finding::new(path, number + 1, LAW, message));
            }
        }
    }
    findings
}

/// Functions, lines, files and crate roots that one can still take in.
fn sizes(tree: &Tree) -> Vec<Finding> {
    const LAW: &str = "style 6, sizes";
    let tests = test_modules(tree);
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension("rs") {
        for (number, line) in text.lines().enumerate() {
            let columns = line.chars().count();
            if columns > COLUMNS_MAX {
                let message = format!("line of {columns} columns, allowed {COLUMNS_MAX}");
                findings.push(Finding::new(path, number + 1, LAW, message));
            }
        }
        let code = code_only(text);
        for function in functions(&code) {
            if function.body_lines > FUNCTION_LINES_MAX {
                let message = format!(
                    "`{}` has {} lines of code, allowed {FUNCTION_LINES_MAX}",
                    function.name, function.body_lines
                );
                findings.push(Finding::new(path, function.line, LAW, message));
            }
        }
        if path.starts_with("crates/xtask/") || !(is_test(path) || tests.contains(path)) {
            findings.extend(file_size(path, text, &code, LAW));
        }
    }
    findings
}

fn file_size(path: &str, text: &str, code: &str, law: &'static str) -> Option<Finding> {
    let kept = production_only(code);
    let blanked = kept.lines().zip(code.lines()).filter(|(kept, all)| kept != all).count();
    let lines = text.lines().count() - blanked;
    let limit = if path.ends_with("/src/lib.rs") { LIB_LINES_MAX } else { FILE_LINES_MAX };
    (lines > limit).then(|| {
        Finding::new(path, 1, law, format!("{lines} lines without tests, allowed {limit}"))
    })
}

/// No file, module or folder whose name says nothing.
fn names(tree: &Tree) -> Vec<Finding> {
    const LAW: &str = "style 6, names";
    let mut findings = Vec::new();
    for path in tree.paths() {
        let stems = path.split('/').map(|part| part.split('.').next().unwrap_or_default());
        for stem in stems.filter(|stem| EMPTY_NAMES.contains(stem)) {
            findings.push(Finding::new(path, 1, LAW, format!("the name `{stem}` says nothing")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of the findings of a law over one file.
    fn lines(law: fn(&Tree) -> Vec<Finding>, path: &str, text: &str) -> Vec<usize> {
        law(&Tree::of(&[(path, text)])).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn unsafe_needs_sys_and_a_reason() {
        let check = |path: &str, text: &str, expect: &[usize]| {
            assert_eq!(lines(unsafe_in_sys, path, text), expect, "{path} {text:?}");
        };
        let with_reason = "// SAFETY: the pointer lives.\nunsafe { x() }";
        check("crates/a/src/sys.rs", with_reason, &[]);
        check("crates/a/src/sys/mman.rs", with_reason, &[]);
        check("crates/a/src/sys.rs", "\nunsafe { x() }", &[2]);
        check("crates/a/src/ring.rs", with_reason, &[2]);
        check("crates/a/tests/x.rs", with_reason, &[2]);
        check("crates/a/src/lib.rs", "// unsafe\n#![deny(unsafe_code)]\nlet s = \"unsafe\";", &[]);
    }

    #[test]
    fn serde_stays_at_the_rim() {
        let check = |path: &str, text: &str, expect: &[usize]| {
            assert_eq!(lines(serde_at_the_rim, path, text), expect, "{path}");
        };
        let derive = "\nuse serde::Serialize;";
        check("crates/model/src/block.rs", derive, &[2, 2]);
        check("crates/web/src/pages.rs", derive, &[2, 2]);
        check("crates/web/src/pages.rs", "use serde_json::to_vec;", &[]);
        check("crates/daemon/src/main.rs", "use serde_json::to_vec;", &[1]);
        check("crates/web/src/dto.rs", derive, &[]);
        check("crates/settings/src/raw/inputs.rs", derive, &[]);
        check("crates/store/src/format.rs", derive, &[]);
        check("crates/store/src/index.rs", derive, &[2, 2]);
        check("crates/analyse/src/json.rs", derive, &[]);
        check("crates/model/src/block.rs", "#[cfg(test)]\nmod tests { use serde; }", &[]);
    }

    #[test]
    fn only_store_writes() {
        let check = |path: &str, text: &str, expect: &[usize]| {
            assert_eq!(lines(store_writes, path, text), expect, "{path}");
        };
        let write = "fn f() {\n  std::fs::write(p, b).ok();\n}";
        check("crates/store/src/journal.rs", write, &[]);
        check("crates/web/src/serve.rs", write, &[2]);
        check("crates/trust/src/kit.rs", "let f = File::create(p);", &[1]);
        check("crates/trust/src/kit.rs", "let f = std::fs::read(p);", &[]);
        check("crates/web/tests/pages.rs", write, &[]);
        check("crates/web/src/serve.rs", "#[cfg(test)]\nmod tests { fs::write(p, b); }", &[]);
    }

    #[test]
    fn sizes_have_limits() {
        let check = |path: &str, text: &str, expect: &[usize]| {
            assert_eq!(lines(sizes, path, text), expect, "{path}");
        };
        let body = |lines: usize| format!("fn f() {{\n{}}}\n", "x();\n".repeat(lines));
        check("crates/a/src/b.rs", &body(70), &[]);
        check("crates/a/src/b.rs", &body(71), &[1]);
        check("crates/a/src/b.rs", &format!("{}\n{}", "я".repeat(100), "я".repeat(101)), &[2]);
        check("crates/a/src/b.rs", &"x;\n".repeat(500), &[]);
        check("crates/a/src/b.rs", &"x;\n".repeat(501), &[1]);
        check("crates/a/src/lib.rs", &"x;\n".repeat(121), &[1]);
        check("crates/a/tests/b.rs", &"x;\n".repeat(501), &[]);
        let tests =
            format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "x;\n".repeat(500), "y;\n".repeat(99));
        check("crates/a/src/b.rs", &tests, &[]);
    }

    #[test]
    fn modules_of_tests_are_no_production() {
        let write = "fn f() { fs::write(p, b); }";
        let check = |declared: &str, expect: usize| {
            let files = [("crates/a/src/lib.rs", declared), ("crates/a/src/zoo.rs", write)];
            assert_eq!(store_writes(&Tree::of(&files)).len(), expect, "{declared}");
        };
        check("mod zoo;", 1);
        check("#[cfg(test)]\nmod zoo;", 0);
        check("#[cfg(test)]\nmod tests { mod zoo; }", 1);
    }

    #[test]
    fn names_say_something() {
        assert_eq!(lines(names, "crates/a/src/utils.rs", ""), [1]);
        assert_eq!(lines(names, "tests/common/mod.rs", ""), [1]);
        assert_eq!(lines(names, "crates/a/src/journal.rs", ""), [0; 0]);
    }
}
