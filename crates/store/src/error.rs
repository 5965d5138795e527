//! What can go wrong in the store.

use aura_model::{FileKind, RecordId};
use std::io;
use std::path::{Path, PathBuf};

/// Why the store could not do what was asked. The text names the place; the cause follows as
/// source.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("{doing} {}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The record is not one that can be read.
    #[error("record {} cannot be read: {reason}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such record.
    #[error("there is no record {0}")]
    NoRecord(RecordId),
    /// The record has no such file.
    #[error("record {id} has no file of kind {}", kind.ending())]
    NoFile {
        /// Which record.
        id: RecordId,
        /// Which file.
        kind: FileKind,
    },
    /// COMTRADE could not be read or written.
    #[error("COMTRADE {}", path.display())]
    Comtrade {
        /// Which file or record.
        path: PathBuf,
        /// What was wrong with it.
        source: Box<aura_comtrade::Error>,
    },
    /// The journal is not on the disk now; its lines wait in memory.
    #[error("journal is not durable: {reason}")]
    NotDurable {
        /// What the disk answered when it failed.
        reason: String,
    },
}

impl Error {
    /// Adds place and purpose to an answer of the operating system.
    pub(crate) fn io<'p>(
        doing: &'static str,
        path: &'p Path,
    ) -> impl FnOnce(io::Error) -> Self + use<'p> {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }

    /// Adds the place to an answer of the COMTRADE reader or writer.
    pub(crate) fn comtrade<'p>(
        path: &'p Path,
    ) -> impl FnOnce(aura_comtrade::Error) -> Self + use<'p> {
        move |source| Self::Comtrade { path: path.to_owned(), source: Box::new(source) }
    }

    /// The text with its causes, for people and for the journal.
    #[must_use]
    pub fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}
