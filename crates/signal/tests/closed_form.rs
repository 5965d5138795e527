//! Signals whose values are known in closed form, with the tolerance that the analyser keeps.

use aura_model::{
    AnalogChannel, Layout, Phase, Quantity, Rate, SampleBlock, Side, Stamp, Station, Tai,
    ThreePhaseGroup, TimeQuality,
};
use aura_signal::{Analyser, Error, Sequence};
use std::f64::consts::{SQRT_2, TAU};

/// 2026-11-22 TAI, so that absolute angles are tried with a real time.
const EPOCH: i64 = 1_795_305_637_000_000_000;

fn channel(quantity: Quantity, a: f64, b: f64) -> AnalogChannel {
    AnalogChannel {
        id: "x".into(),
        name: "x".into(),
        phase: Phase::None,
        circuit: String::new(),
        quantity,
        unit: "V".into(),
        a,
        b,
        raw_min: i32::MIN,
        raw_max: i32::MAX,
        primary: 1.0,
        secondary: 1.0,
        side: Side::Primary,
        skew_us: 0.0,
    }
}

fn station(hz: f64, nominal_hz: f64, analog: Vec<AnalogChannel>) -> Station {
    let groups = if analog.len() < 3 {
        Vec::new()
    } else {
        let group = |quantity| ThreePhaseGroup {
            id: "g".into(),
            name: "g".into(),
            quantity,
            abc: [0, 1, 2],
        };
        vec![group(Quantity::Voltage), group(Quantity::Current)]
    };
    Station {
        name: String::new(),
        rec_dev_id: String::new(),
        nominal_hz,
        rate: Rate::from_hz(hz).expect("a rate"),
        analog,
        discrete: Vec::new(),
        groups,
        timezone: String::new(),
    }
}

/// An analyser and the time of its next row.
struct Rig {
    station: Station,
    analyser: Analyser,
    block: SampleBlock,
    row: u64,
}

impl Rig {
    fn new(station: Station) -> Self {
        let analyser = Analyser::new(&station, 0).expect("a good station");
        let analog = station.analog.len();
        let layout = Layout { rate: station.rate, analog, discrete: 0, rows: 1 };
        Self { station, analyser, block: SampleBlock::new(layout), row: 0 }
    }

    fn now(&self) -> Tai {
        Tai(EPOCH).plus_ns(self.station.rate.row_ns(self.row - 1))
    }

    /// One row of engineering values `wave(channel, seconds)`; `valid` says which channels are.
    fn row(&mut self, valid: u64, wave: impl Fn(usize, f64) -> f64) {
        // Seconds from an instant at which the cosine of the common reference is at its crest.
        let t = self.row as f64 / self.station.rate.hz();
        self.block.clear(0, Stamp { tai: Tai(EPOCH), quality: TimeQuality::default() });
        self.block.set_rows(1);
        for (c, channel) in self.station.analog.iter().enumerate() {
            let raw = ((wave(c, t) - channel.b) / channel.a).round();
            self.block.analog_row_mut(0)[c] = raw as i32;
        }
        self.block.valid_row_mut(0)[0] = valid;
        self.analyser.step(&self.block, 0);
        self.row += 1;
    }

    fn rows(&mut self, rows: u64, wave: impl Fn(usize, f64) -> f64) {
        let all = (1 << self.station.analog.len()) - 1;
        for _ in 0..rows {
            self.row(all, &wave);
        }
    }
}

fn close(got: f64, want: f64, tolerance: f64, what: &str) {
    assert!((got - want).abs() <= tolerance, "{what}: {got}, expected {want} ± {tolerance}");
}

