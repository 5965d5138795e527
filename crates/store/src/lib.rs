//! The only disk writer: records, their index, and the journal.
//!
//! It deliberately has no thread, no timer and no clock of its own: the daemon's writer thread owns
//! [`Journal`] and [`RecordWriter`], everybody else reads through [`JournalReader`] and [`Store`].
//!
//! ```no_run
//! # use aura_model::{Clock, Event, Lang, RecordSink};
//! # use aura_store::{Error, Journal, Store, StoreOptions};
//! # use std::{path::Path, sync::Arc};
//! # fn run(data: &Path, clock: Arc<dyn Clock>, options: StoreOptions) -> Result<(), Error> {
//! let dir = data.join("journal");
//! let (mut journal, found) = Journal::open(&dir, clock.clone(), "a1b2", Lang::Ru)?;
//! let (store, mut writer, recovered) = Store::open(&data.join("records"), options, clock)?;
//! for event in found.iter().chain(&recovered) {
//!     journal.append(event);
//! }
//! journal.sync()?; // at most 250 ms after a line; `retry` each 10 s while it fails
//! writer.set_journal_head(journal.head()); // before a record closes
//! for event in store.make_room(None) {
//!     journal.append(&event);
//! }
//! # Ok(()) }
//! ```

mod capture;
mod error;
mod format;
mod journal;
mod options;
mod record;
mod storage;
mod store;
mod sys;

pub use capture::capture_of;
pub use error::Error;
pub use journal::{Fault, Journal, JournalReader, Verified, WAITING_LINES, Witness, verify};
pub use options::{Container, DataType, Format, Retention, Revision, TextEncoding};
pub use record::RecordWriter;
pub use store::{Store, StoreOptions, longest_record_bytes};
