//! The report as JSON, for programs. Values that could not be computed are `null`; times are UTC,
//! ISO 8601.

use aura_model::{AnalogFacts, Cause, CloseReason, PhasorFacts, Report, ReportPickup, Tai};
use serde::Serialize;

#[derive(Serialize)]
struct Root<'r> {
    schema: &'static str,
    software: &'r str,
    station: &'r str,
    rec_dev_id: &'r str,
    record: &'r str,
    record_start: String,
    duration_s: f64,
    rate_hz: f64,
    start: String,
    time_quality_code: u8,
    utc_offset_s: i32,
    pickups: Vec<Pickup<'r>>,
    disturbance: Option<Disturbance>,
    phases: Vec<CircuitPhase<'r>>,
    frequency_hz: Option<f64>,
    angle_reference: &'r str,
    analog: Vec<Analog<'r>>,
    discrete: Vec<Discrete<'r>>,
    close_reason: Option<&'static str>,
    simulated: bool,
    interrupted: bool,
}

#[derive(Serialize)]
struct Pickup<'r> {
    cause: &'static str,
    element: &'r str,
    name: &'r str,
    at: String,
    after_s: f64,
    value: f64,
    setting: f64,
    unit: &'r str,
    inputs: &'r [String],
}

#[derive(Serialize)]
struct Disturbance {
    from: String,
    to: Option<String>,
}

#[derive(Serialize)]
struct CircuitPhase<'r> {
    circuit: &'r str,
    phase: &'r str,
}

#[derive(Serialize)]
struct Analog<'r> {
    id: &'r str,
    name: &'r str,
    circuit: &'r str,
    unit: &'r str,
    before: Phasor,
    during: Phasor,
    after: Phasor,
    rms_min: f64,
    rms_max: f64,
    peak: f64,
    disturbed: bool,
}

#[derive(Serialize)]
struct Phasor {
    rms: f64,
    angle_deg: f64,
}

#[derive(Serialize)]
struct Discrete<'r> {
    id: &'r str,
    name: &'r str,
    circuit: &'r str,
    at: String,
    state: bool,
    normal: bool,
}

/// The report as one JSON object, `schema` names its form.
///
/// # Panics
/// Never: every field has a form in JSON.
#[must_use]
pub fn json(report: &Report) -> String {
    let discrete = report.discrete.iter().map(|change| Discrete {
        id: &change.id,
        name: &change.name,
        circuit: &change.circuit,
        at: utc(change.at),
        state: change.state,
        normal: change.normal,
    });
    let phases = report.phases.iter().map(|(circuit, phase)| CircuitPhase { circuit, phase });
    let root = Root {
        schema: "aura/report/1",
        software: &report.software,
        station: &report.station,
        rec_dev_id: &report.rec_dev_id,
        record: &report.record,
        record_start: utc(report.record_start.tai),
        duration_s: report.duration_ns as f64 / 1e9,
        rate_hz: report.rate_hz,
        start: utc(report.start.tai),
        time_quality_code: report.start.quality.tmq_code(),
        utc_offset_s: report.utc_offset_s,
        pickups: report.pickups.iter().map(pickup).collect(),
        disturbance: report
            .disturbance
            .map(|interval| Disturbance { from: utc(interval.from), to: interval.to.map(utc) }),
        phases: phases.collect(),
        frequency_hz: report.frequency_hz,
        angle_reference: &report.angle_reference,
        analog: report.analog.iter().map(analog).collect(),
        discrete: discrete.collect(),
        close_reason: report.reason.map(|reason| match reason {
            CloseReason::Complete => "complete",
            CloseReason::MaxLength => "max_length",
            CloseReason::SourceLost => "source_lost",
            CloseReason::Shutdown => "shutdown",
        }),
        simulated: report.simulated,
        interrupted: report.interrupted,
    };
    serde_json::to_string_pretty(&root).expect("numbers, texts and lists are JSON")
}

fn pickup(pickup: &ReportPickup) -> Pickup<'_> {
    let info = &pickup.pickup;
    Pickup {
        cause: match info.cause {
            Cause::Element => "element",
            Cause::Manual => "manual",
            Cause::Network => "network",
        },
        element: &info.element,
        name: &info.name,
        at: utc(info.at.tai),
        after_s: pickup.after_ns as f64 / 1e9,
        value: info.value,
        setting: info.setting,
        unit: &info.unit,
        inputs: &info.inputs,
    }
}

fn analog(facts: &AnalogFacts) -> Analog<'_> {
    Analog {
        id: &facts.id,
        name: &facts.name,
        circuit: &facts.circuit,
        unit: &facts.unit,
        before: phasor(facts.before),
        during: phasor(facts.during),
        after: phasor(facts.after),
        rms_min: facts.rms_min,
        rms_max: facts.rms_max,
        peak: facts.peak,
        disturbed: facts.disturbed,
    }
}

const fn phasor(facts: PhasorFacts) -> Phasor {
    Phasor { rms: facts.magnitude, angle_deg: facts.angle_deg }
}

fn utc(at: Tai) -> String {
    format!("{}Z", at.civil(0))
}
