//! The text files of the repository, by their paths from its root.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// Folders that hold nothing of ours.
const SKIPPED: &[&str] = &["target", "node_modules", ".git", ".venv", "corpus", "__pycache__"];
/// Ends of the names that a law looks into.
const TEXT: &[&str] =
    &["rs", "md", "toml", "js", "mjs", "css", "html", "ftl", "py", "sh", "json", "service", "run"];

/// Text files by path; what is not text is known by its path alone.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads the repository.
    pub(crate) fn load(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        tree.walk(root, "")?;
        Ok(tree)
    }

    /// A made-up tree.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Self { files: files.collect() }
    }

    fn walk(&mut self, root: &Path, folder: &str) -> Result<()> {
        let place = root.join(folder);
        let entries = place.read_dir().with_context(|| format!("cannot list {folder:?}"))?;
        for entry in entries {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let kind = entry.file_type()?;
            if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
                self.walk(root, &path)?;
            } else if kind.is_file() {
                let text = if TEXT.contains(&extension(&name)) {
                    let bytes = std::fs::read(entry.path())?;
                    String::from_utf8(bytes).with_context(|| format!("{path} is not UTF-8"))?
                } else {
                    String::new()
                };
                self.files.insert(path, text);
            }
        }
        Ok(())
    }

    /// All paths.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Files whose name ends in `.extension`.
    pub(crate) fn with_extension<'t>(
        &'t self,
        wanted: &'t str,
    ) -> impl Iterator<Item = (&'t str, &'t str)> {
        self.files
            .iter()
            .filter(move |(path, _)| extension(path) == wanted)
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// All files with their text.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Text of one file.
    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether the path is a file or a folder with files.
    pub(crate) fn has(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.files.contains_key(path) || self.files.keys().any(|file| file.starts_with(&folder))
    }
}

fn extension(path: &str) -> &str {
    path.rsplit(['.', '/']).next().unwrap_or_default()
}
