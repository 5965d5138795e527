//! Elements on signals whose crossing rows are known in closed form.

use Direction::{Over, Under};
use aura_model::{
    AnalogChannel, DiscreteChannel, Layout, Phase, Quantity, Rate, SampleBlock, Side, Stamp,
    Station, ThreePhaseGroup,
};
use aura_signal::Analyser;
use aura_trigger::{Bank, Direction, Edge, Element, Error, Input, Kind, Measure, Transition};
use std::f64::consts::TAU;

const HZ: f64 = 4_000.0;

fn station(hz: f64, nominal_hz: f64, b: f64) -> Station {
    let analog = AnalogChannel {
        id: "x".into(),
        name: "x".into(),
        phase: Phase::None,
        circuit: String::new(),
        quantity: Quantity::Voltage,
        unit: "V".into(),
        a: -1e-3,
        b,
        raw_min: i32::MIN,
        raw_max: i32::MAX,
        primary: 1.0,
        secondary: 1.0,
        side: Side::Primary,
        skew_us: 0.0,
    };
    let discrete = DiscreteChannel {
        id: "d".into(),
        name: "d".into(),
        phase: Phase::None,
        circuit: String::new(),
        normal: false,
    };
    Station {
        name: String::new(),
        rec_dev_id: String::new(),
        nominal_hz,
        rate: Rate::from_hz(hz).expect("a rate"),
        analog: vec![analog; 3],
        discrete: vec![discrete; 70],
        groups: vec![ThreePhaseGroup {
            id: "g".into(),
            name: "g".into(),
            quantity: Quantity::Voltage,
            abc: [0, 1, 2],
        }],
        timezone: String::new(),
    }
}

fn element(kind: Kind, delay_ms: u32) -> Element {
    Element { id: "e".into(), name: "e".into(), kind, delay_ms }
}

fn level(
    measure: Measure,
    input: Input,
    direction: Direction,
    setting: f64,
    hysteresis_pct: f64,
) -> Kind {
    Kind::Level { measure, input, direction, setting, hysteresis_pct }
}

/// What one row holds.
struct Row {
    values: [f64; 3],
    valid: u64,
    discrete: [u64; 2],
}

/// Runs one element over rows; gives (row, pickup?, value).
fn run(
    station: &Station,
    element: Element,
    rows: u64,
    row_at: impl Fn(u64) -> Row,
) -> Vec<(u64, Transition, f64)> {
    let elements = [element];
    let mut signal =
        Analyser::new(station, Bank::past_rows(&elements, station)).expect("a good station");
    let mut bank = Bank::new(&elements, station, &signal).expect("a good element");
    let mut block =
        SampleBlock::new(Layout { rate: station.rate, analog: 3, discrete: 70, rows: 1 });
    let mut changes = Vec::new();
    for row in 0..rows {
        let Row { values, valid, discrete } = row_at(row);
        block.clear(0, Stamp::default());
        block.set_rows(1);
        for (c, value) in values.into_iter().enumerate() {
            let channel = &station.analog[c];
            block.analog_row_mut(0)[c] = ((value - channel.b) / channel.a).round() as i32;
        }
        block.valid_row_mut(0)[0] = valid;
        block.discrete_row_mut(0).copy_from_slice(&discrete);
        signal.step(&block, 0);
        changes.extend(bank.step(&signal, &block, 0).iter().map(|c| (row, c.transition, c.value)));
        assert_eq!(
            bank.picked_up()[0],
            changes.last().is_some_and(|c| c.1 == Transition::Pickup),
            "row {row}"
        );
    }
    changes
}

/// Compares rows (`+` pickup, `-` drop-out) and the values at pickup.
fn check(got: &[(u64, Transition, f64)], expect: &[i64], values: &[f64], what: &str) {
    let rows: Vec<i64> = got
        .iter()
        .map(|(row, transition, _)| match transition {
            Transition::Pickup => *row as i64,
            Transition::Dropout => -(*row as i64),
        })
        .collect();
    assert_eq!(rows, expect, "{what}: {got:?}");
    let pickups = got.iter().filter(|change| change.1 == Transition::Pickup);
    for ((_, _, got), want) in pickups.zip(values) {
        assert!((got - want).abs() < 2e-3, "{what}: value {got}, expected {want}");
    }
}

fn sine(row: u64, rms: f64) -> f64 {
    rms * 2_f64.sqrt() * (TAU * 50.0 * row as f64 / HZ).sin()
}

