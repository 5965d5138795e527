//! The only disk writer: records, their index, and the journal.
