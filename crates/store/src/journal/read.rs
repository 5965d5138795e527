//! Paging through the journal while it is being written.

use super::line::{self, Header};
use super::scan;
use crate::Error;
use aura_model::{JournalEntry, JournalFilter};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Reads a journal folder; any number of readers beside the one writer.
#[derive(Clone, Debug)]
pub struct JournalReader {
    dir: PathBuf,
}

impl JournalReader {
    /// A reader of this folder.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// Entries that the filter wants, newest first. A line that cannot be read is left out here:
    /// to find it is the work of [`verify`](super::verify).
    ///
    /// # Errors
    /// When the folder or a file cannot be read.
    pub fn page(&self, filter: &JournalFilter) -> Result<Vec<JournalEntry>, Error> {
        let wanted = filter.text.to_lowercase();
        let mut page = Vec::new();
        let mut before = filter.before.unwrap_or(u64::MAX);
        for file in scan::list(&self.dir)?.iter().rev() {
            if page.len() >= filter.limit || before <= filter.after.unwrap_or(0).saturating_add(1) {
                break;
            }
            let bytes = match fs::read(&file.path) {
                Ok(bytes) => bytes,
                // The writer dropped the oldest file after it was listed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(Error::io("read", &file.path)(error)),
            };
            let first = first_seq(&bytes);
            if first.is_none_or(|first| first < before) {
                take(&bytes, filter, &wanted, before, &mut page);
            }
            // Lines from here on are repeated by the newer file after a disk error.
            before = before.min(first.unwrap_or(before));
        }
        Ok(page)
    }

    /// All files as one text, oldest first, with its length at this moment.
    ///
    /// # Errors
    /// When a file cannot be opened.
    pub fn text(&self) -> Result<(u64, Box<dyn Read + Send>), Error> {
        let mut text: Box<dyn Read + Send> = Box::new(io::empty());
        let mut total = 0;
        for file in scan::list(&self.dir)? {
            let opened = File::open(&file.path).map_err(Error::io("open", &file.path))?;
            total += file.bytes;
            text = Box::new(text.chain(opened.take(file.bytes)));
        }
        Ok((total, text))
    }
}

/// First number that a file's head announces.
fn first_seq(bytes: &[u8]) -> Option<u64> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    let (body, _) = line::unseal(core::str::from_utf8(line).ok()?)?;
    Some(Header::parse(body)?.first)
}

/// Adds the wanted lines of one file, newest first.
fn take(
    bytes: &[u8],
    filter: &JournalFilter,
    wanted: &str,
    before: u64,
    page: &mut Vec<JournalEntry>,
) {
    for bytes in bytes.rsplit(|byte| *byte == b'\n') {
        if page.len() >= filter.limit {
            return;
        }
        let Ok(text) = core::str::from_utf8(bytes) else { continue };
        let Some((body, _)) = line::unseal(text) else { continue };
        // Cheap first: most lines of a page far back are newer than it.
        let seq = body.split(' ').next().and_then(|word| word.parse::<u64>().ok());
        if seq.is_none_or(|seq| seq >= before) {
            continue;
        }
        if filter.after.is_some_and(|after| seq <= Some(after)) {
            return;
        }
        if !wanted.is_empty() && !body.to_lowercase().contains(wanted) {
            continue;
        }
        let Some(entry) = line::parse(body) else { continue };
        if filter.severity.is_none_or(|least| entry.severity >= least) {
            page.push(entry);
        }
    }
}
