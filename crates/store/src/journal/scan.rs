//! Reading journal files line by line with the chain checked. Every byte sequence gives an answer,
//! none a panic.

use super::line::{self, Header, LINE_BYTES, Link};
use crate::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// A journal file by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Number in the name.
    pub(crate) number: u64,
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Length, bytes.
    pub(crate) bytes: u64,
}

/// Path of the file with this number.
pub(crate) fn path_of(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("journal-{number:06}.log"))
}

/// The journal files of a folder, oldest first.
pub(crate) fn list(dir: &Path) -> Result<Vec<Named>, Error> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(Error::io("list", dir))? {
        let entry = entry.map_err(Error::io("list", dir))?;
        let name = entry.file_name();
        let Some(number) = name.to_str().and_then(number_of) else { continue };
        // The oldest file may be dropped by the writer at this moment.
        let Ok(meta) = entry.metadata() else { continue };
        files.push(Named { number, path: entry.path(), bytes: meta.len() });
    }
    files.sort_by_key(|file| file.number);
    Ok(files)
}

/// Number in a journal file's name.
fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("journal-")?.strip_suffix(".log")?;
    let number = digits.parse().ok()?;
    (format!("{number:06}") == digits).then_some(number)
}

/// What a journal file holds.
#[derive(Debug)]
pub(crate) struct Scan {
    /// First line; `None` when it is not there or not right.
    pub(crate) header: Option<Header>,
    /// Number and link of each good line, the header first with the number of the line before it.
    pub(crate) links: Vec<(u64, Link)>,
    /// Bytes up to the end of the last good line.
    pub(crate) good_bytes: u64,
    /// How the file goes on after that.
    pub(crate) end: End,
}

/// What comes after the last good line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing.
    Whole,
    /// So many bytes of a line that was never finished.
    Torn(u64),
    /// A finished line that is not right, 1 = first of the file.
    Bad {
        /// Its number within the file.
        line: u64,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl Scan {
    /// Number and link of the last good line.
    pub(crate) fn last(&self) -> Option<(u64, Link)> {
        self.links.last().copied()
    }

    /// The link of a line, the header standing for the line before its first.
    pub(crate) fn link(&self, seq: u64) -> Option<Link> {
        let at = self.links.iter().rposition(|(number, _)| *number == seq)?;
        Some(self.links[at].1)
    }
}

/// Reads a journal file.
pub(crate) fn scan_file(file: &Named) -> Result<Scan, Error> {
    let bytes = fs::read(&file.path).map_err(Error::io("read", &file.path))?;
    Ok(scan(&bytes, file.number))
}

/// Reads the bytes of the journal file with this number.
pub(crate) fn scan(bytes: &[u8], number: u64) -> Scan {
    let mut scan = Scan { header: None, links: Vec::new(), good_bytes: 0, end: End::Whole };
    let mut rest = bytes;
    for line in 1.. {
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
            scan.end = tail(rest, line);
            break;
        };
        if let Err(what) = take(&mut scan, &rest[..end], number) {
            // Zero bytes are pages that the power failure kept from the disk; no line holds one.
            let lost = rest.contains(&0).then_some(End::Torn(rest.len() as u64));
            scan.end = lost.unwrap_or(End::Bad { line, what });
            break;
        }
        scan.good_bytes += end as u64 + 1;
        rest = &rest[end + 1..];
    }
    scan
}

/// What an unfinished last line is.
fn tail(rest: &[u8], line: u64) -> End {
    match rest.len() {
        0 => End::Whole,
        n if n < LINE_BYTES || rest.contains(&0) => End::Torn(n as u64),
        _ => End::Bad { line, what: "is longer than a line may be" },
    }
}

/// Checks one finished line and adds it.
fn take(scan: &mut Scan, bytes: &[u8], number: u64) -> Result<(), &'static str> {
    if bytes.len() >= LINE_BYTES {
        return Err("is longer than a line may be");
    }
    let text = core::str::from_utf8(bytes).map_err(|_| "is not UTF-8")?;
    let (body, link) = line::unseal(text).ok_or("has no chain hash")?;
    let Some((last, before)) = scan.last() else {
        let header = Header::parse(body).ok_or("is not the head of a journal file")?;
        if header.before.then(body) != link {
            return Err("does not match its chain hash");
        }
        if header.number != number {
            return Err("names another file number than the file's name");
        }
        let previous = header.first.checked_sub(1).ok_or("names no first line")?;
        scan.header = Some(header);
        scan.links.push((previous, link));
        return Ok(());
    };
    if before.then(body) != link {
        return Err("does not match its chain hash");
    }
    let entry = line::parse(body).ok_or("is not a journal line")?;
    let next = last.checked_add(1).ok_or("follows the last number")?;
    if entry.seq != next && !line::accounts_for_loss(&entry, next) {
        return Err("does not continue the numbers of the lines");
    }
    scan.links.push((entry.seq, link));
    Ok(())
}

/// The greatest line number that a damaged file still shows, so that no number is used twice.
pub(crate) fn greatest_seq(bytes: &[u8]) -> Option<u64> {
    bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| core::str::from_utf8(line).ok())
        .filter_map(|line| line::parse(line::unseal(line)?.0))
        .map(|entry| entry.seq)
        .max()
}
