//! Why a source cannot be opened. Errors of a running source are [`aura_model::SourceError`].

use std::path::PathBuf;

/// Why a source cannot be opened or started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value of the specification is out of range.
    #[error("{what} is {value}: allowed is {allowed}")]
    Spec {
        /// Which value.
        what: &'static str,
        /// What it is.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// A channel asks for a column that the source does not have.
    #[error("{kind} column {column} does not exist: the source has {have}")]
    Column {
        /// Analog or discrete.
        kind: &'static str,
        /// Column, from 0.
        column: usize,
        /// Columns that there are.
        have: usize,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: String,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// The recording cannot be replayed.
    #[error("{}: {why}", path.display())]
    Recording {
        /// File.
        path: PathBuf,
        /// Why, and what is allowed.
        why: String,
    },
}