/// A balanced three-phase system whose magnitude follows the row.
fn balanced(rms: impl Fn(u64) -> f64, hz: f64) -> impl Fn(u64) -> Row {
    move |row| {
        let phase =
            |c: f64| rms(row) * 2_f64.sqrt() * (TAU * (hz * row as f64 / HZ - c / 3.0)).cos();
        Row { values: [0.0, 1.0, 2.0].map(phase), valid: 0b111, discrete: [0; 2] }
    }
}

#[test]
fn rms_over_with_hysteresis_on_a_direct_quantity() {
    // A constant: RMS² over 80 rows grows from 10² to 20² row by row. Offset and negative factor
    // are in it.
    let station = station(HZ, 50.0, 3.0);
    let wave = |row: u64| {
        let value = if (200..400).contains(&row) { 20.0 } else { 10.0 };
        Row { values: [value; 3], valid: 0b111, discrete: [0; 2] }
    };
    let kind = level(Measure::Rms, Input::Channel(1), Over, 15.0, 10.0);
    // k rows of 20 in 80: (100·(80−k) + 400·k)/80 > 225 from k = 34; back at ≤ 13.5² from k ≤ 21.
    let at = |k: f64| ((100.0 * (80.0 - k) + 400.0 * k) / 80.0).sqrt();
    let got = run(&station, element(kind, 0), 700, wave);
    check(&got, &[233, -458], &[at(34.0)], "no delay");
    let got = run(&station, element(kind, 10), 700, wave);
    check(&got, &[273, -458], &[at(74.0)], "10 ms");
    let got = run(&station, element(kind, 60), 700, wave);
    check(&got, &[], &[], "60 ms is longer than it lasts");
}

#[test]
fn under_does_not_pick_up_at_the_start_or_without_samples() {
    let station = station(HZ, 50.0, 0.0);
    let wave = |row: u64| {
        let lost = (300..350).contains(&row);
        let value = if lost { 0.0 } else { sine(row, 100.0) };
        Row { values: [value; 3], valid: if lost { 0b101 } else { 0b111 }, discrete: [0; 2] }
    };
    for measure in [Measure::Rms, Measure::Fundamental] {
        let kind = level(measure, Input::Channel(1), Under, 90.0, 2.0);
        check(&run(&station, element(kind, 0), 800, wave), &[], &[], "lost samples");
        // The same zeros, but believed: they are a dip.
        let kind = level(measure, Input::Channel(0), Under, 90.0, 2.0);
        let got = run(&station, element(kind, 0), 800, wave);
        let [(on, Transition::Pickup, _), (off, Transition::Dropout, _)] = got[..] else {
            panic!("{got:?}");
        };
        assert!((300..350).contains(&on) && (400..430).contains(&off), "{got:?}");
    }
}

#[test]
fn instant_holds_over_the_zero_crossings() {
    let station = station(HZ, 50.0, 0.0);
    let wave = |row: u64| Row {
        values: [sine(row, if (400..800).contains(&row) { 100.0 } else { 10.0 }); 3],
        valid: 0b111,
        discrete: [0; 2],
    };
    let kind = level(Measure::Instant, Input::Channel(2), Over, 100.0, 0.0);
    // sin > 1/√2 first on row 400 + 11 (45° lies between 10 and 11); last on 800 − 11, one period
    // on it lets go.
    let first = sine(11, 100.0);
    let got = run(&station, element(kind, 0), 1_200, wave);
    check(&got, &[411, -(789 + 81)], &[first], "no delay");
    // With 30 ms: the first row at least 120 rows after 411 on which it is met again.
    let got = run(&station, element(kind, 30), 1_200, wave);
    check(&got, &[531, -(789 + 81)], &[sine(531, 100.0).abs()], "30 ms");
    // A single spike satisfies no delay, whatever the hold.
    let spike = |row: u64| Row {
        values: [if row == 300 { 500.0 } else { 0.0 }; 3],
        valid: 0b111,
        discrete: [0; 2],
    };
    check(&run(&station, element(kind, 5), 900, spike), &[], &[], "spike");
    check(&run(&station, element(kind, 0), 900, spike), &[300, -381], &[500.0], "spike at once");
}

