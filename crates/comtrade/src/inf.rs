//! The information file (`.inf`): sections and entries, every byte of it kept; no section's
//! meaning is known here.

use std::borrow::Cow;

use crate::text::Encoding;

/// An `.inf`, kept line by line: what is not understood is written back as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inf {
    /// Lines with their ends.
    lines: Vec<Vec<u8>>,
    encoding: Encoding,
}

impl Default for Inf {
    fn default() -> Self {
        Self { lines: Vec::new(), encoding: Encoding::Utf8 }
    }
}

impl Inf {
    /// Takes any bytes: a file without sections is kept and has no entries.
    #[must_use]
    pub fn parse(bytes: Vec<u8>) -> Self {
        let encoding = Encoding::of(&bytes);
        let lines = bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
        Self { lines, encoding }
    }

    /// An empty file whose text will be in this encoding.
    #[must_use]
    pub fn new(encoding: Encoding) -> Self {
        Self { lines: Vec::new(), encoding }
    }

    /// The file's bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        self.lines.concat()
    }

    /// Encoding of the file, judged for itself.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Names of the sections in file order.
    pub fn sections(&self) -> impl Iterator<Item = String> {
        self.lines.iter().filter_map(|line| Some(section_name(&self.text(line))?.to_owned()))
    }

    /// Entries of the sections with this name, in file order, as (key, value).
    pub fn entries(&self, section: &str) -> impl Iterator<Item = (String, String)> {
        let mut inside = false;
        self.lines.iter().filter_map(move |line| {
            let text = self.text(line);
            if let Some(name) = section_name(&text) {
                inside = same(name, section);
                return None;
            }
            let (key, value) = text.split_once('=').filter(|_| inside)?;
            Some((key.trim().to_owned(), value.trim().to_owned()))
        })
    }

    /// The first value under a key of a section; letters of any case.
    #[must_use]
    pub fn get(&self, section: &str, key: &str) -> Option<String> {
        self.entries(section).find(|(k, _)| same(k, key)).map(|(_, value)| value)
    }

    /// Sets a value: replaces the first entry with this key, else adds one at the end of the
    /// section, else adds the section at the end of the file. Line ends in the texts become
    /// blanks. All else stays as it is.
    pub fn set(&mut self, section: &str, key: &str, value: &str) {
        let flat = |text: &str| text.replace(['\r', '\n'], " ");
        let (section, key) = (flat(section), flat(key));
        let entry = self.encoding.encode(&format!("{key}={}\r\n", flat(value)));
        let mut inside = false;
        let mut insert_at = None;
        for (at, line) in self.lines.iter().enumerate() {
            let text = self.text(line);
            if let Some(name) = section_name(&text) {
                inside = same(name, &section);
            }
            if !inside {
                continue;
            }
            if text.split_once('=').is_some_and(|(k, _)| same(k, &key)) {
                self.lines[at] = entry;
                return;
            }
            if !text.trim().is_empty() {
                insert_at = Some(at + 1);
            }
        }
        self.end_last_line();
        let at = insert_at.unwrap_or_else(|| {
            self.lines.push(self.encoding.encode(&format!("[{section}]\r\n")));
            self.lines.len()
        });
        self.lines.insert(at, entry);
    }

    fn end_last_line(&mut self) {
        if let Some(line) = self.lines.last_mut()
            && !line.ends_with(b"\n")
        {
            line.extend_from_slice(b"\r\n");
        }
    }

    fn text<'a>(&self, line: &'a [u8]) -> Cow<'a, str> {
        self.encoding.decode(line).0
    }
}

fn section_name(line: &str) -> Option<&str> {
    let inner = line.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']).strip_prefix('[')?;
    Some(inner.split_once(']')?.0.trim())
}

fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    one.eq_ignore_ascii_case(other) || one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"junk\r\n[Public Record_Information]\r\nSource=AURA ,1\nodd line\r\n\r\n\
        [ACME Own]\r\nX=\xcf\xd1 1";

    #[test]
    fn bytes_are_kept() {
        for bytes in [FILE, b"", b"\n\n", b"[a\r\n]=\n=", b"\xff\xfe\x00"] {
            assert_eq!(Inf::parse(bytes.to_vec()).write(), bytes);
        }
    }

    #[test]
    fn keys_are_found_without_regard_to_case() {
        let inf = Inf::parse(FILE.to_vec());
        let check = |section: &str, key: &str, expect: Option<&str>| {
            assert_eq!(inf.get(section, key).as_deref(), expect, "{section} {key}");
        };
        check("public record_information", "SOURCE", Some("AURA ,1"));
        check("acme own", "x", Some("ПС 1"));
        check("acme own", "source", None);
        check("", "junk", None);
        assert_eq!(inf.sections().collect::<Vec<_>>(), ["Public Record_Information", "ACME Own"]);
    }

    #[test]
    fn setting_changes_one_entry_only() {
        let mut inf = Inf::parse(FILE.to_vec());
        inf.set("Public Record_Information", "source", "B");
        inf.set("Public Record_Information", "New", "1\r\n[x]");
        inf.set("Third", "k", "v");
        let text = inf.encoding().decode(&inf.write()).0.into_owned();
        let expect = "junk\r\n[Public Record_Information]\r\nsource=B\r\nodd line\r\n\
            New=1  [x]\r\n\r\n[ACME Own]\r\nX=ПС 1\r\n[Third]\r\nk=v\r\n";
        assert_eq!(text, expect);
    }
}
