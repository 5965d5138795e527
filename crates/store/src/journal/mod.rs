//! The recorder's journal: numbered, hash-chained text lines in files that nothing in the product
//! edits.
//!
//! Files `journal-NNNNNN.log`, at most 4 MiB each: those that are closed take at most 9 × 4 MiB
//! together, the oldest gives way. UTF-8, one line an event, at most 1 KiB with its line end:
//!
//! ```text
//! #aura-journal 1 file=3 first=812 before=<hash> | <hash>
//! 812 a1b2 73218000000 2026-11-22T02:10:22.123456789Z±500ns/locked INFO R102 recorder
//!   | Возврат: 3I0> | element=3I0> | <hash>          (one line, broken here for the page)
//! ```
//!
//! seq (+1 each over all files and boots, the only order) · boot (4 digits of its identifier) ·
//! monotonic nanoseconds of that boot · UTC ± bound of its error / state of the clock · level ·
//! code · actor | sentence | arguments `key=value;…` | first 128 bits, hexadecimal, of
//! SHA-256(hash of the line before, 16 bytes ‖ this line up to its last ` | `). The first line of
//! a file chains to the last line of the file before it. Control characters, `|`, `\` and what
//! reverses the direction of writing are escaped (`\n`, `\u{7c}`); `;` too in an argument. What is
//! too long ends with `…`.
//!
//! A file whose sync or write failed is never continued: its lines that were not durable stay in
//! memory and are written into a new file, which repeats their numbers. If more than
//! [`WAITING_LINES`] wait, the oldest are given up and one line S031 in the place of the last of
//! them says how many, from and to which.
//!
//! It deliberately has no thread and no timer of its own: the owner calls [`Journal::sync`] and
//! [`Journal::retry`].

mod line;
mod read;
mod scan;
mod verify;

pub use read::JournalReader;
pub use verify::{Fault, Verified, Witness, verify};

use crate::Error;
use crate::storage::{Disk, Storage, StoredFile, write_file};
use aura_model::{Clock, Code, Event, Lang};
use line::{Header, LINE_BYTES, Link};
use scan::{End, Named};
use std::collections::VecDeque;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Longest journal file, bytes.
const FILE_BYTES: u64 = 4 << 20;

/// Most bytes of all closed files together.
const CLOSED_BYTES: u64 = 9 * FILE_BYTES;

/// Most lines that wait in memory for the disk: ten minutes of a busy day, 10 MB at most.
pub const WAITING_LINES: usize = 10_000;

/// The journal's only writer.
pub struct Journal {
    dir: PathBuf,
    disk: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    boot: String,
    lang: Lang,
    limits: (u64, u64),
    /// Closed files and the current one, oldest first.
    files: VecDeque<(u64, u64)>,
    out: Out,
    /// Number of the newest line.
    seq: u64,
    /// Number and link after which a new file would go on; all before is on the disk.
    durable: (u64, Link),
    /// Lines that are not known to be durable, oldest first.
    waiting: VecDeque<(u64, String)>,
    /// Lines given up since the disk failed.
    lost: u64,
}

/// Where lines go.
enum Out {
    /// Into the current file; `last` are number and link of its last line.
    File { file: Box<dyn StoredFile>, last: (u64, Link) },
    /// Into memory, since the disk said this.
    Memory { reason: String },
}

impl Journal {
    /// Opens the journal of a folder (made when absent), cuts a torn tail, and goes on in the
    /// newest file.
    ///
    /// `boot` are the first four digits of the boot's identifier; `lang` the language of the
    /// sentences. The events say what was found; the caller appends them. A disk that refuses to
    /// write is no error here: the journal begins in memory, as [`Self::outage`] tells.
    ///
    /// # Errors
    /// When the folder cannot be made or its files cannot be read.
    pub fn open(
        dir: &Path,
        clock: Arc<dyn Clock>,
        boot: &str,
        lang: Lang,
    ) -> Result<(Self, Vec<Event>), Error> {
        Self::open_on(Arc::new(Disk), dir, clock, boot, lang, (FILE_BYTES, CLOSED_BYTES))
    }

