//! What the faces see of the recorder: a few plain calls, grouped by theme. Calls may block on the
//! disk, so an asynchronous face makes them on its blocking pool. Every call that changes something
//! names its actor.

use crate::{
    Actor, Code, Event, FileKind, Identity, Lang, RecordId, RecordInfo, Refusal, Report, Severity,
    Snapshot, Stamp, Station,
};
use core::fmt;
use std::io::Read;
use std::sync::Arc;

/// Why a call was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceError {
    /// There is no such thing.
    NotFound(String),
    /// Not now: another state forbids it.
    Conflict(String),
    /// The recorder itself failed.
    Failed(String),
}

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(what) => write!(f, "not found: {what}"),
            Self::Conflict(what) => write!(f, "not possible now: {what}"),
            Self::Failed(what) => f.write_str(what),
        }
    }
}

impl core::error::Error for DeviceError {}

/// Values of now.
pub trait Live {
    /// The recorder's clock.
    fn now(&self) -> Stamp;
    /// Offset of the station's local time from UTC at an instant, seconds east.
    fn utc_offset_s(&self, at: Stamp) -> i32;
    /// Channels in force.
    fn station(&self) -> Arc<Station>;
    /// Newest measured values; `None` before the first block.
    fn snapshot(&self) -> Option<Arc<Snapshot>>;
    /// Names of the starting elements, by the indices of [`Snapshot::picked_up`].
    fn element_names(&self) -> Vec<String>;
}

/// Answer to a manual start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManualStart {
    /// When it was taken into the pipeline.
    pub at: Stamp,
    /// The record that it started or extended, as soon as that is known.
    pub record: Option<RecordId>,
}

/// Records.
pub trait Records {
    /// All records, newest first, from the offset on.
    fn records(&self, offset: usize, limit: usize) -> Vec<RecordInfo>;
    /// Number of records.
    fn record_count(&self) -> usize;
    /// One record.
    fn record(&self, id: RecordId) -> Option<RecordInfo>;
    /// Opens one of a record's files; a [`FileKind::Cff`] is made when it is not stored.
    ///
    /// # Errors
    /// When the record or the file is not there or cannot be read.
    fn record_file(
        &self,
        id: RecordId,
        kind: FileKind,
    ) -> Result<(String, u64, Box<dyn Read + Send>), DeviceError>;
    /// The report on a record as facts.
    ///
    /// # Errors
    /// When there is none.
    fn report(&self, id: RecordId) -> Result<Arc<Report>, DeviceError>;
    /// The report on a record as text.
    ///
    /// # Errors
    /// When there is none.
    fn report_text(&self, id: RecordId, lang: Lang) -> Result<String, DeviceError>;
    /// Starts a record by hand (Пуск).
    ///
    /// # Errors
    /// When no samples arrive or the command cannot be taken.
    fn start_record(&self, actor: &Actor, reason: &str) -> Result<ManualStart, DeviceError>;
}

/// Which journal entries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalFilter {
    /// Only entries with a smaller sequence number (for paging back); `None` from the newest on.
    pub before: Option<u64>,
    /// Only entries with a greater sequence number (for following).
    pub after: Option<u64>,
    /// At most so many, newest of the selection first.
    pub limit: usize,
    /// At least so grave.
    pub severity: Option<Severity>,
    /// Text that the line must contain, case-insensitive.
    pub text: String,
}

/// One line of the journal, read back.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    /// Number of the line, +1 each over all files and boots.
    pub seq: u64,
    /// First four hexadecimal digits of the boot's identifier.
    pub boot: String,
    /// Nanoseconds of the monotonic clock within that boot.
    pub mono_ns: u64,
    /// When, with its trust.
    pub at: Stamp,
    /// How much it matters.
    pub severity: Severity,
    /// Code as text; a code of a newer version may be unknown here.
    pub number: String,
    /// Who.
    pub actor: String,
    /// Arguments.
    pub args: Vec<(String, String)>,
    /// The sentence as it was written.
    pub text: String,
}

impl JournalEntry {
    /// The sentence in a language; as it was written when the code is not known.
    #[must_use]
    pub fn text_in(&self, lang: Lang) -> String {
        Code::from_number(&self.number)
            .map_or_else(|| self.text.clone(), |code| code.text(lang, &self.args))
    }
}

/// The journal.
pub trait JournalLog {
    /// Entries, newest first.
    ///
    /// # Errors
    /// When the files cannot be read.
    fn journal(&self, filter: &JournalFilter) -> Result<Vec<JournalEntry>, DeviceError>;
    /// Number and chain hash (hexadecimal) of the newest line: the witness against truncation.
    fn journal_head(&self) -> (u64, String);
    /// All journal files as text, oldest first, with their total size.
    ///
    /// # Errors
    /// When the files cannot be read.
    fn journal_text(&self) -> Result<(u64, Box<dyn Read + Send>), DeviceError>;
    /// Writes an event into the journal; returns when it is taken, before it is durable.
    fn note(&self, event: Event);
}

/// State of the whole or of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HealthState {
    /// Исправен.
    Good,
    /// Предупреждение.
    Warning,
    /// Неисправность.
    Fault,
}

/// One finding of self-diagnosis.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthItem {
    /// What was looked at, stable word: `source`, `disk`, `clock`, `records`, `journal`,
    /// `certificate`.
    pub subject: &'static str,
    /// How it is.
    pub state: HealthState,
    /// What is to be said, from the table of codes; the last change.
    pub code: Code,
    /// Arguments of the code's sentence.
    pub args: Vec<(String, String)>,
    /// Since when.
    pub since: Stamp,
}

/// What self-diagnosis says.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthReport {
    /// The worst state.
    pub state: HealthState,
    /// Whether a fault of the power system would be recorded now.
    pub recording_possible: bool,
    /// Findings, in a fixed order.
    pub items: Vec<HealthItem>,
    /// Version of the software.
    pub version: String,
    /// When the service started.
    pub started: Stamp,
    /// Bytes free for records.
    pub disk_free: u64,
    /// Bytes used by records.
    pub disk_used: u64,
    /// Blocks taken in since the start.
    pub blocks: u64,
    /// Blocks lost for want of room since the start.
    pub overruns: u64,
}

/// Self-diagnosis.
pub trait Health {
    /// How the recorder is.
    fn health(&self) -> HealthReport;
}

/// Who is believed.
pub trait Access {
    /// Decides about a certificate that the peer has proven to hold; called for every request.
    ///
    /// # Errors
    /// With the reason, when the certificate is not believed now.
    fn identify(&self, leaf_der: &[u8], chain_der: &[&[u8]]) -> Result<Identity, Refusal>;
}

/// The whole recorder as a face sees it.
pub trait Device: Live + Records + JournalLog + Health + Access + Send + Sync {}

impl<T: Live + Records + JournalLog + Health + Access + Send + Sync> Device for T {}
