//! Records: what is told of one when it opens, when it closes, and when somebody asks.

use crate::{Quality, Stamp, Station, Tai};
use core::fmt;
use std::sync::Arc;

/// Number of a record on this recorder, +1 each, never used again. Order and retention go by it,
/// not by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub u64);

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a record was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A starting element picked up.
    Element,
    /// Somebody asked for it.
    Manual,
    /// Another recorder asked for it.
    Network,
}

/// A pickup in words: which element, when to the sample, at which value.
#[derive(Clone, Debug, PartialEq)]
pub struct PickupInfo {
    /// Kind of start.
    pub cause: Cause,
    /// Identifier of the starting element; empty for a manual start.
    pub element: String,
    /// Name for people: `3I0> Л-201`, or the reason that was given for a manual start.
    pub name: String,
    /// Instant at which the condition was met.
    pub at: Stamp,
    /// Value at that instant, in `unit`; NaN where there is none (discrete, manual).
    pub value: f64,
    /// The setting it was compared with, in `unit`; NaN where there is none.
    pub setting: f64,
    /// Unit of value and setting.
    pub unit: String,
    /// Channels or group that the element watches, identifiers.
    pub inputs: Vec<String>,
}

/// What is known when a record opens.
#[derive(Clone, Debug)]
pub struct RecordHead {
    /// Channels of the record.
    pub station: Arc<Station>,
    /// First start.
    pub pickup: PickupInfo,
    /// Instant of the record's first row.
    pub start: Stamp,
    /// Hash of the configuration in force, hexadecimal.
    pub config_hash: String,
    /// Whether the samples come from a simulator or a replay.
    pub simulated: bool,
    /// Offset of the station's local time from UTC at the start, seconds east.
    pub utc_offset_s: i32,
}

/// Why a record ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// Post-fault time ran out after the last element had dropped out.
    Complete,
    /// The maximum length was reached.
    MaxLength,
    /// The samples ceased or jumped in time.
    SourceLost,
    /// The recorder was stopped or given a new configuration.
    Shutdown,
}

/// What is known when a record closes.
#[derive(Clone, Debug)]
pub struct RecordTail {
    /// Why it ended.
    pub reason: CloseReason,
    /// All pickups within the record, the first one included, in order.
    pub pickups: Vec<PickupInfo>,
}

/// State of a record in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordState {
    /// Being written.
    Open,
    /// Whole.
    Complete,
    /// Cut off by a power failure or a crash and made readable afterwards.
    Interrupted,
    /// Files are there but cannot be read; the text says why.
    Unreadable(String),
}

/// Kind of a record's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// COMTRADE configuration.
    Cfg,
    /// COMTRADE data.
    Dat,
    /// COMTRADE header text.
    Hdr,
    /// COMTRADE information.
    Inf,
    /// COMTRADE single file.
    Cff,
    /// Report, Russian text.
    ReportRu,
    /// Report, English text.
    ReportEn,
    /// Report, JSON.
    ReportJson,
}

impl FileKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Cfg,
        Self::Dat,
        Self::Hdr,
        Self::Inf,
        Self::Cff,
        Self::ReportRu,
        Self::ReportEn,
        Self::ReportJson,
    ];

    /// Ending of the file's name.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Cfg => "cfg",
            Self::Dat => "dat",
            Self::Hdr => "hdr",
            Self::Inf => "inf",
            Self::Cff => "cff",
            Self::ReportRu => "ru.txt",
            Self::ReportEn => "en.txt",
            Self::ReportJson => "json",
        }
    }
}

/// One file of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFile {
    /// What it is.
    pub kind: FileKind,
    /// Name without folders.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// A record as the faces see it.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordInfo {
    /// Number.
    pub id: RecordId,
    /// Base name of its files, after IEEE C37.232.
    pub name: String,
    /// State.
    pub state: RecordState,
    /// Instant of the first row.
    pub start: Stamp,
    /// Instant of the first pickup.
    pub trigger: Stamp,
    /// Length in nanoseconds.
    pub duration_ns: i64,
    /// Rows.
    pub rows: u64,
    /// Analog and discrete channels.
    pub channels: (usize, usize),
    /// Pickups, in order; the first one started the record.
    pub pickups: Vec<PickupInfo>,
    /// Why it ended; `None` while it is open or when that is not known.
    pub reason: Option<CloseReason>,
    /// Whether the samples came from a simulator or a replay.
    pub simulated: bool,
    /// Worst quality of any channel.
    pub quality: Quality,
    /// Files.
    pub files: Vec<RecordFile>,
    /// SHA-256 over the COMTRADE files, hexadecimal; empty until the record is closed.
    pub sha256: String,
    /// One line of the report, Russian and English; empty until there is one.
    pub summary: [String; 2],
    /// Offset of the station's local time from UTC, seconds east.
    pub utc_offset_s: i32,
}

impl RecordInfo {
    /// Size of all files, bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Whether an instant lies within the record.
    #[must_use]
    pub fn covers(&self, at: Tai) -> bool {
        (0..=self.duration_ns).contains(&at.since_ns(self.start.tai))
    }
}
