//! From samples to facts.

use crate::disturbance::{self, Span};
use crate::window::{self, Grid};
use aura_model::{
    AnalogFacts, Capture, CaptureAnalog, DiscreteChange, Interval, Phase, Phasor, PhasorFacts,
    PickupInfo, Quantity, Report, ReportPickup, Stamp,
};

/// Part of the greatest change of its kind and circuit that a phase must show to count as one that
/// left its state: a fault moves the healthy phases, too.
const SHARE: f64 = 0.4;

/// Examines a record. It takes any record: without analog channels, without discretes, of three
/// rows, with missing samples, with a trigger outside.
#[must_use]
pub fn analyse(capture: &Capture) -> Report {
    let rated = Grid { rate_hz: capture.rate.hz(), hz: capture.nominal_hz };
    let span = disturbance::find(capture, rated);
    let event = span.map_or_else(|| trigger_row(capture), |span| span.from);
    let reference = reference(capture, rated, event);
    let frequency_hz = reference.and_then(|channel| {
        let values = &capture.analog[channel].values;
        let floor = 0.02 * window::peak(values);
        window::frequency(values, 0..event.min(values.len()), rated, floor)
    });
    let grid = Grid { hz: frequency_hz.unwrap_or(capture.nominal_hz), ..rated };
    let places = Places::of(span, event, capture.rows, grid);
    let turn = reference.map_or(0.0, |channel| {
        angle_of(places.phasor(&capture.analog[channel].values, places.before, grid))
    });
    let levels = disturbance::levels(capture, grid.rows());
    let analog: Vec<AnalogFacts> = capture
        .analog
        .iter()
        .zip(&levels)
        .map(|(channel, level)| facts(channel, *level, &places, grid, turn))
        .collect();
    let phases = phases(capture, &analog, &places, grid, span.is_some());
    let first = capture.pickups.first().map_or(capture.trigger, |pickup| pickup.at);
    Report {
        software: format!("AURA-07 {}", env!("CARGO_PKG_VERSION")),
        station: capture.station.clone(),
        rec_dev_id: capture.rec_dev_id.clone(),
        record: capture.record.clone(),
        record_start: capture.start,
        duration_ns: capture.rate.row_ns(capture.rows as u64),
        rate_hz: capture.rate.hz(),
        start: first,
        utc_offset_s: capture.utc_offset_s,
        pickups: capture.pickups.iter().map(|pickup| report_pickup(pickup, first)).collect(),
        phases,
        disturbance: span.map(|span| Interval {
            from: at(capture, span.from).tai,
            to: span.to.map(|row| at(capture, row).tai),
        }),
        angle_reference: reference
            .map_or_else(String::new, |channel| capture.analog[channel].channel.name.clone()),
        analog,
        discrete: changes(capture),
        frequency_hz,
        reason: None,
        simulated: capture.simulated,
        interrupted: capture.interrupted,
    }
}

fn at(capture: &Capture, row: usize) -> Stamp {
    let tai = capture.start.tai.plus_ns(capture.rate.row_ns(row as u64));
    Stamp { tai, ..capture.start }
}

/// Row of the trigger, held within the record.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held within the rows")]
fn trigger_row(capture: &Capture) -> usize {
    let after_s = capture.trigger.tai.since_ns(capture.start.tai) as f64 / 1e9;
    (after_s * capture.rate.hz()).clamp(0.0, capture.rows as f64) as usize
}

fn report_pickup(pickup: &PickupInfo, first: Stamp) -> ReportPickup {
    ReportPickup { pickup: pickup.clone(), after_ns: pickup.at.tai.since_ns(first.tai) }
}

/// The channel whose angle before the event is zero: the first voltage of phase A that is there,
/// else any voltage, else a current.
fn reference(capture: &Capture, grid: Grid, event: usize) -> Option<usize> {
    let from = event.saturating_sub(grid.rows() + grid.rows() / 8);
    let magnitude = |n: &usize| grid.phasor(&capture.analog[*n].values, from).magnitude();
    let pick = |quantity: Quantity, phase: Option<Phase>| {
        let of_kind: Vec<usize> = (0..capture.analog.len())
            .filter(|n| capture.analog[*n].channel.quantity == quantity)
            .filter(|n| phase.is_none_or(|phase| capture.analog[*n].channel.phase == phase))
            .collect();
        let greatest = of_kind.iter().map(magnitude).fold(0.0, f64::max);
        of_kind.into_iter().find(|n| greatest > 0.0 && magnitude(n) >= 0.5 * greatest)
    };
    pick(Quantity::Voltage, Some(Phase::A))
        .or_else(|| pick(Quantity::Voltage, None))
        .or_else(|| pick(Quantity::Current, Some(Phase::A)))
        .or_else(|| pick(Quantity::Current, None))
}

/// First rows of the periods whose phasors are told; `None` where no whole period fits.
#[derive(Clone, Copy, Debug)]
struct Places {
    before: Option<usize>,
    during: Option<usize>,
    after: Option<usize>,
}