#[test]
fn step_sees_a_change_and_not_the_start() {
    for (hz, nominal, periods, lag) in
        [(4_000.0, 50.0, 1, 80), (4_000.0, 50.0, 2, 160), (2_000.0, 60.0, 3, 100)]
    {
        let station = station(hz, nominal, 0.0);
        let period = f64::from(lag) / f64::from(periods);
        let wave = |row: u64| {
            let peak = if row < 500 { 100.0 } else { 150.0 };
            let value = peak * (TAU * row as f64 / period).cos();
            Row { values: [value; 3], valid: 0b111, discrete: [0; 2] }
        };
        let kind = Kind::Step { channel: 0, setting: 20.0, periods };
        let got = run(&station, element(kind, 0), 1_200, wave);
        // |50·cos| > 20 first at or after row 500; gone with the lag, and a period on it lets go.
        let met = |row: u64| (50.0 * (TAU * row as f64 / period).cos()).abs() > 20.0;
        let first = (500..).find(|row| met(*row)).expect("within a period");
        let last = (0..500 + lag as u64).rev().find(|row| met(*row)).expect("within a period");
        let hold = period.ceil() as u64;
        let value = (50.0 * (TAU * first as f64 / period).cos()).abs();
        check(&got, &[first as i64, -((last + hold + 1) as i64)], &[value], "step");
    }
}

#[test]
fn step_between_rows_stays_quiet_on_a_steady_wave() {
    // 33⅓ rows a period, one period back: interpolated.
    let station = station(2_000.0, 60.0, 0.0);
    let wave = |row: u64| Row {
        values: [100.0 * (TAU * 60.0 * row as f64 / 2_000.0).cos(); 3],
        valid: 0b111,
        discrete: [0; 2],
    };
    let kind = Kind::Step { channel: 0, setting: 0.02, periods: 1 };
    check(&run(&station, element(kind, 0), 2_000, wave), &[], &[], "steady");
}

#[test]
fn step_is_blind_around_invalid_samples() {
    let station = station(HZ, 50.0, 0.0);
    let wave = |row: u64| {
        let bad = row == 300;
        let value = if bad { 1e5 } else { sine(row, 10.0) };
        Row { values: [value; 3], valid: if bad { 0b110 } else { 0b111 }, discrete: [0; 2] }
    };
    let kind = |channel| Kind::Step { channel, setting: 5.0, periods: 1 };
    check(&run(&station, element(kind(0), 0), 900, wave), &[], &[], "invalid");
    let got = run(&station, element(kind(1), 0), 900, wave);
    check(
        &got,
        &[300, -461],
        &[1e5 - sine(220, 10.0)],
        "believed: seen when it comes and when it is a period old",
    );
}

#[test]
fn groups_and_frequency() {
    let station = station(HZ, 50.0, 0.0);
    // Balanced: only the positive sequence.
    let rms = |row| if row < 400 { 50.0 } else { 100.0 };
    let positive = level(Measure::Positive, Input::Group(0), Over, 99.0, 1.0);
    let got = run(&station, element(positive, 0), 800, balanced(rms, 50.0));
    assert_eq!(got.len(), 1, "{got:?}");
    assert!((470..480).contains(&got[0].0) && (got[0].2 - 99.0).abs() < 1.0, "{got:?}");
    for measure in [Measure::Negative, Measure::Zero] {
        let kind = level(measure, Input::Group(0), Over, 0.01, 1.0);
        let got = run(&station, element(kind, 0), 400, balanced(|_| 50.0, 50.0));
        check(&got, &[], &[], "balanced");
    }
    // A dead phase: U2 = U0 = U/3.
    for measure in [Measure::Negative, Measure::Zero] {
        let wave = balanced(|_| 60.0, 50.0);
        let dead = |row| {
            let mut row = wave(row);
            row.values[0] = 0.0;
            row
        };
        let kind = level(measure, Input::Group(0), Over, 19.9, 1.0);
        let got = run(&station, element(kind, 0), 400, dead);
        check(&got, &[79], &[20.0], "dead phase, as soon as the window is whole");
    }
    let kind = level(Measure::Frequency, Input::Group(0), Under, 49.5, 0.2);
    let got = run(&station, element(kind, 0), 800, balanced(|_| 50.0, 49.4));
    assert_eq!(got.len(), 1, "{got:?}");
    assert!((got[0].2 - 49.4).abs() < 1e-3 && got[0].0 <= 200, "{got:?}");
    let got = run(&station, element(kind, 0), 800, balanced(|_| 50.0, 49.6));
    check(&got, &[], &[], "49.6 Hz");
    let got = run(&station, element(kind, 0), 800, balanced(|_| 0.0, 49.4));
    check(&got, &[], &[], "a dead bus has no frequency");
}

