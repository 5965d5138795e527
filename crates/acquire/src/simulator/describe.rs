//! Columns of the simulator, and the check of its specification.

use crate::{Description, Error, SimulatorSpec, SourceAnalog, SourceDiscrete};
use aura_model::{Phase, Quantity, Side};
use core::f64::consts::SQRT_2;

/// Analog columns of a bay.
pub(super) const COLUMNS: usize = 8;
/// Discrete columns of a bay: relay trip, breaker open.
pub(super) const DISCRETES: usize = 2;
/// Least count of the imagined 16-bit converter.
pub(super) const RAW_MIN: i32 = -32_767;
/// Greatest count.
pub(super) const RAW_MAX: i32 = 32_767;
/// Range of a current column, multiples of the rated primary current, peak.
const CURRENT_RANGE: f64 = 40.0;
/// Range of a voltage column, multiples of the rated voltage's peak: an earth fault in an isolated
/// network raises the healthy phases by 1.73.
const VOLTAGE_RANGE: f64 = 2.5;
/// Rated primary currents of transformers, amperes (IEC 61869-2, 5.201).
const RATED_A: [f64; 17] = [
    50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 400.0, 600.0, 800.0, 1_000.0, 1_200.0, 1_500.0,
    2_000.0, 3_000.0, 4_000.0, 6_000.0, 8_000.0,
];

/// Rated primary current: one that carries the load and shows the greatest fault with its full
/// offset.
pub(super) fn rated_a(spec: &SimulatorSpec) -> f64 {
    let fault = spec.faults.iter().map(|fault| fault.current_a).fold(0.0, f64::max);
    let needed = (1.2 * spec.load_a).max(2.0 * SQRT_2 * fault / CURRENT_RANGE);
    RATED_A.into_iter().find(|rated| *rated >= needed).unwrap_or(RATED_A[RATED_A.len() - 1])
}

/// What the simulator gives.
pub(crate) fn describe(spec: &SimulatorSpec) -> Result<Description, Error> {
    check(spec)?;
    let mut analog = Vec::new();
    let mut discrete = Vec::new();
    let rated_a = rated_a(spec);
    for bay in 0..spec.bays {
        let circuit = format!("Л-{}", 201 + bay);
        let names = ["IA", "IB", "IC", "3I0", "UA", "UB", "UC", "3U0"];
        for (n, name) in names.into_iter().enumerate() {
            let current = n < 4;
            let peak = if current {
                CURRENT_RANGE * rated_a
            } else {
                VOLTAGE_RANGE * SQRT_2 * spec.voltage_kv
            };
            analog.push(SourceAnalog {
                name: format!("{name} {circuit}"),
                phase: [Phase::A, Phase::B, Phase::C, Phase::N][n % 4],
                circuit: circuit.clone(),
                quantity: if current { Quantity::Current } else { Quantity::Voltage },
                unit: if current { "A" } else { "kV" }.into(),
                a: peak / f64::from(RAW_MAX),
                b: 0.0,
                raw_min: RAW_MIN,
                raw_max: RAW_MAX,
                primary: if current { rated_a } else { spec.voltage_kv * 3_f64.sqrt() },
                secondary: if current { 5.0 } else { 0.1 },
                side: Side::Primary,
                skew_us: 0.0,
            });
        }
        for name in ["Срабатывание РЗ", "Выключатель отключен"] {
            discrete.push(SourceDiscrete {
                name: format!("{name} {circuit}"),
                phase: Phase::None,
                circuit: circuit.clone(),
                normal: false,
            });
        }
    }
    let nominal_hz = Some(if spec.frequency_hz < 55.0 { 50.0 } else { 60.0 });
    Ok(Description { rate: spec.rate, nominal_hz, analog, discrete })
}

fn check(spec: &SimulatorSpec) -> Result<(), Error> {
    let range = |what, value: f64, allowed: core::ops::RangeInclusive<f64>| {
        if allowed.contains(&value) {
            return Ok(());
        }
        let allowed = format!("{}..={}", allowed.start(), allowed.end());
        Err(Error::Spec { what, value: value.to_string(), allowed })
    };
    range("bays", f64::from(spec.bays), 1.0..=32.0)?;
    range("frequency, Hz", spec.frequency_hz, 40.0..=70.0)?;
    // Ten samples a period, so that the third harmonic is still one.
    range("rate, Hz", spec.rate.hz(), 10.0 * spec.frequency_hz..=1e6)?;
    range("voltage, kV", spec.voltage_kv, 1e-3..=1e4)?;
    range("load, A", spec.load_a, 0.0..=1e5)?;
    range("noise, percent", spec.noise_pct, 0.0..=10.0)?;
    range("third harmonic, percent", spec.harmonic3_pct, 0.0..=100.0)?;
    for fault in &spec.faults {
        range("bay of a fault", f64::from(fault.bay), 0.0..=f64::from(spec.bays - 1))?;
        range("fault current, A", fault.current_a, 0.0..=1e6)?;
        range("remaining voltage, percent", fault.voltage_pct, 0.0..=100.0)?;
        range("time constant, ms", fault.dc_ms, 0.0..=1e4)?;
        let end_ms = f64::from(fault.at_ms) + f64::from(fault.for_ms);
        if spec.period_ms > 0 {
            range("end of a fault, ms", end_ms, 0.0..=f64::from(spec.period_ms))?;
        }
        if fault.phases == [false; 3] {
            let (value, allowed) = ("none".into(), "at least one of A, B, C".into());
            return Err(Error::Spec { what: "faulted phases", value, allowed });
        }
    }
    Ok(())
}
