//! What the analysis says of one record.

use crate::{CloseReason, PickupInfo, Stamp, Tai};

/// A value with the interval in which it is believed to lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// From.
    pub from: Tai,
    /// To; `None` when it lasts beyond the record.
    pub to: Option<Tai>,
}

/// A fundamental phasor as a report shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhasorFacts {
    /// RMS of the fundamental, the channel's unit; NaN when it cannot be computed.
    pub magnitude: f64,
    /// Angle, degrees, against the report's reference channel.
    pub angle_deg: f64,
}

/// One analog channel in a report.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalogFacts {
    /// Identifier of the channel.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Circuit.
    pub circuit: String,
    /// Unit.
    pub unit: String,
    /// Before the event, one whole period.
    pub before: PhasorFacts,
    /// During it.
    pub during: PhasorFacts,
    /// After it.
    pub after: PhasorFacts,
    /// Greatest true RMS over one period anywhere in the record.
    pub rms_max: f64,
    /// Least true RMS over one period anywhere in the record.
    pub rms_min: f64,
    /// Greatest absolute sample.
    pub peak: f64,
    /// Whether the channel left its pre-fault state by more than the report's threshold.
    pub disturbed: bool,
}

/// A change of a discrete channel.
#[derive(Clone, Debug, PartialEq)]
pub struct DiscreteChange {
    /// Identifier of the channel.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Circuit.
    pub circuit: String,
    /// When.
    pub at: Tai,
    /// To which state.
    pub state: bool,
    /// State in normal service.
    pub normal: bool,
}

/// A pickup in a report.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportPickup {
    /// The pickup.
    pub pickup: PickupInfo,
    /// Nanoseconds since the first pickup.
    pub after_ns: i64,
}

/// The report on one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Version of the software that made it.
    pub software: String,
    /// Substation.
    pub station: String,
    /// Recorder.
    pub rec_dev_id: String,
    /// Base name of the record's files.
    pub record: String,
    /// Instant of the first row.
    pub record_start: Stamp,
    /// Length of all rows, nanoseconds, as the record itself states it.
    pub duration_ns: i64,
    /// Rate of the grid, hertz.
    pub rate_hz: f64,
    /// Instant of the first pickup.
    pub start: Stamp,
    /// Offset of local time from UTC, seconds east.
    pub utc_offset_s: i32,
    /// Pickups.
    pub pickups: Vec<ReportPickup>,
    /// Phases of which a current or voltage left its pre-fault state: `A`, `B`, `C`, `N`, per
    /// circuit.
    pub phases: Vec<(String, String)>,
    /// When the disturbance began and ended, by the samples.
    pub disturbance: Option<Interval>,
    /// Reference of all angles: name of the channel.
    pub angle_reference: String,
    /// Analog channels.
    pub analog: Vec<AnalogFacts>,
    /// Changes of discrete channels, in order.
    pub discrete: Vec<DiscreteChange>,
    /// System frequency before the event, hertz.
    pub frequency_hz: Option<f64>,
    /// Why the record ended.
    pub reason: Option<CloseReason>,
    /// Whether the samples come from a simulator or a replay.
    pub simulated: bool,
    /// Whether the record was cut off.
    pub interrupted: bool,
}
