//! Records on disk: written while they happen, made whole when they close, found again at the
//! start.
//!
//! ```text
//! records/00000012.part/            open: head.json record.cfg record.dat
//! records/00000012-<base name>/     closed: <base>.cfg .dat .hdr .inf (or .cff), SHA256SUMS,
//!                                   head.json, record.json, side files of the analysis
//! records/next-id                   number of the next record; none is used twice
//! ```
//!
//! A record becomes visible as closed by one rename after all its files are durable.

pub(crate) mod describe;
pub(crate) mod finish;
pub(crate) mod name;
pub(crate) mod recover;
mod texts;
mod write;

pub use write::RecordWriter;

/// What was known when the record opened.
pub(crate) const HEAD: &str = "head.json";

/// What the index reads.
pub(crate) const CLOSED: &str = "record.json";

/// Configuration while the record is open: announces no number of rows, so that all present count.
pub(crate) const OPEN_CFG: &str = "record.cfg";

/// Data while the record is open.
pub(crate) const OPEN_DAT: &str = "record.dat";

/// Digests of the COMTRADE files, as sha256sum reads them.
pub(crate) const SUMS: &str = "SHA256SUMS";

#[cfg(test)]
mod tests;
