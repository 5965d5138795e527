//! The script of faults in rows, and what a bay carries by it.

use super::{Complex, LOAD_DEG, instant, polar};
use crate::SimulatorSpec;
use core::f64::consts::SQRT_2;

/// Relay: from the inception to its trip contact.
const TRIP_MS: u32 = 25;
/// Relay and breaker together: a fault that is shorter goes out by itself before the breaker opens.
const BREAKER_MS: u32 = 60;
/// From the clearing to the trip contact's return.
const RESET_MS: u32 = 30;
/// From the clearing to the reclosing of the breaker.
const RECLOSE_MS: u32 = 500;
/// Angle of the fault loop, degrees.
const FAULT_DEG: f64 = -75.0;
/// Angles of the phases, degrees.
const PHASES: [f64; 3] = [0.0, -120.0, 120.0];

/// What a bay does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Carries its load.
    Load,
    /// Carries the current of this fault.
    Fault(usize),
    /// Was opened by its breaker.
    Open,
}

/// One fault, in rows of the script.
#[derive(Clone, Debug)]
struct Fault {
    bay: usize,
    from: u64,
    trip: u64,
    clear: u64,
    reset: u64,
    reclose: u64,
    /// Whether the relay had time to trip.
    trips: bool,
    /// Whether the breaker ends the fault.
    opens: bool,
    /// Phase currents, peak; `None` where the load flows on.
    currents: [Option<Complex>; 3],
    /// Busbar voltages, peak.
    volts: [Complex; 3],
    /// Rows in which the DC component falls to 1/e; 0 = there is none.
    dc_rows: f64,
}

/// The script.
#[derive(Clone, Debug)]
pub(super) struct Script {
    faults: Box<[Fault]>,
    /// Rows at which anything changes, ascending, from 0.
    changes: Box<[u64]>,
    /// Rows after which it begins anew; 0 = never.
    period: u64,
    healthy: [Complex; 3],
    load_a: f64,
}

impl Script {
    /// The script of a specification.
    pub(super) fn new(spec: &SimulatorSpec) -> Self {
        let healthy = PHASES.map(|angle| polar(spec.voltage_kv * SQRT_2, angle));
        let faults: Box<[Fault]> =
            spec.faults.iter().map(|fault| Fault::new(fault, spec, healthy)).collect();
        let period = spec.rate.rows_in_ms(spec.period_ms);
        let mut changes: Vec<u64> = faults
            .iter()
            .flat_map(|f| [f.from, f.trip, f.clear, f.reset, f.reclose])
            .filter(|row| period == 0 || *row < period)
            .chain([0])
            .collect();
        changes.sort_unstable();
        changes.dedup();
        let changes = changes.into_boxed_slice();
        Self { faults, changes, period, healthy, load_a: spec.load_a }
    }

    /// Place of a row within the script.
    pub(super) fn position(&self, row: u64) -> u64 {
        row.checked_rem(self.period).unwrap_or(row)
    }

    /// Whether anything changes there.
    pub(super) fn changes_at(&self, at: u64) -> bool {
        self.changes.binary_search(&at).is_ok()
    }

    /// Phase-to-earth voltages: of the fault that depresses the busbar most.
    pub(super) fn volts(&self, at: u64) -> [Complex; 3] {
        let power =
            |volts: &[Complex; 3]| -> f64 { volts.iter().map(|v| v.0 * v.0 + v.1 * v.1).sum() };
        let burning = self.faults.iter().filter(|f| (f.from..f.clear).contains(&at));
        burning
            .map(|fault| fault.volts)
            .min_by(|x, y| power(x).total_cmp(&power(y)))
            .unwrap_or(self.healthy)
    }

    /// What a bay does; of overlapping faults the later in the list counts.
    pub(super) fn mode(&self, bay: usize, at: u64) -> Mode {
        let mut mode = Mode::Load;
        for (n, fault) in self.faults.iter().enumerate().filter(|(_, fault)| fault.bay == bay) {
            if (fault.from..fault.clear).contains(&at) {
                mode = Mode::Fault(n);
            } else if fault.opens && (fault.clear..fault.reclose).contains(&at) {
                mode = Mode::Open;
            }
        }
        mode
    }

    /// Relay trip and breaker open of a bay.
    pub(super) fn discretes(&self, bay: usize, at: u64) -> [bool; 2] {
        let of_bay = || self.faults.iter().filter(|fault| fault.bay == bay);
        let tripped = of_bay().any(|f| f.trips && (f.trip..f.reset).contains(&at));
        let open = of_bay().any(|f| f.opens && (f.clear..f.reclose).contains(&at));
        [tripped, open]
    }
}

impl Fault {
    fn new(fault: &crate::SimFault, spec: &SimulatorSpec, healthy: [Complex; 3]) -> Self {
        let row = |after_ms: u32| spec.rate.rows_in_ms(fault.at_ms.saturating_add(after_ms));
        let end = fault.for_ms;
        Self {
            bay: usize::from(fault.bay),
            from: row(0),
            trip: row(TRIP_MS),
            clear: row(end),
            reset: row(end.saturating_add(RESET_MS)),
            reclose: row(end.saturating_add(RECLOSE_MS)),
            trips: end >= TRIP_MS,
            opens: end >= BREAKER_MS,
            currents: fault_currents(fault),
            volts: fault_volts(fault, healthy),
            dc_rows: fault.dc_ms * spec.rate.hz() / 1e3,
        }
    }
}

