//! Offline proof that no line of a journal was changed, removed, moved or added.
//!
//! It proves nothing against somebody who rewrites every line from some point on and no witness is
//! given: a hash chain without a key can be computed by anybody. The witness is a head (number and
//! hash of the newest line) that was noted elsewhere; every record's `.inf` carries one.

use super::line::Link;
use super::scan::{self, End, Named, Scan};
use super::{CLOSED_BYTES, FILE_BYTES};
use crate::Error;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// A journal that holds together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Files.
    pub files: usize,
    /// Lines.
    pub lines: u64,
    /// Number of the oldest line.
    pub first_seq: u64,
    /// Number of the newest line; 0 when there is none.
    pub last_seq: u64,
    /// Chain hash of the newest line, hexadecimal.
    pub hash: String,
    /// Bytes of an unfinished last line: a copy taken while it was being written, or a power
    /// failure.
    pub torn_bytes: u64,
    /// What the witness says.
    pub witness: Witness,
}

/// What a noted head proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// None was given: lines removed from the end are not noticed.
    NotGiven,
    /// The line that it names is there, unchanged.
    Found,
    /// The line that it names is older than the oldest one kept.
    TooOld,
}

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// File.
    pub file: PathBuf,
    /// Line within the file, 1 = first; 0 = the file as a whole.
    pub line: u64,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file.display(), self.what),
            line => write!(f, "{}: line {line} {}", self.file.display(), self.what),
        }
    }
}

impl std::error::Error for Fault {}

/// Verifies the journal in a folder; `head` is a witness: number and chain hash (hexadecimal) of a
/// line.
///
/// # Errors
/// With the first thing that is wrong, or why it cannot be read.
pub fn verify(dir: &Path, head: Option<(u64, &str)>) -> Result<Verified, Fault> {
    verify_with(dir, head, (FILE_BYTES, CLOSED_BYTES), |file| {
        fs::read(&file.path).map_err(Error::io("read", &file.path))
    })
}

/// The same with other limits of size and another way to the bytes of a file.
pub(super) fn verify_with(
    dir: &Path,
    head: Option<(u64, &str)>,
    (file_bytes, closed_bytes): (u64, u64),
    read: impl Fn(&Named) -> Result<Vec<u8>, Error>,
) -> Result<Verified, Fault> {
    let whole = |what: String| Fault { file: dir.to_owned(), line: 0, what };
    let files = scan::list(dir).map_err(|error| whole(error.with_causes()))?;
    let Some((newest, closed)) = files.split_last() else {
        return Err(whole("holds no journal file".to_owned()));
    };
    // The writer drops the oldest file only while the closed ones exceed their quota.
    let kept: u64 = closed.iter().map(|file| file.bytes).sum();
    if files[0].number > 1 && kept + file_bytes < closed_bytes {
        return Err(whole(format!("older files than {} are missing", files[0].path.display())));
    }
    let mut walk = Walk::new(head).map_err(whole)?;
    let mut earlier: Option<(&Named, Scan)> = None;
    for file in &files {
        let bytes = read(file).map_err(|error| fault(file, 0, &error.with_causes()))?;
        let scan = scan::scan(&bytes, file.number);
        let Some(header) = scan.header else {
            return Err(end_fault(file, &scan).unwrap_or_else(|| fault(file, 0, "is empty")));
        };
        if let Some((before, done)) = &earlier {
            join(before, done, file, header.number, header.first, header.before)?;
            walk.add(done, header.first);
        }
        earlier = Some((file, scan));
    }
    let (_, last) = earlier.expect("there is at least one file");
    if let End::Bad { line, what } = last.end {
        return Err(fault(newest, line, what));
    }
    walk.add(&last, u64::MAX);
    let torn = if let End::Torn(bytes) = last.end { bytes } else { 0 };
    walk.finish(files.len(), &last, torn).map_err(|what| fault(newest, 0, &what))
}

/// Checks that a file continues the one before it.
///
/// Lines at the end of a file that the next one repeats were not durable when a disk error ended
/// that file.
fn join(
    before: &Named,
    done: &Scan,
    file: &Named,
    number: u64,
    first: u64,
    link: Link,
) -> Result<(), Fault> {
    if number != before.number + 1 {
        return Err(fault(file, 0, &format!("follows file {}: files are missing", before.number)));
    }
    if let End::Bad { line, what } = done.end {
        return Err(fault(before, line, what));
    }
    match done.link(first - 1) {
        Some(there) if there == link => Ok(()),
        Some(_) => Err(fault(file, 1, "does not continue the chain of the file before it")),
        None => Err(end_fault(before, done).unwrap_or_else(|| {
            fault(file, 1, &format!("begins with {first}: lines before it are missing"))
        })),
    }
}

/// What is wrong at the end of a file, if anything is.
fn end_fault(file: &Named, scan: &Scan) -> Option<Fault> {
    match scan.end {
        End::Whole => None,
        End::Torn(_) => Some(fault(file, scan.links.len() as u64 + 1, "is not finished")),
        End::Bad { line, what } => Some(fault(file, line, what)),
    }
}

fn fault(file: &Named, line: u64, what: &str) -> Fault {
    Fault { file: file.path.clone(), line, what: what.to_owned() }
}

/// Counting lines and looking for the witness.
struct Walk {
    lines: u64,
    first_seq: Option<u64>,
    head: Option<(u64, Link)>,
    found: Option<bool>,
}

impl Walk {
    fn new(head: Option<(u64, &str)>) -> Result<Self, String> {
        let head = match head {
            None => None,
            Some((seq, hex)) => Some((
                seq,
                Link::parse(hex)
                    .ok_or(format!("the witness {hex:?} is not 32 hexadecimal digits"))?,
            )),
        };
        Ok(Self { lines: 0, first_seq: None, head, found: None })
    }

    /// Takes the lines of a file below the first number of the next one.
    fn add(&mut self, scan: &Scan, next_first: u64) {
        let Some((previous, lines)) = scan.links.split_first() else { return };
        self.first_seq.get_or_insert(previous.0 + 1);
        // The head of a file continues the chain under the number of the line before it.
        self.look(previous.0, previous.1);
        for (seq, link) in lines.iter().filter(|(seq, _)| *seq < next_first) {
            self.lines += 1;
            self.look(*seq, *link);
        }
    }

    /// Whether this is the line that the witness names.
    fn look(&mut self, seq: u64, link: Link) {
        if let Some((_, noted)) = self.head.filter(|(number, _)| *number == seq) {
            self.found = Some(self.found == Some(true) || noted == link);
        }
    }

    fn finish(self, files: usize, last: &Scan, torn_bytes: u64) -> Result<Verified, String> {
        let first_seq = self.first_seq.unwrap_or(1);
        let (last_seq, link) = last.last().unwrap_or((0, Link::ZERO));
        let witness = match (self.head, self.found) {
            (None, _) => Witness::NotGiven,
            (Some(_), Some(true)) => Witness::Found,
            (Some((seq, _)), Some(false)) => {
                return Err(format!("line {seq} is not the one that the witness names"));
            }
            (Some((seq, _)), None) if seq < first_seq => Witness::TooOld,
            (Some((seq, _)), None) => {
                return Err(format!("ends with line {last_seq}, the witness names line {seq}"));
            }
        };
        let hash = link.to_string();
        Ok(Verified { files, lines: self.lines, first_seq, last_seq, hash, torn_bytes, witness })
    }
}
