//! The words that the recorder's parts share, and the seams between them.
//!
//! This crate deliberately has no behaviour beyond its types' own laws: no input or output, no
//! clock of its own, no serialisation, no asynchronous runtime and no dependency. A type lives here
//! when crates on two branches of the house exchange it.
//!
//! Where a sample is: a [`Source`] fills a [`SampleBlock`]; the pipeline reads it and holds it in
//! its history behind an `Arc`; an open record's rows reach the disk through a [`RecordSink`].
//! Nobody changes a block that more than one `Arc` points at.

mod access;
mod block;
mod capture;
mod channel;
mod device;
mod event;
mod live;
mod quality;
mod record;
mod report;
mod seam;
mod time;

pub use access::{Actor, Identity, Refusal, Role, RoleSet};
pub use block::{Layout, Rate, SampleBlock};
pub use capture::{Capture, CaptureAnalog, CaptureDiscrete};
pub use channel::{
    AnalogChannel, DiscreteChannel, Phase, Quantity, Side, Station, ThreePhaseGroup,
};
pub use device::{
    Access, Device, DeviceError, Health, HealthItem, HealthReport, HealthState, JournalEntry,
    JournalFilter, JournalLog, Live, ManualStart, Records,
};
pub use event::{Code, Event, EventClass, Severity};
pub use live::{AnalogLive, GroupLive, Phasor, Snapshot};
pub use quality::{Quality, Validity};
pub use record::{
    Cause, CloseReason, FileKind, PickupInfo, RecordFile, RecordHead, RecordId, RecordInfo,
    RecordState, RecordTail,
};
pub use report::{AnalogFacts, DiscreteChange, Interval, PhasorFacts, Report, ReportPickup};
pub use seam::{Clock, Fill, RecordSink, SinkError, Source, SourceError};
pub use time::{Civil, Stamp, Sync, Tai, TimeQuality};

/// Language of a face: Russian first, as the users are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// Russian.
    #[default]
    Ru,
    /// English.
    En,
}

impl Lang {
    /// Two-letter code, ISO 639-1.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }
}