/// Two phases of a fault without earth, if it is one.
fn line_to_line(fault: &crate::SimFault) -> Option<(usize, usize)> {
    match (fault.phases, fault.earth) {
        ([true, true, false], false) => Some((0, 1)),
        ([false, true, true], false) => Some((1, 2)),
        ([true, false, true], false) => Some((2, 0)),
        _ => None,
    }
}

/// Currents of a fault. A fault of one phase always goes to earth.
fn fault_currents(fault: &crate::SimFault) -> [Option<Complex>; 3] {
    let peak = fault.current_a * SQRT_2;
    if let Some((from, to)) = line_to_line(fault) {
        // The voltage between the two leads the first one's own by 30 degrees.
        let current = polar(peak, PHASES[from] + 30.0 + FAULT_DEG);
        let mut currents = [None; 3];
        currents[from] = Some(current);
        currents[to] = Some((-current.0, -current.1));
        return currents;
    }
    core::array::from_fn(|n| fault.phases[n].then(|| polar(peak, PHASES[n] + FAULT_DEG)))
}

/// Voltages of the busbar during a fault.
fn fault_volts(fault: &crate::SimFault, healthy: [Complex; 3]) -> [Complex; 3] {
    let left = fault.voltage_pct / 100.0;
    let mut volts = healthy;
    if let Some((x, y)) = line_to_line(fault) {
        // Both go towards their middle, so that no zero sequence arises.
        let middle = ((healthy[x].0 + healthy[y].0) / 2.0, (healthy[x].1 + healthy[y].1) / 2.0);
        for n in [x, y] {
            volts[n].0 = middle.0 + (healthy[n].0 - middle.0) * left;
            volts[n].1 = middle.1 + (healthy[n].1 - middle.1) * left;
        }
        return volts;
    }
    for (volt, _) in volts.iter_mut().zip(fault.phases).filter(|(_, faulted)| *faulted) {
        *volt = (volt.0 * left, volt.1 * left);
    }
    volts
}

/// What a bay carries now.
#[derive(Clone, Debug)]
pub(super) struct Bay {
    mode: Mode,
    /// Currents, peak.
    currents: [Complex; 3],
    /// Part of the load's third harmonic that flows: 1 or 0.
    loaded: [f64; 3],
    /// Whether nothing decays or opens: the currents are then those of the phasors alone.
    calm: bool,
    /// Decaying components at the row `dc_from`.
    dc: [f64; 3],
    dc_from: u64,
    dc_rows: f64,
    /// Phases that wait for their zero, with their last value.
    opening: [Option<f64>; 3],
}

impl Bay {
    /// A bay that carries its load.
    pub(super) fn loaded(load_a: f64) -> Self {
        Self {
            mode: Mode::Load,
            currents: PHASES.map(|angle| polar(load_a * SQRT_2, angle + LOAD_DEG)),
            loaded: [1.0; 3],
            calm: true,
            dc: [0.0; 3],
            dc_from: 0,
            dc_rows: 0.0,
            opening: [None; 3],
        }
    }

    /// Goes over to a mode at a row.
    pub(super) fn enter(&mut self, mode: Mode, script: &Script, row: u64, turn: Complex) {
        if mode == self.mode {
            return;
        }
        let before: [f64; 3] = core::array::from_fn(|n| self.current(n, row, turn));
        self.mode = mode;
        match mode {
            Mode::Load => *self = Self::loaded(script.load_a),
            Mode::Open => (self.opening, self.calm) = (before.map(Some), false),
            Mode::Fault(n) => {
                let fault = &script.faults[n];
                *self = Self { mode, calm: false, ..Self::loaded(script.load_a) };
                for (phase, current) in fault.currents.into_iter().enumerate() {
                    let Some(current) = current else { continue };
                    self.currents[phase] = current;
                    self.loaded[phase] = 0.0;
                    if fault.dc_rows > 0.0 {
                        self.dc[phase] = before[phase] - instant(current, turn);
                    }
                }
                (self.dc_from, self.dc_rows) = (row, fault.dc_rows);
            }
        }
    }

    /// Phase currents in a row, without noise.
    pub(super) fn currents(&mut self, row: u64, turn: Complex, harmonic: f64) -> [f64; 3] {
        let mut values: [f64; 3] =
            core::array::from_fn(|n| instant(self.currents[n], turn) + self.loaded[n] * harmonic);
        if self.calm {
            return values;
        }
        for (n, value) in values.iter_mut().enumerate() {
            *value = self.current(n, row, turn);
            if let Some(last) = self.opening[n] {
                self.opening[n] = Some(*value);
                if last * *value <= 0.0 {
                    self.opening[n] = None;
                    self.currents[n] = (0.0, 0.0);
                    self.dc[n] = 0.0;
                    self.loaded[n] = 0.0;
                    *value = 0.0;
                }
            }
            *value += self.loaded[n] * harmonic;
        }
        self.calm = self.dc == [0.0; 3] && self.opening == [None; 3];
        values
    }

    fn current(&self, phase: usize, row: u64, turn: Complex) -> f64 {
        let steady = instant(self.currents[phase], turn);
        if self.dc[phase] == 0.0 {
            return steady;
        }
        steady + self.dc[phase] * (-((row - self.dc_from) as f64) / self.dc_rows).exp()
    }
}
