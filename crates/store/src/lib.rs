//! The only disk writer: records, their index, and the journal.

mod options;

pub use options::{Container, DataType, Format, Retention, Revision, TextEncoding};