    /// The same on another disk and with other limits of size: one file, all closed files.
    fn open_on(
        disk: Arc<dyn Storage>,
        dir: &Path,
        clock: Arc<dyn Clock>,
        boot: &str,
        lang: Lang,
        limits: (u64, u64),
    ) -> Result<(Self, Vec<Event>), Error> {
        fs::create_dir_all(dir).map_err(Error::io("make folder", dir))?;
        let mut files = scan::list(dir)?;
        let (tail, found) = examine(&*disk, dir, &mut files)?;
        let findings = found.map(|(code, args)| {
            args.into_iter().fold(Event::new(clock.now(), code), |event, (k, v)| event.arg(k, v))
        });
        let journal = Self {
            dir: dir.to_owned(),
            disk,
            clock,
            boot: boot.chars().filter(char::is_ascii_alphanumeric).take(4).collect(),
            lang,
            limits,
            files: files.iter().map(|file| (file.number, file.bytes)).collect(),
            out: Out::Memory { reason: String::new() },
            seq: 0,
            durable: (0, Link::ZERO),
            waiting: VecDeque::new(),
            lost: 0,
        };
        Ok((journal.start(tail)?, findings.into_iter().collect()))
    }

    /// Goes on where the files end.
    fn start(mut self, tail: Tail) -> Result<Self, Error> {
        match tail {
            Tail::Fresh => self.begin_file(),
            Tail::Good { last, bytes } => {
                let (number, length) = self.files.back_mut().expect("a good tail is of a file");
                *length = bytes;
                (self.seq, self.durable) = (last.0, last);
                match self.disk.extend(&scan::path_of(&self.dir, *number)) {
                    Ok(file) => self.out = Out::File { file, last },
                    Err(error) => self.out = Out::Memory { reason: error.to_string() },
                }
            }
            Tail::Stuck { last, reason } => {
                (self.seq, self.durable) = (last.0, last);
                self.out = Out::Memory { reason };
            }
            Tail::Damaged { last } => {
                let (number, _) = *self.files.back().expect("a damaged tail is of a file");
                let path = scan::path_of(&self.dir, number);
                let bytes = fs::read(&path).map_err(Error::io("read", &path))?;
                let known = last.unwrap_or((0, Link::ZERO));
                let seq = scan::greatest_seq(&bytes).unwrap_or(0).max(known.0);
                let seq = seq.max(self.greatest_before(number)?);
                (self.seq, self.durable) = (seq, (seq, known.1));
                self.begin_file();
            }
        }
        Ok(self)
    }

    /// The greatest line number in the file before a damaged one.
    fn greatest_before(&self, number: u64) -> Result<u64, Error> {
        let Some((before, _)) = self.files.iter().rev().find(|(n, _)| *n < number) else {
            return Ok(0);
        };
        let path = scan::path_of(&self.dir, *before);
        let bytes = fs::read(&path).map_err(Error::io("read", &path))?;
        Ok(scan::greatest_seq(&bytes).unwrap_or(0))
    }

    /// Writes an event and returns its number; it is durable after the next [`Self::sync`]. Never
    /// fails: while the disk does, lines wait in memory.
    pub fn append(&mut self, event: &Event) -> u64 {
        self.seq += 1;
        let body = line::body(self.seq, &self.boot, self.clock.mono_ns(), event, self.lang);
        self.write(self.seq, &body);
        self.waiting.push_back((self.seq, body));
        if self.waiting.len() > WAITING_LINES {
            match self.out {
                Out::File { .. } => drop(self.sync()),
                Out::Memory { .. } => {
                    self.waiting.pop_front();
                    self.lost += 1;
                }
            }
        }
        self.seq
    }

    /// Writes an event and returns when it is on the disk.
    ///
    /// # Errors
    /// When the disk refuses; the line then waits in memory.
    pub fn append_durable(&mut self, event: &Event) -> Result<u64, Error> {
        let seq = self.append(event);
        self.sync()?;
        Ok(seq)
    }