#[test]
fn fundamental_is_free_of_dc_and_harmonics_and_rms_holds_all() {
    let check = |hz: f64, f0: f64| {
        let mut rig = Rig::new(station(hz, f0, vec![channel(Quantity::Voltage, 1e-3, 7.0)]));
        let harmonics = [(0, 40.0), (1, 300.0), (2, 25.0), (3, 60.0), (5, 30.0), (7, 11.0)];
        let wave = |_: usize, t: f64| -> f64 {
            harmonics
                .iter()
                .map(|(h, peak)| match h {
                    0 => *peak,
                    _ => peak * (TAU * f0 * f64::from(*h) * t + 0.7 * f64::from(*h)).cos(),
                })
                .sum()
        };
        let rms = harmonics
            .iter()
            .map(|(h, peak)| if *h == 0 { peak * peak } else { peak * peak / 2.0 })
            .sum::<f64>()
            .sqrt();
        rig.rows(rig.analyser.window_rows() as u64 - 1, wave);
        assert!(rig.analyser.clean_rows(0) < rig.analyser.window_rows() as u64);
        // Every row of two periods, so that no phase of the window is favoured.
        for _ in 0..2 * rig.analyser.window_rows() {
            rig.rows(1, wave);
            let phasor = rig.analyser.phasor(0, rig.now());
            let what = format!("{hz} Hz at {f0} Hz, row {}", rig.row);
            // Rounding of counts: 0.5 mV in 300 V; of coefficients: 2^-18.
            close(phasor.magnitude(), 300.0 / SQRT_2, 1e-3, &what);
            close(rig.analyser.fundamental_squared(0).sqrt(), 300.0 / SQRT_2, 1e-3, &what);
            close(phasor.angle_deg(), 0.7_f64.to_degrees(), 3e-4, &what);
            close(rig.analyser.rms_squared(0).sqrt(), rms, 3e-4, &what);
            close(rig.analyser.instant(0), wave(0, (rig.row - 1) as f64 / hz), 6e-4, &what);
        }
    };
    for hz in [1_000.0, 1_200.0, 4_000.0, 12_800.0, 14_400.0, 20_000.0] {
        check(hz, 50.0);
    }
    for hz in [4_800.0, 14_400.0, 15_360.0] {
        check(hz, 60.0);
    }
}

#[test]
fn rates_off_the_period_ripple_within_the_documented_bound() {
    let check = |hz: f64, f0: f64| {
        let mut rig = Rig::new(station(hz, f0, vec![channel(Quantity::Voltage, 1e-3, 0.0)]));
        let wave = |_: usize, t: f64| 1_000.0 * SQRT_2 * (TAU * f0 * t - 1.0).cos() + 200.0;
        let n = rig.analyser.window_rows();
        let off = (hz / f0 - n as f64).abs() / n as f64;
        rig.rows(n as u64, wave);
        for _ in 0..20 * n {
            rig.rows(1, wave);
            let what = format!("{hz} Hz at {f0} Hz, row {}", rig.row);
            let phasor = rig.analyser.phasor(0, rig.now());
            close(phasor.magnitude(), 1_000.0, 1_000.0 * 0.55 * off + 0.01, &what);
            // The error in quadrature turns the angle by as much.
            let angle = (0.55 * off + 1e-5_f64).to_degrees();
            close(phasor.angle_deg(), -1_f64.to_degrees(), angle, &what);
        }
    };
    check(2_000.0, 60.0);
    check(1_000.0, 60.0);
    check(30_707.24, 50.0);
    check(4_000.0, 60.0);
}

/// Phase values of given positive, negative and zero sequence (magnitude RMS, angle degrees) at
/// `hz`.
fn three_phase(sequences: [(f64, f64); 3], hz: f64) -> impl Fn(usize, f64) -> f64 {
    move |c, t| {
        let turn = TAU / 3.0 * c as f64;
        sequences
            .iter()
            .zip([-turn, turn, 0.0])
            .map(|((rms, deg), turn)| rms * SQRT_2 * (TAU * hz * t + deg.to_radians() + turn).cos())
            .sum()
    }
}

