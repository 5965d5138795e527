//! Where something stands in the text: key paths, lines and columns.

use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A path of keys and entry numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Entry(usize),
}

impl Path {
    /// The path `a.b` from its keys.
    pub(crate) fn of(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| Step::Key((*key).to_owned())).collect())
    }

    pub(crate) fn key(&self, key: &str) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Key(key.to_owned()));
        path
    }

    pub(crate) fn entry(&self, entry: usize) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Entry(entry));
        path
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if at == 0 => write!(f, "{}", shown(key))?,
                Step::Key(key) => write!(f, ".{}", shown(key))?,
                Step::Entry(entry) => write!(f, "[{entry}]")?,
            }
        }
        Ok(())
    }
}

/// A key of the document as a message may show it: no control characters, not endless.
pub(crate) fn shown(text: &str) -> String {
    let mut out: String = text.chars().take(MOST_SHOWN).flat_map(printable).collect();
    if text.chars().nth(MOST_SHOWN).is_some() {
        out.push('…');
    }
    out
}

fn printable(c: char) -> Vec<char> {
    if c.is_control() { c.escape_default().collect() } else { vec![c] }
}

const MOST_SHOWN: usize = 64;

/// A text with the tree of its values.
#[derive(Debug)]
pub(crate) struct Located<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    pub(crate) root: Spanned<DeTable<'a>>,
}

impl Located<'_> {
    /// Line and column, from 1, of a path; of the deepest part that exists.
    pub(crate) fn position(&self, path: &Path) -> (u32, u32) {
        position(self.text, self.find(path).0.start)
    }

    /// Line and column of the key that a path ends with.
    pub(crate) fn key_position(&self, path: &Path) -> (u32, u32) {
        let Some((Step::Key(last), before)) = path.0.split_last() else {
            return self.position(path);
        };
        let (span, whole) = self.find(&Path(before.to_vec()));
        let table = match before.is_empty() {
            true => Some(self.root.get_ref()),
            false => whole.and_then(DeValue::as_table),
        };
        let key = table.and_then(|table| table.get_key_value(last.as_str()));
        position(self.text, key.map_or(span.start, |(key, _)| key.span().start))
    }

    /// What stands at a path, when it is a plain value.
    pub(crate) fn written(&self, path: &Path) -> Option<String> {
        let (span, whole) = self.find(path);
        let plain = whole.is_some_and(|value| !value.is_table() && !value.is_array());
        plain.then(|| self.text.get(span).map(shown)).flatten()
    }

    /// Span of the value at a path, and the value when the whole path exists and is a value.
    fn find(&self, path: &Path) -> (Range<usize>, Option<&DeValue<'_>>) {
        let mut span = 0..0;
        let mut table = Some(self.root.get_ref());
        let mut value: Option<&DeValue<'_>> = None;
        for step in &path.0 {
            let next = match step {
                Step::Key(key) => {
                    let entry = table.and_then(|table| table.get_key_value(key.as_str()));
                    // A table's own span may be its header; a key is where people look.
                    entry.map(|(key, value)| match value.get_ref() {
                        DeValue::Table(_) | DeValue::Array(_) => (key.span(), value),
                        _ => (value.span(), value),
                    })
                }
                Step::Entry(entry) => value
                    .and_then(DeValue::as_array)
                    .and_then(|list| list.get(*entry))
                    .map(|value| (value.span(), value)),
            };
            let Some((next_span, next_value)) = next else { return (span, None) };
            span = next_span;
            value = Some(next_value.get_ref());
            table = next_value.get_ref().as_table();
        }
        (span, value)
    }
}

/// Line and column in characters, from 1, of a byte offset.
pub(crate) fn position(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(start..).map_or(0, |line| line.chars().count()) + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}
