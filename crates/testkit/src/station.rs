//! A believable small substation: two 110 kV lines with currents, voltages and two contacts each.

use crate::wave::{Script, Wave};
use aura_model::{
    AnalogChannel, Civil, DiscreteChannel, Phase, Quantity, Rate, Side, Stamp, Station, Sync, Tai,
    ThreePhaseGroup, TimeQuality,
};

/// Names of the lines.
pub const LINES: [&str; 2] = ["Л-201", "Л-202"];
/// Offset of the station's local time from UTC, seconds east.
pub const UTC_OFFSET_S: i32 = 3 * 3_600;
/// Load current of a line, amperes RMS, primary.
pub const LOAD_A: f64 = 240.0;
/// Phase-to-earth voltage, kilovolts RMS, primary.
pub const VOLTAGE_KV: f64 = 63.5;

/// The channels of one line, in the order of the columns: name, phase, and whether it is a current.
const COLUMNS: [(&str, &str, Phase, bool); 8] = [
    ("IA", "ia", Phase::A, true),
    ("IB", "ib", Phase::B, true),
    ("IC", "ic", Phase::C, true),
    ("3I0", "3i0", Phase::N, true),
    ("UA", "ua", Phase::A, false),
    ("UB", "ub", Phase::B, false),
    ("UC", "uc", Phase::C, false),
    ("3U0", "3u0", Phase::N, false),
];

/// The substation: 16 analog and 4 discrete channels, 4 kHz, primary values.
///
/// # Panics
/// Never: its rate is in range.
#[must_use]
pub fn station() -> Station {
    let mut station = Station {
        name: "ПС 110 кВ Заречная".into(),
        rec_dev_id: "АУРА-07 №1".into(),
        nominal_hz: 50.0,
        rate: Rate::from_hz(4_000.0).expect("4 kHz is in range"),
        analog: Vec::new(),
        discrete: Vec::new(),
        groups: Vec::new(),
        timezone: "Europe/Moscow".into(),
    };
    for (bay, line) in LINES.iter().enumerate() {
        let id = format!("l{}", 201 + bay);
        let first = station.analog.len();
        for (name, short, phase, current) in COLUMNS {
            station.analog.push(analog(&id, line, name, short, phase, current));
        }
        for (quantity, name, from) in
            [(Quantity::Current, "Токи", first), (Quantity::Voltage, "Напряжения", first + 4)]
        {
            station.groups.push(ThreePhaseGroup {
                id: format!("{id}_{}", if from == first { "i" } else { "u" }),
                name: format!("{name} {line}"),
                quantity,
                abc: [from, from + 1, from + 2],
            });
        }
        for (short, name) in [("trip", "Срабатывание РЗ"), ("open", "Выключатель отключен")]
        {
            station.discrete.push(DiscreteChannel {
                id: format!("{id}_{short}"),
                name: format!("{name} {line}"),
                phase: Phase::None,
                circuit: (*line).into(),
                normal: false,
            });
        }
    }
    station
}

fn analog(
    id: &str,
    line: &str,
    name: &str,
    short: &str,
    phase: Phase,
    current: bool,
) -> AnalogChannel {
    AnalogChannel {
        id: format!("{id}_{short}"),
        name: format!("{name} {line}"),
        phase,
        circuit: line.into(),
        quantity: if current { Quantity::Current } else { Quantity::Voltage },
        unit: if current { "A" } else { "kV" }.into(),
        // 16-bit counts that hold 10 kA and 200 kV of peak value.
        a: if current { 0.4 } else { 0.008 },
        b: 0.0,
        raw_min: -32_767,
        raw_max: 32_767,
        primary: if current { 1_000.0 } else { 110.0 },
        secondary: if current { 5.0 } else { 0.1 },
        side: Side::Primary,
        skew_us: 0.0,
    }
}

/// Signals of one line: load, or phase A to earth from `fault.0` to `fault.1` seconds and dead
/// afterwards.
#[must_use]
pub fn line_signals(hz: f64, fault: Option<(f64, f64)>) -> Vec<Script> {
    let load = Wave::three_phase(LOAD_A, hz, -18.0);
    let healthy = Wave::three_phase(VOLTAGE_KV, hz, 0.0);
    let with_sums = |i: &[Wave; 3], u: &[Wave; 3]| -> Vec<Wave> {
        let (i_sum, u_sum) = (Wave::sum(i), Wave::sum(u));
        i.iter().chain([&i_sum]).chain(u).chain([&u_sum]).cloned().collect()
    };
    let before = with_sums(&load, &healthy);
    let Some((from_s, to_s)) = fault else {
        return before.into_iter().map(Script::new).collect();
    };
    let mut i = load;
    i[0] = Wave::sine(4_200.0, hz, -75.0);
    // The inductive circuit allows no jump of the current.
    let jump = LOAD_A * core::f64::consts::SQRT_2 - i[0].at(from_s);
    i[0] = i[0].clone().decaying(jump, from_s, 0.045);
    let mut u = healthy.clone();
    u[0] = Wave::sine(21.0, hz, -6.0);
    let during = with_sums(&i, &u);
    let dead = with_sums(&core::array::from_fn(|_| Wave::dc(0.0)), &healthy);
    let parts = before.into_iter().zip(during).zip(dead);
    parts.map(|((b, d), a)| Script::new(b).then(from_s, d).then(to_s, a)).collect()
}

/// An instant of 2026-11-22 in the station's local time, synchronised within 0.4 µs.
#[must_use]
pub fn today(hour: u8, minute: u8, second: u8, nanosecond: u32) -> Stamp {
    let civil = Civil { year: 2026, month: 11, day: 22, hour, minute, second, nanosecond };
    let unix_ns = civil.unix_ns() - i64::from(UTC_OFFSET_S) * 1_000_000_000;
    Stamp {
        tai: Tai::from_unix_ns(unix_ns),
        quality: TimeQuality { sync: Sync::Locked, error_ns: 400 },
    }
}