#[test]
fn symmetrical_components_come_back() {
    let scales = [1e-3, 2e-3, -1e-3];
    let channels = scales.map(|a| channel(Quantity::Voltage, a, 0.0)).to_vec();
    let mut rig = Rig::new(station(4_000.0, 50.0, channels));
    let sequences = [(100.0, 10.0), (20.0, -50.0), (7.0, 170.0)];
    rig.rows(123, three_phase(sequences, 50.0));
    let all = [Sequence::Positive, Sequence::Negative, Sequence::Zero];
    for (sequence, (rms, deg)) in all.into_iter().zip(sequences) {
        let phasor = rig.analyser.sequence(0, sequence, rig.now());
        close(phasor.magnitude(), rms, 5e-4, "magnitude");
        close(phasor.angle_deg(), deg, 5e-3, "angle");
        close(rig.analyser.sequence_squared(0, sequence).sqrt(), rms, 5e-4, "squared");
    }
}

#[test]
fn frequency_of_voltages() {
    let check = |hz: f64, f0: f64, sequences, f: f64, tolerance: f64| {
        let channels = vec![channel(Quantity::Voltage, 1e-3, 0.3); 3];
        let mut rig = Rig::new(station(hz, f0, channels));
        let settle = rig.analyser.window_rows() as u64 * 5 / 2;
        rig.rows(settle, three_phase(sequences, f));
        for _ in 0..rig.analyser.window_rows() * 3 {
            rig.rows(1, three_phase(sequences, f));
            let got = rig.analyser.frequency_hz(0).expect("the voltage is steady");
            close(got, f, tolerance, &format!("{f} Hz at {hz} Hz, {sequences:?}"));
        }
        assert_eq!(rig.analyser.frequency_hz(1), None, "a group of currents has none");
    };
    let balanced = [(100.0, 20.0), (0.0, 0.0), (0.0, 0.0)];
    // One phase is dead: the image of the two others is as strong as it gets in service.
    let two_phases = [(200.0 / 3.0, 0.0), (100.0 / 3.0, 180.0), (100.0 / 3.0, 180.0)];
    for f in [45.0, 47.3, 49.99, 50.0, 50.2, 55.0] {
        check(4_000.0, 50.0, balanced, f, 1e-3);
        check(1_000.0, 50.0, balanced, f, 1e-3);
    }
    for f in [59.5, 60.0, 61.0] {
        check(2_000.0, 60.0, balanced, f, 1e-3);
        check(14_400.0, 60.0, balanced, f, 1e-3);
    }
    check(4_000.0, 50.0, two_phases, 50.0, 1e-3);
    check(4_000.0, 50.0, two_phases, 49.8, 1e-3);
    check(4_000.0, 50.0, two_phases, 49.0, 5e-3);
    check(4_000.0, 50.0, two_phases, 47.0, 50e-3);
    check(2_000.0, 60.0, two_phases, 60.0, 20e-3);
}

