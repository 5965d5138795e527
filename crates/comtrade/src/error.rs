//! What can be wrong with a record, said so that a person finds the place; it does not decide
//! which departures are tolerated (the readers do).

use std::fmt;
use std::io;

use crate::limits::{FINDINGS_MAX, SHOWN_CHARS_MAX};

/// Where in a record something is: file, 1-based line (0 = the file as a whole) and field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// File name, or the section's name inside a `.cff`.
    pub file: String,
    /// Line, counted from 1; in a `.dat` the row, counted from 1. 0 means the whole file.
    pub line: u64,
    /// Field in the words of the standard, for example `analog 3: a`.
    pub field: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.field),
            line => write!(f, "{}:{}: {}", self.file, line, self.field),
        }
    }
}

/// Why a record can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field whose value leaves no meaning.
    #[error("{place} is \"{value}\", allowed: {allowed}")]
    Field {
        /// Where.
        place: Place,
        /// What stands there, shortened.
        value: String,
        /// What may stand there.
        allowed: String,
    },
    /// The operating system refused.
    #[error("{file}: cannot {action}")]
    Io {
        /// Path.
        file: String,
        /// What was tried.
        action: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// A part of the record does not exist.
    #[error("{file}: no {part} belongs to it")]
    MissingPart {
        /// The file that was asked for.
        file: String,
        /// `.cfg` or `.dat`.
        part: &'static str,
    },
    /// The caller asked for a channel that the record does not have.
    #[error("no {kind} channel {channel}: the record has {count}")]
    NoChannel {
        /// `analog` or `discrete`.
        kind: &'static str,
        /// Index asked for, from 0.
        channel: usize,
        /// Channels that exist.
        count: usize,
    },
    /// The caller asked for rows that the record does not have.
    #[error("rows {start}..{end} asked for: the record has {count}")]
    NoRows {
        /// First row asked for, from 0.
        start: usize,
        /// Row after the last asked for.
        end: usize,
        /// Rows that exist.
        count: usize,
    },
    /// The caller's buffer does not have the announced size.
    #[error("buffer of {got} elements: {need} are needed")]
    Buffer {
        /// Elements needed.
        need: usize,
        /// Elements given.
        got: usize,
    },
    /// A stored value is not a whole number of 32 bits.
    #[error("analog {channel}, row {row}: {value} is not a whole number of 32 bits")]
    NotCount {
        /// Channel, from 0.
        channel: usize,
        /// Row, from 0.
        row: usize,
        /// The stored value.
        value: f64,
    },
    /// Records that cannot be laid side by side.
    #[error("records cannot be merged: {reason}")]
    Merge {
        /// Which property differs, with both values.
        reason: String,
    },
}

impl Error {
    pub(crate) fn io(file: impl Into<String>, action: &'static str, source: io::Error) -> Self {
        Self::Io { file: file.into(), action, source }
    }
}

/// How grave a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Allowed, but worth knowing.
    Note,
    /// Against the standard; read by a documented tolerance.
    Warning,
    /// Data is lost or contradicts itself.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One departure of a record from the standard or from itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How grave.
    pub level: Level,
    /// Where.
    pub place: Place,
    /// What stands there, shortened.
    pub value: String,
    /// What is allowed, and how it was read.
    pub allowed: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} is \"{}\", allowed: {}", self.level, self.place, self.value, self.allowed)
    }
}

/// Findings of one file, bounded, with the file's name said once.
#[derive(Debug)]
pub(crate) struct Findings {
    file: String,
    list: Vec<Finding>,
}

impl Findings {
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), list: Vec::new() }
    }

    pub(crate) fn place(&self, line: u64, field: &str) -> Place {
        Place { file: self.file.clone(), line, field: field.to_owned() }
    }

    pub(crate) fn add(&mut self, level: Level, line: u64, field: &str, value: &str, allowed: &str) {
        if self.list.len() < FINDINGS_MAX {
            let place = self.place(line, field);
            let allowed = allowed.to_owned();
            self.list.push(Finding { level, place, value: shown(value), allowed });
        }
    }

    pub(crate) fn warn(&mut self, line: u64, field: &str, value: &str, allowed: &str) {
        self.add(Level::Warning, line, field, value, allowed);
    }

    pub(crate) fn refuse(&self, line: u64, field: &str, value: &str, allowed: &str) -> Error {
        let place = self.place(line, field);
        Error::Field { place, value: shown(value), allowed: allowed.to_owned() }
    }

    pub(crate) fn into_vec(self) -> Vec<Finding> {
        self.list
    }
}

/// A foreign value, short enough for one line and without control characters.
pub(crate) fn shown(value: &str) -> String {
    let mut short: String = value
        .chars()
        .take(SHOWN_CHARS_MAX)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if value.chars().nth(SHOWN_CHARS_MAX).is_some() {
        short.push('…');
    }
    short
}