    /// Makes all lines durable. The owner calls it at most 250 ms after an [`Self::append`].
    ///
    /// # Errors
    /// When the disk refuses, now or since an earlier call; lines then wait in memory until
    /// [`Self::retry`].
    pub fn sync(&mut self) -> Result<(), Error> {
        let reason = match &self.out {
            Out::Memory { reason } => reason.clone(),
            Out::File { .. } if self.waiting.is_empty() => return Ok(()),
            Out::File { file, last } => match file.sync_data() {
                Ok(()) => {
                    self.durable = *last;
                    self.waiting.clear();
                    return Ok(());
                }
                Err(error) => error.to_string(),
            },
        };
        self.out = Out::Memory { reason: reason.clone() };
        Err(Error::NotDurable { reason })
    }

    /// Tries a new file when lines wait in memory. The owner calls it each ten seconds while
    /// [`Self::sync`] fails.
    ///
    /// # Errors
    /// When the disk still refuses.
    pub fn retry(&mut self) -> Result<(), Error> {
        if matches!(self.out, Out::File { .. }) {
            return Ok(());
        }
        let mut bodies = Vec::with_capacity(self.waiting.len() + 1);
        if self.lost > 0 {
            let (from, to) = (self.durable.0 + 1, self.durable.0 + self.lost);
            let event = Event::new(self.clock.now(), Code::LinesLost)
                .arg("count", self.lost.to_string())
                .arg("from", from.to_string())
                .arg("to", to.to_string());
            bodies.push(line::body(to, &self.boot, self.clock.mono_ns(), &event, self.lang));
        }
        bodies.extend(self.waiting.iter().map(|(_, body)| body.clone()));
        self.new_file(&bodies)?;
        self.waiting.clear();
        self.lost = 0;
        Ok(())
    }

    /// Number and chain hash (hexadecimal) of the newest durable line: the witness against
    /// truncation.
    #[must_use]
    pub fn head(&self) -> (u64, String) {
        (self.durable.0, self.durable.1.to_string())
    }

    /// Number of the newest line, durable or not.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Lines that wait in memory because the disk failed, and what it said; `None` while all is
    /// well.
    #[must_use]
    pub fn outage(&self) -> Option<(usize, &str)> {
        match &self.out {
            Out::File { .. } => None,
            Out::Memory { reason } => Some((self.waiting.len(), reason)),
        }
    }

    /// A reader of this journal.
    #[must_use]
    pub fn reader(&self) -> JournalReader {
        JournalReader::new(&self.dir)
    }

    /// Puts a line into the current file, or a new one when it is full.
    fn write(&mut self, seq: u64, body: &str) {
        let full = self.files.back().is_none_or(|(_, n)| n + LINE_BYTES as u64 > self.limits.0);
        if full && matches!(self.out, Out::File { .. }) && !self.rotate() {
            return;
        }
        let Out::File { file, last } = &mut self.out else { return };
        let (line, link) = line::seal(body, last.1);
        match file.write_all(line.as_bytes()) {
            Ok(()) => {
                *last = (seq, link);
                self.files.back_mut().expect("the current file is listed").1 += line.len() as u64;
            }
            Err(error) => self.out = Out::Memory { reason: error.to_string() },
        }
    }

    /// Closes the current file and begins the next; the line being written is not yet among the
    /// waiting.
    fn rotate(&mut self) -> bool {
        if self.sync().is_err() {
            return false;
        }
        self.begin_file();
        matches!(self.out, Out::File { .. })
    }

    /// Begins the next file; lines wait in memory when the disk refuses.
    fn begin_file(&mut self) {
        if let Err(error) = self.new_file(&[]) {
            self.out = Out::Memory { reason: error.with_causes() };
        }
    }

    /// Makes the next file, with lines that follow the durable ones, and drops what exceeds the
    /// quota.
    fn new_file(&mut self, bodies: &[String]) -> Result<(), Error> {
        let number = self.files.back().map_or(1, |(number, _)| number + 1);
        let header = Header { number, first: self.durable.0 + 1, before: self.durable.1 };
        let (mut text, mut last) = line::seal(&header.body(), header.before);
        for body in bodies {
            let (line, link) = line::seal(body, last);
            text.push_str(&line);
            last = link;
        }
        let path = scan::path_of(&self.dir, number);
        let file = self.put(&path, text.as_bytes())?;
        self.files.push_back((number, text.len() as u64));
        let seq = if bodies.is_empty() { self.durable.0 } else { self.seq };
        self.durable = (seq, last);
        self.out = Out::File { file, last: self.durable };
        self.drop_oldest();
        Ok(())
    }