#[test]
fn noise_and_a_dead_bus_have_no_frequency() {
    let channels = vec![channel(Quantity::Voltage, 1e-3, 0.0); 3];
    let mut rig = Rig::new(station(4_000.0, 50.0, channels));
    rig.rows(800, |_, _| 0.0);
    assert_eq!(rig.analyser.frequency_hz(0), None);
    // Congruential noise of 1 V.
    let noise = |c: usize, t: f64| {
        let seed = (t * 4_000.0).round() as u64 * 3 + c as u64 + 1;
        let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        (mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    for _ in 0..4_000 {
        rig.rows(1, noise);
        assert_eq!(rig.analyser.frequency_hz(0), None, "row {}", rig.row);
    }
    rig.rows(400, three_phase([(50.0, 0.0), (0.0, 0.0), (0.0, 0.0)], 50.0));
    assert!(rig.analyser.frequency_hz(0).is_some());
}

#[test]
fn an_invalid_sample_is_in_the_window_for_one_period() {
    let channels = vec![channel(Quantity::Voltage, 1e-3, 0.0); 3];
    let mut rig = Rig::new(station(4_000.0, 50.0, channels));
    let wave = three_phase([(50.0, 0.0), (0.0, 0.0), (0.0, 0.0)], 50.0);
    rig.rows(400, &wave);
    assert!(rig.analyser.frequency_hz(0).is_some());
    rig.row(0b101, |_, _| 2e6);
    assert_eq!([0, 1, 2].map(|c| rig.analyser.clean_rows(c)), [401, 0, 401]);
    assert_eq!(rig.analyser.group_clean_rows(0), 0);
    rig.rows(79, &wave);
    assert_eq!(rig.analyser.clean_rows(1), 79);
    assert_eq!(rig.analyser.frequency_hz(0), None);
    // The garbage has left the sums without a trace.
    rig.rows(1, &wave);
    assert_eq!(rig.analyser.clean_rows(1), 80);
    close(rig.analyser.phasor(1, rig.now()).magnitude(), 50.0, 5e-4, "after garbage");
    close(rig.analyser.rms_squared(1).sqrt(), 50.0, 5e-4, "after garbage");
}

#[test]
fn counts_beyond_the_range_saturate_and_leave_no_trace() {
    let mut rig = Rig::new(station(4_000.0, 50.0, vec![channel(Quantity::Other, 1.0, 0.0)]));
    let limit = f64::from(rig.analyser.count_max());
    rig.rows(100, |_, _| f64::from(i32::MIN));
    close(rig.analyser.rms_squared(0).sqrt(), limit, 1.0, "saturated");
    close(rig.analyser.instant(0), f64::from(i32::MIN), 0.0, "the sample itself");
    rig.rows(80, |_, _| 3.0);
    assert_eq!(rig.analyser.rms_squared(0), 9.0);
    assert_eq!(rig.analyser.fundamental_squared(0), 0.0);
}

#[test]
fn a_reset_keeps_the_angle_and_forgets_the_rest() {
    let mut rig = Rig::new(station(4_000.0, 50.0, vec![channel(Quantity::Voltage, 1e-3, 0.0)]));
    let wave = |_: usize, t: f64| 100.0 * (TAU * 50.0 * t + 0.5).cos();
    rig.rows(333, wave);
    let before = rig.analyser.phasor(0, rig.now());
    rig.analyser.reset();
    assert_eq!(rig.analyser.clean_rows(0), 0);
    // Rows are missing: a whole number of nothing in particular.
    rig.row += 1_237;
    rig.rows(80, wave);
    assert_eq!(rig.analyser.clean_rows(0), 80);
    let after = rig.analyser.phasor(0, rig.now());
    close(after.angle_deg(), before.angle_deg(), 1e-3, "angle across the gap");
    close(after.magnitude(), before.magnitude(), 1e-4, "magnitude");
}

#[test]
fn bad_stations_are_refused() {
    let check = |station: Station, error: Error| {
        assert_eq!(Analyser::new(&station, 0).unwrap_err(), error);
    };
    let good = || station(4_000.0, 50.0, vec![channel(Quantity::Voltage, 1.0, 0.0); 3]);
    let mut wrong = good();
    wrong.groups[1].abc[2] = 3;
    check(wrong, Error::Group { group: 1, channel: 3, channels: 3 });
    let mut wrong = good();
    wrong.analog[2].a = f64::INFINITY;
    check(wrong, Error::Scale { channel: 2 });
    check(station(150.0, 50.0, Vec::new()), Error::Rows { rows: 3.0 });
    // A station without analog channels is nothing wrong.
    let mut rig = Rig::new(station(4_000.0, 50.0, Vec::new()));
    rig.block =
        SampleBlock::new(Layout { rate: rig.station.rate, analog: 0, discrete: 1, rows: 1 });
    rig.block.set_rows(1);
    rig.analyser.step(&rig.block, 0);
}
