//! `cargo xtask wrap`: brings comment lines within the limit of columns, which rustfmt leaves
//! alone.
//!
//! It touches only paragraphs that have a line too long. Tables and fenced examples stay as they
//! are.

use super::{Tree, source::COLUMNS_MAX};
use anyhow::Result;
use std::path::Path;

/// Wraps the comments of every Rust source under the root.
pub(crate) fn run(root: &Path) -> Result<()> {
    let tree = Tree::load(root)?;
    for (path, text) in tree.with_extension("rs") {
        let wrapped = wrapped(text);
        if wrapped != text {
            std::fs::write(root.join(path), wrapped)?;
            println!("wrapped {path}");
        }
    }
    Ok(())
}

fn wrapped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut fenced = false;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let comment = Comment::of(line);
        fenced ^= comment.as_ref().is_some_and(|comment| comment.words.starts_with("```"));
        let Some(comment) = comment.filter(|comment| {
            line.chars().count() > COLUMNS_MAX && !fenced && !comment.words.starts_with('|')
        }) else {
            out += line;
            out.push('\n');
            continue;
        };
        let mut paragraph: Vec<&str> = comment.words.split_whitespace().collect();
        while let Some(next) = lines.peek().and_then(|line| Comment::of(line)) {
            if next.mark != comment.mark || next.begins_anew() {
                break;
            }
            paragraph.extend(next.words.split_whitespace());
            lines.next();
        }
        comment.write(&paragraph, &mut out);
    }
    out
}

/// A line that is only a comment.
struct Comment<'l> {
    /// Indentation and `//`, `///` or `//!`.
    mark: &'l str,
    words: &'l str,
}

impl<'l> Comment<'l> {
    fn of(line: &'l str) -> Option<Self> {
        let trimmed = line.trim_start();
        let slashes = ["///", "//!", "//"].into_iter().find(|mark| trimmed.starts_with(mark))?;
        let (mark, words) = line.split_at(line.len() - trimmed.len() + slashes.len());
        Some(Self { mark, words: words.trim() })
    }

    /// Whether the line begins a paragraph, a list's entry, a heading, a table or an example.
    fn begins_anew(&self) -> bool {
        let numbered = self.words.split_once(". ");
        self.words.is_empty()
            || ["- ", "* ", "# ", "## ", "|", "```"].iter().any(|s| self.words.starts_with(s))
            || numbered.is_some_and(|(head, _)| head.bytes().all(|b| b.is_ascii_digit()))
    }

    fn write(&self, words: &[&str], out: &mut String) {
        let hanging =
            if self.words.starts_with("- ") || self.words.starts_with("* ") { "  " } else { "" };
        let mut columns = 0;
        for (index, word) in words.iter().enumerate() {
            let width = word.chars().count();
            if index > 0 && columns + 1 + width <= COLUMNS_MAX {
                out.push(' ');
                columns += 1 + width;
            } else {
                let lead = if index == 0 { "" } else { hanging };
                out.extend([if index == 0 { "" } else { "\n" }, self.mark, " ", lead]);
                columns = self.mark.chars().count() + 1 + lead.len() + width;
            }
            out.push_str(word);
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_wrapped_and_the_rest_stays() {
        let check = |text: &str, expect: &str| assert_eq!(wrapped(text), expect);
        let word = "я".repeat(40);
        let long = format!("    /// {word} {word} end\n    /// next\n    fn f() {{}}\n");
        check(&long, &long);
        let longer =
            format!("    /// {word} {word} {word}\n    /// next\n    ///\n    /// other\n");
        check(
            &longer,
            &format!("    /// {word} {word}\n    /// {word} next\n    ///\n    /// other\n"),
        );
        let list = format!("/// - {word} {word} {word}\n/// - b\n");
        check(&list, &format!("/// - {word} {word}\n///   {word}\n/// - b\n"));
        for kept in [
            format!("/// | {word} | {word} | {word} |\n"),
            format!("/// ```\n/// {word} {word} {word}\n/// ```\n"),
            format!("let x = 1; // {word} {word} {word}\n"),
        ] {
            check(&kept, &kept);
        }
    }
}