impl Places {
    fn of(span: Option<Span>, event: usize, rows: usize, grid: Grid) -> Self {
        let period = grid.rows() + 1;
        let guard = grid.rows() / 8;
        let before = event.checked_sub(period + guard);
        let last = rows.checked_sub(period);
        let Some(span) = span else {
            // Nothing happened in the samples: the periods around the trigger.
            let during = (event + period <= rows).then_some(event);
            return Self { before, during, after: last.filter(|row| *row >= event + period) };
        };
        // The last whole period of the fault: its decaying component is then smallest.
        let end = span.to.unwrap_or(rows);
        let during = end.checked_sub(period + guard).filter(|row| *row >= span.from + guard);
        // One period for the transient to go; at the record's end as late as there is room.
        let after = span.to.zip(last).and_then(|(to, last)| {
            let place = (to + period).min(last);
            (place >= to + guard).then_some(place)
        });
        Self { before, during, after }
    }

    fn phasor(&self, values: &[f64], place: Option<usize>, grid: Grid) -> Phasor {
        place.map_or(window::NAN, |from| grid.phasor(values, from))
    }

    /// Change of the phasor from before to during; where the fault is shorter than a period, from
    /// before to the greatest RMS in the record.
    fn change(&self, values: &[f64], grid: Grid) -> f64 {
        let before = self.phasor(values, self.before, grid);
        let during = self.phasor(values, self.during, grid);
        let change = (during.re - before.re).hypot(during.im - before.im);
        if !change.is_nan() {
            return change;
        }
        let rms = grid.rms(values).filter(|rms| !rms.is_nan());
        rms.map(|rms| (rms - before.magnitude()).abs()).fold(f64::NAN, f64::max)
    }
}

fn angle_of(phasor: Phasor) -> f64 {
    if phasor.re.is_nan() { 0.0 } else { phasor.angle_deg() }
}

fn facts(
    channel: &CaptureAnalog,
    level: f64,
    places: &Places,
    grid: Grid,
    turn: f64,
) -> AnalogFacts {
    let values = &channel.values;
    let rms = || grid.rms(values).filter(|rms| !rms.is_nan());
    let told = |place| {
        let phasor = places.phasor(values, place, grid);
        // (−180, 180]
        let angle_deg = 180.0 - (180.0 - (phasor.angle_deg() - turn)).rem_euclid(360.0);
        PhasorFacts { magnitude: phasor.magnitude(), angle_deg }
    };
    let limit = disturbance::part(channel.channel.quantity)
        .map_or(f64::INFINITY, |part| part * level / core::f64::consts::SQRT_2);
    AnalogFacts {
        id: channel.channel.id.clone(),
        name: channel.channel.name.clone(),
        circuit: channel.channel.circuit.clone(),
        unit: channel.channel.unit.clone(),
        before: told(places.before),
        during: told(places.during),
        after: told(places.after),
        rms_max: rms().fold(f64::NAN, f64::max),
        rms_min: rms().fold(f64::NAN, f64::min),
        peak: window::peak(values),
        disturbed: places.change(values, grid) > limit,
    }
}

/// Phases that left their state, per circuit: by the currents where any moved, else by the
/// voltages.
fn phases(
    capture: &Capture,
    facts: &[AnalogFacts],
    places: &Places,
    grid: Grid,
    disturbed: bool,
) -> Vec<(String, String)> {
    let mut phases = Vec::new();
    if !disturbed {
        return phases;
    }
    let mut circuits: Vec<&str> = Vec::new();
    for channel in &capture.analog {
        if !circuits.contains(&channel.channel.circuit.as_str()) {
            circuits.push(&channel.channel.circuit);
        }
    }
    for circuit in circuits {
        let moved = |quantity: Quantity| -> Vec<(Phase, f64)> {
            let mut moved: Vec<(Phase, f64)> = capture
                .analog
                .iter()
                .zip(facts)
                .filter(|(channel, facts)| {
                    let channel = &channel.channel;
                    facts.disturbed && channel.circuit == circuit && channel.quantity == quantity
                })
                .map(|(channel, _)| (channel.channel.phase, places.change(&channel.values, grid)))
                .collect();
            let greatest = moved
                .iter()
                .filter(|(phase, _)| *phase != Phase::N)
                .map(|(_, change)| *change)
                .fold(0.0, f64::max);
            moved.retain(|(_, change)| *change >= SHARE * greatest);
            moved
        };
        let mut of_circuit = moved(Quantity::Current);
        if of_circuit.is_empty() {
            of_circuit = moved(Quantity::Voltage);
        }
        for phase in [Phase::A, Phase::B, Phase::C, Phase::N, Phase::Ab, Phase::Bc, Phase::Ca] {
            if of_circuit.iter().any(|(moved, _)| *moved == phase) {
                phases.push((circuit.to_owned(), phase.code().to_owned()));
            }
        }
    }
    phases
}

/// Changes of all discretes in the order of time.
fn changes(capture: &Capture) -> Vec<DiscreteChange> {
    let mut changes: Vec<(usize, DiscreteChange)> = Vec::new();
    for discrete in &capture.discrete {
        let channel = &discrete.channel;
        for row in &discrete.changes {
            let change = DiscreteChange {
                id: channel.id.clone(),
                name: channel.name.clone(),
                circuit: channel.circuit.clone(),
                at: at(capture, *row).tai,
                state: discrete.state(*row),
                normal: channel.normal,
            };
            changes.push((*row, change));
        }
    }
    changes.sort_by_key(|(row, _)| *row);
    changes.into_iter().map(|(_, change)| change).collect()
}
