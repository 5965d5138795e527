//! JSON of records and of the reports on them.

use super::{Both, utc};
use aura_model::{
    AnalogFacts, Cause, CloseReason, FileKind, Interval, PhasorFacts, PickupInfo, RecordInfo,
    RecordState, Report, Stamp,
};
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct RecordDto {
    id: u64,
    name: String,
    state: &'static str,
    error: Option<String>,
    start: String,
    trigger: String,
    duration_s: f64,
    rows: u64,
    analog: usize,
    discrete: usize,
    pickups: Vec<PickupDto>,
    reason: Option<&'static str>,
    simulated: bool,
    bytes: u64,
    sha256: String,
    summary: Both,
    utc_offset_s: i32,
    files: Vec<FileDto>,
}

#[derive(Serialize)]
struct PickupDto {
    cause: &'static str,
    element: String,
    name: String,
    at: String,
    value: f64,
    setting: f64,
    unit: String,
    inputs: Vec<String>,
}

#[derive(Serialize)]
struct FileDto {
    kind: &'static str,
    name: String,
    bytes: u64,
}

#[derive(Serialize)]
pub(crate) struct RecordsPage {
    pub(crate) total: usize,
    pub(crate) items: Vec<RecordDto>,
}

/// A record.
pub(crate) fn record(record: &RecordInfo) -> RecordDto {
    let (state, error) = match &record.state {
        RecordState::Open => ("open", None),
        RecordState::Complete => ("complete", None),
        RecordState::Interrupted => ("interrupted", None),
        RecordState::Unreadable(why) => ("unreadable", Some(why.clone())),
    };
    let file = |kind: FileKind, name: &str, bytes| FileDto {
        kind: kind.ending(),
        name: name.to_owned(),
        bytes,
    };
    RecordDto {
        id: record.id.0,
        name: record.name.clone(),
        state,
        error,
        start: utc(record.start.tai),
        trigger: utc(record.trigger.tai),
        duration_s: seconds(record.duration_ns),
        rows: record.rows,
        analog: record.channels.0,
        discrete: record.channels.1,
        pickups: record.pickups.iter().map(pickup).collect(),
        reason: record.reason.map(reason_word),
        simulated: record.simulated,
        bytes: record.bytes(),
        sha256: record.sha256.clone(),
        summary: Both { ru: record.summary[0].clone(), en: record.summary[1].clone() },
        utc_offset_s: record.utc_offset_s,
        files: record.files.iter().map(|f| file(f.kind, &f.name, f.bytes)).collect(),
    }
}

/// Word of why a record ended.
pub(crate) const fn reason_word(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Complete => "complete",
        CloseReason::MaxLength => "max-length",
        CloseReason::SourceLost => "source-lost",
        CloseReason::Shutdown => "shutdown",
    }
}

/// Seconds of nanoseconds.
#[expect(clippy::cast_precision_loss, reason = "below 2^53 ns = 104 days the value is exact")]
pub(crate) const fn seconds(ns: i64) -> f64 {
    ns as f64 / 1e9
}

fn pickup(pickup: &PickupInfo) -> PickupDto {
    PickupDto {
        cause: match pickup.cause {
            Cause::Element => "element",
            Cause::Manual => "manual",
            Cause::Network => "network",
        },
        element: pickup.element.clone(),
        name: pickup.name.clone(),
        at: utc(pickup.at.tai),
        value: pickup.value,
        setting: pickup.setting,
        unit: pickup.unit.clone(),
        inputs: pickup.inputs.clone(),
    }
}

#[derive(Serialize)]
pub(crate) struct ReportDto {
    software: String,
    station: String,
    rec_dev_id: String,
    record: String,
    record_start: String,
    duration_s: f64,
    rate_hz: f64,
    start: String,
    start_error_ns: Option<u32>,
    utc_offset_s: i32,
    pickups: Vec<ReportPickupDto>,
    phases: Vec<PhasesDto>,
    disturbance: Option<IntervalDto>,
    angle_reference: String,
    analog: Vec<AnalogFactsDto>,
    discrete: Vec<ChangeDto>,
    frequency_hz: Option<f64>,
    reason: Option<&'static str>,
    simulated: bool,
    interrupted: bool,
}

#[derive(Serialize)]
struct ReportPickupDto {
    after_s: f64,
    #[serde(flatten)]
    pickup: PickupDto,
}

#[derive(Serialize)]
struct PhasesDto {
    circuit: String,
    phases: String,
}

#[derive(Serialize)]
struct IntervalDto {
    from: String,
    to: Option<String>,
}

#[derive(Serialize)]
struct PhasorDto {
    magnitude: f64,
    angle_deg: f64,
}

#[derive(Serialize)]
struct AnalogFactsDto {
    id: String,
    name: String,
    circuit: String,
    unit: String,
    before: PhasorDto,
    during: PhasorDto,
    after: PhasorDto,
    rms_max: f64,
    rms_min: f64,
    peak: f64,
    disturbed: bool,
}

#[derive(Serialize)]
struct ChangeDto {
    id: String,
    name: String,
    circuit: String,
    at: String,
    state: bool,
    normal: bool,
}

/// Facts of a report.
pub(crate) fn report(report: &Report) -> ReportDto {
    let error_ns =
        |stamp: Stamp| (stamp.quality.error_ns != u32::MAX).then_some(stamp.quality.error_ns);
    let interval =
        |interval: &Interval| IntervalDto { from: utc(interval.from), to: interval.to.map(utc) };
    let discrete = report.discrete.iter().map(|change| ChangeDto {
        id: change.id.clone(),
        name: change.name.clone(),
        circuit: change.circuit.clone(),
        at: utc(change.at),
        state: change.state,
        normal: change.normal,
    });
    let pickups = report
        .pickups
        .iter()
        .map(|p| ReportPickupDto { after_s: seconds(p.after_ns), pickup: pickup(&p.pickup) });
    let phases = report.phases.iter();
    ReportDto {
        software: report.software.clone(),
        station: report.station.clone(),
        rec_dev_id: report.rec_dev_id.clone(),
        record: report.record.clone(),
        record_start: utc(report.record_start.tai),
        duration_s: seconds(report.duration_ns),
        rate_hz: report.rate_hz,
        start: utc(report.start.tai),
        start_error_ns: error_ns(report.start),
        utc_offset_s: report.utc_offset_s,
        pickups: pickups.collect(),
        phases: phases
            .map(|(circuit, phases)| PhasesDto { circuit: circuit.clone(), phases: phases.clone() })
            .collect(),
        disturbance: report.disturbance.as_ref().map(interval),
        angle_reference: report.angle_reference.clone(),
        analog: report.analog.iter().map(analog_facts).collect(),
        discrete: discrete.collect(),
        frequency_hz: report.frequency_hz,
        reason: report.reason.map(reason_word),
        simulated: report.simulated,
        interrupted: report.interrupted,
    }
}

fn analog_facts(facts: &AnalogFacts) -> AnalogFactsDto {
    let phasor = |p: PhasorFacts| PhasorDto { magnitude: p.magnitude, angle_deg: p.angle_deg };
    AnalogFactsDto {
        id: facts.id.clone(),
        name: facts.name.clone(),
        circuit: facts.circuit.clone(),
        unit: facts.unit.clone(),
        before: phasor(facts.before),
        during: phasor(facts.during),
        after: phasor(facts.after),
        rms_max: facts.rms_max,
        rms_min: facts.rms_min,
        peak: facts.peak,
        disturbed: facts.disturbed,
    }
}