    /// A new file with this content, durable under its name before anybody sees it.
    fn put(&self, path: &Path, content: &[u8]) -> Result<Box<dyn StoredFile>, Error> {
        let fresh = path.with_extension("new");
        let mut file = self.disk.create(&fresh).map_err(Error::io("create", &fresh))?;
        // A full disk shows now, not in the middle of a line.
        file.reserve(self.limits.0).map_err(Error::io("reserve space for", &fresh))?;
        file.write_all(content).map_err(Error::io("write", &fresh))?;
        file.sync_data().map_err(Error::io("sync", &fresh))?;
        self.disk.rename(&fresh, path).map_err(Error::io("rename to", path))?;
        self.disk.sync_dir(&self.dir).map_err(Error::io("sync", &self.dir))?;
        Ok(file)
    }

    /// Drops the oldest closed files while all closed ones exceed their quota.
    fn drop_oldest(&mut self) {
        let mut closed: u64 = self.files.iter().rev().skip(1).map(|(_, bytes)| bytes).sum();
        while closed > self.limits.1 {
            let Some((number, bytes)) = self.files.pop_front() else { return };
            closed -= bytes;
            // A file that cannot be removed now is found again at the next start.
            drop(self.disk.remove(&scan::path_of(&self.dir, number)));
        }
    }
}

/// What is to be said of how the newest file was found.
type Found = Option<(Code, Vec<(&'static str, String)>)>;

/// Looks at the newest file and cuts a torn tail off it; files that hold nothing are removed from
/// disk and list.
fn examine(disk: &dyn Storage, dir: &Path, files: &mut Vec<Named>) -> Result<(Tail, Found), Error> {
    while let Some(file) = files.last() {
        let scan = scan::scan_file(file)?;
        match (scan.last(), scan.end) {
            (last, End::Bad { line, .. }) => {
                let name = file.path.file_name().unwrap_or_default().to_string_lossy();
                let args = vec![("file", name.into_owned()), ("line", line.to_string())];
                return Ok((Tail::Damaged { last }, Some((Code::JournalDamaged, args))));
            }
            // A file whose head did not reach the disk holds no line: the one before it goes on.
            (None, End::Whole | End::Torn(_)) => {
                // If it cannot be removed now, the next file takes its number and its place.
                drop(disk.remove(&file.path).and_then(|()| disk.sync_dir(dir)));
                files.pop();
            }
            (Some(last), End::Whole) => {
                return Ok((Tail::Good { last, bytes: scan.good_bytes }, None));
            }
            (Some(last), End::Torn(bytes)) => {
                let found = (Code::JournalRepaired, vec![("bytes", bytes.to_string())]);
                let tail = match cut_torn(disk, file, scan.good_bytes) {
                    Ok(()) => Tail::Good { last, bytes: scan.good_bytes },
                    Err(error) => Tail::Stuck { last, reason: error.with_causes() },
                };
                return Ok((tail, Some(found)));
            }
        }
    }
    Ok((Tail::Fresh, None))
}

/// How the newest file was found.
enum Tail {
    /// There is none.
    Fresh,
    /// It goes on after this line.
    Good { last: (u64, Link), bytes: u64 },
    /// A torn tail cannot be cut off now; a new file will go on after this line.
    Stuck { last: (u64, Link), reason: String },
    /// It stays as it is for whoever looks into it; its last good line.
    Damaged { last: Option<(u64, Link)> },
}

/// Cuts a torn tail off and keeps its bytes beside the journal: what they were is for a person to
/// judge.
fn cut_torn(disk: &dyn Storage, file: &Named, good_bytes: u64) -> Result<(), Error> {
    let bytes = fs::read(&file.path).map_err(Error::io("read", &file.path))?;
    let from = usize::try_from(good_bytes).unwrap_or(usize::MAX).min(bytes.len());
    write_file(disk, &file.path.with_extension("torn"), &bytes[from..])?;
    disk.cut(&file.path, good_bytes).map_err(Error::io("cut", &file.path))
}

#[cfg(test)]
mod tests;