#[test]
fn discrete_edges() {
    let station = station(HZ, 50.0, 0.0);
    // Channel 65: `1` and `0` by the row.
    let check_bits = |edge, delay_ms, bits: &str, expect: &[i64]| {
        let states: Vec<bool> = bits.chars().map(|c| c == '1').collect();
        let row = |row: u64| Row {
            values: [0.0; 3],
            valid: 0b111,
            // The other bits chatter.
            discrete: [row & 1, u64::from(states[row as usize]) << 1 | (row & 1) << 4],
        };
        let kind = Kind::Discrete { channel: 65, edge };
        let got = run(&station, element(kind, delay_ms), states.len() as u64, row);
        check(&got, expect, &[], &format!("{edge:?} {delay_ms} ms {bits}"));
    };
    check_bits(Edge::Rise, 0, "0011011", &[2, -4, 5]);
    check_bits(Edge::Rise, 0, "1110011", &[5]);
    check_bits(Edge::Fall, 0, "0011011", &[4, -5]);
    check_bits(Edge::Change, 0, "0010111", &[2, -5]);
    check_bits(Edge::Change, 0, "00110000", &[2, -3, 4, -5]);
    // 1 ms are 4 rows.
    check_bits(Edge::Rise, 1, "01110111111100", &[9, -12]);
    check_bits(Edge::Fall, 1, "11000001111", &[6, -7]);
    check_bits(Edge::Change, 1, "00111111000000", &[6, -7, 12, -13]);
}

#[test]
fn a_gap_blinds_analog_elements_and_keeps_discrete_states() {
    let station = station(HZ, 50.0, 0.0);
    let elements = [
        element(level(Measure::Instant, Input::Channel(0), Over, 5.0, 0.0), 0),
        element(Kind::Discrete { channel: 0, edge: Edge::Rise }, 0),
        element(Kind::Discrete { channel: 1, edge: Edge::Rise }, 0),
    ];
    let mut signal = Analyser::new(&station, 0).expect("a good station");
    let mut bank = Bank::new(&elements, &station, &signal).expect("good elements");
    let mut block =
        SampleBlock::new(Layout { rate: station.rate, analog: 3, discrete: 70, rows: 1 });
    block.set_rows(1);
    block.set_row_valid(0);
    let mut step = |bank: &mut Bank, signal: &mut Analyser, raw: i32, bits: u64| {
        block.analog_row_mut(0)[0] = raw;
        block.discrete_row_mut(0)[0] = bits;
        signal.step(&block, 0);
        bank.step(signal, &block, 0).iter().map(|c| (c.element, c.transition)).collect::<Vec<_>>()
    };
    assert_eq!(step(&mut bank, &mut signal, 0, 0b00), []);
    let both = [(0, Transition::Pickup), (1, Transition::Pickup)];
    assert_eq!(step(&mut bank, &mut signal, 9_000, 0b01), both);
    signal.reset();
    let blind: Vec<_> = bank.reset().iter().map(|c| (c.element, c.transition)).collect();
    assert_eq!(blind, [(0, Transition::Dropout)]);
    // What rose while rows were missing is seen on the first row after them.
    assert_eq!(step(&mut bank, &mut signal, 0, 0b11), [(2, Transition::Pickup)]);
    assert_eq!(bank.picked_up(), [false, true, true]);
}

#[test]
fn bad_elements_are_refused() {
    let station = station(HZ, 50.0, 0.0);
    let signal = Analyser::new(&station, 0).expect("a good station");
    let check = |kind, delay_ms, error: Error| {
        let good = element(Kind::Discrete { channel: 0, edge: Edge::Rise }, 0);
        let elements = [good, element(kind, delay_ms)];
        assert_eq!(Bank::new(&elements, &station, &signal).unwrap_err(), error);
    };
    let rms =
        |setting, hysteresis| level(Measure::Rms, Input::Channel(0), Over, setting, hysteresis);
    check(rms(0.0, 0.0), 0, Error::Setting { element: 1, setting: 0.0 });
    check(rms(1.0, 50.1), 0, Error::Hysteresis { element: 1, percent: 50.1 });
    check(rms(1.0, 0.0), 60_001, Error::Delay { element: 1, delay_ms: 60_001 });
    let input = Input::Channel(3);
    let kind = level(Measure::Rms, input, Over, 1.0, 0.0);
    check(kind, 0, Error::Input { element: 1, input: 3, count: 3 });
    let input = Input::Group(0);
    let kind = level(Measure::Rms, input, Over, 1.0, 0.0);
    check(kind, 0, Error::Measure { element: 1, measure: Measure::Rms, input });
    let kind = Kind::Step { channel: 0, setting: 1.0, periods: 5 };
    check(kind, 0, Error::Periods { element: 1, periods: 5 });
    let kind = Kind::Discrete { channel: 70, edge: Edge::Fall };
    check(kind, 0, Error::Input { element: 1, input: 70, count: 70 });
}
