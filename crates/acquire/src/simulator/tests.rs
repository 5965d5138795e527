//! The simulator against what its script states, in closed form.

use crate::{Mapping, SimFault, SimulatorSpec, SourceSpec, Start, open};
use aura_model::{Fill, Quality, Rate, SampleBlock, Stamp, Tai};
use core::f64::consts::SQRT_2;

fn spec() -> SimulatorSpec {
    SimulatorSpec {
        rate: Rate::from_hz(4_000.0).unwrap(),
        frequency_hz: 50.0,
        bays: 2,
        voltage_kv: 63.5,
        load_a: 240.0,
        noise_pct: 0.0,
        harmonic3_pct: 0.0,
        faults: vec![SimFault {
            at_ms: 200,
            for_ms: 100,
            bay: 0,
            phases: [true, false, false],
            earth: true,
            current_a: 4_200.0,
            voltage_pct: 30.0,
            dc_ms: 40.0,
        }],
        period_ms: 2_000,
        seed: 1,
    }
}

/// Values of all columns and words of discretes, row by row, taken in blocks of `rows`.
struct Taken {
    values: Vec<Vec<f64>>,
    raw: Vec<Vec<i32>>,
    words: Vec<u64>,
    quality: Vec<Quality>,
    t0: Vec<Tai>,
}

fn take(spec: &SimulatorSpec, rows: u16, blocks: usize) -> Taken {
    let opened = open(&SourceSpec::Simulator(spec.clone())).unwrap();
    let scale: Vec<f64> = opened.description().analog.iter().map(|c| c.a).collect();
    let mapping = Mapping {
        analog: (0..scale.len()).collect(),
        discrete: (0..opened.description().discrete.len()).map(|n| (n, false)).collect(),
    };
    let start = Start::At(Stamp { tai: Tai(1_000), ..Stamp::default() });
    let mut source = opened.start(&mapping, rows, start).unwrap();
    assert!(source.simulated());
    let mut block = SampleBlock::new(source.layout());
    let (values, raw, words, t0) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut taken = Taken { values, raw, words, quality: vec![Quality::GOOD; scale.len()], t0 };
    for _ in 0..blocks {
        assert_eq!(source.fill(&mut block), Ok(Fill::Rows));
        taken.t0.push(block.t0.tai);
        for row in 0..block.rows() {
            let raw = block.analog_row(row);
            taken.values.push(raw.iter().zip(&scale).map(|(x, a)| f64::from(*x) * a).collect());
            taken.raw.push(raw.to_vec());
            taken.words.push(block.discrete_row(row)[0]);
            assert_eq!(block.valid_row(row)[0].count_ones() as usize, scale.len());
        }
        for (all, quality) in taken.quality.iter_mut().zip(block.quality()) {
            *all |= *quality;
        }
    }
    taken
}

/// RMS of a column over whole periods.
fn rms(taken: &Taken, column: usize, from: usize, rows: usize) -> f64 {
    let power: f64 = taken.values[from..from + rows].iter().map(|row| row[column].powi(2)).sum();
    (power / rows as f64).sqrt()
}

#[test]
fn load_fault_and_clearing_have_the_stated_values() {
    let taken = take(&spec(), 40, 200);
    let near = |got: f64, want: f64, tolerance: f64, what: &str| {
        assert!((got - want).abs() <= tolerance, "{what}: {got} instead of {want}");
    };
    near(rms(&taken, 0, 0, 800), 240.0, 0.5, "load");
    near(rms(&taken, 4, 0, 800), 63.5, 0.02, "voltage");
    near(rms(&taken, 3, 0, 800), 0.0, 0.5, "3I0 before");
    // The decaying part is e^-2 of at most 4200·√2 at 280 ms; the power of both adds.
    let dc = 4_200.0 * SQRT_2 * (-80.0_f64 / 40.0).exp();
    let fault = rms(&taken, 0, 1_120, 80);
    assert!((4_150.0..4_200.0_f64.hypot(dc)).contains(&fault), "fault {fault}");
    near(rms(&taken, 4, 1_120, 80), 0.3 * 63.5, 0.02, "sag");
    near(rms(&taken, 12, 1_120, 80), 0.3 * 63.5, 0.02, "the other bay sees the busbar");
    near(rms(&taken, 8, 1_120, 80), 240.0, 0.5, "load of the other bay");
    // 3I0 and 3U0 are the sums, to one count of each.
    for row in &taken.values {
        near(row[3], row[0] + row[1] + row[2], 4.0, "3I0");
        near(row[7], row[4] + row[5] + row[6], 0.05, "3U0");
    }
    // No jump at the inception: the row's change is not greater than a fault current's slope.
    let slope = 4_200.0 * SQRT_2 * 2.0 * core::f64::consts::PI * 50.0 / 4_000.0;
    let change = (taken.values[800][0] - taken.values[799][0]).abs();
    assert!(change < 1.1 * slope, "{change} against {slope}");
    // Out at a zero within half a period; dead until it is reclosed 500 ms after.
    near(rms(&taken, 0, 1_240 + 80, 1_800), 0.0, 0.5, "dead");
    near(rms(&taken, 0, 3_200, 80), 240.0, 0.5, "reclosed");
    near(rms(&taken, 4, 1_200, 80), 63.5, 0.02, "voltage back");
    // The script begins anew.
    near(rms(&taken, 0, 0, 800), 240.0, 0.5, "again");
}

#[test]
fn contacts_follow_the_fault() {
    let taken = take(&spec(), 40, 200);
    let mut edges = Vec::new();
    for (row, pair) in taken.words.windows(2).enumerate() {
        if pair[0] != pair[1] {
            edges.push(((row + 1) / 4, pair[1]));
        }
    }
    // Trip after 25 ms, breaker at the end of the fault, trip back 30 ms later, reclosed 500 ms
    // later.
    assert_eq!(edges, [(225, 0b01), (300, 0b11), (330, 0b10), (800, 0b00)]);
}

#[test]
fn samples_do_not_depend_on_the_size_of_blocks() {
    let spec = SimulatorSpec { noise_pct: 1.0, harmonic3_pct: 5.0, frequency_hz: 49.93, ..spec() };
    let (small, large) = (take(&spec, 7, 1_000), take(&spec, 1_000, 7));
    assert_eq!(small.raw, large.raw);
    assert_eq!(small.words, large.words);
    assert_eq!(large.t0[1], Tai(1_000 + 250_000_000));
    let other = take(&SimulatorSpec { seed: 2, ..spec }, 1_000, 7);
    assert_ne!(other.raw, large.raw);
}

#[test]
fn noise_and_harmonics_have_the_stated_power() {
    // 1 % of the rated 300 A; the third harmonic is in phase in all three, so 3I0 holds it
    // threefold.
    let quiet = SimulatorSpec { faults: Vec::new(), ..spec() };
    let noisy = take(&SimulatorSpec { noise_pct: 1.0, ..quiet.clone() }, 4_000, 2);
    let got = rms(&noisy, 3, 0, 8_000);
    assert!((got / (3.0 * 3_f64.sqrt()) - 1.0).abs() < 0.03, "noise of 3I0 {got}");
    let third = take(&SimulatorSpec { harmonic3_pct: 10.0, ..quiet }, 4_000, 1);
    let got = rms(&third, 3, 0, 4_000);
    assert!((got - 72.0).abs() < 0.5, "third harmonic in 3I0 {got}");
}

#[test]
fn a_fault_between_phases_has_no_zero_sequence() {
    let mut spec = spec();
    spec.faults[0] = SimFault {
        phases: [false, true, true],
        earth: false,
        dc_ms: 0.0,
        ..spec.faults[0].clone()
    };
    let taken = take(&spec, 40, 40);
    assert!((rms(&taken, 1, 1_120, 80) - 4_200.0).abs() < 2.0);
    assert!((rms(&taken, 2, 1_120, 80) - 4_200.0).abs() < 2.0);
    assert!(rms(&taken, 3, 1_120, 80) < 241.0);
    assert!(rms(&taken, 7, 1_120, 80) < 0.05);
}

#[test]
fn what_leaves_the_range_is_held_and_marked() {
    let mut spec = spec();
    spec.faults[0].current_a = 200_000.0;
    let taken = take(&spec, 40, 40);
    assert!(taken.raw.iter().any(|row| row[0].abs() == 32_767));
    assert!(taken.quality[0].contains(Quality::OVERFLOW));
    assert_eq!(taken.quality[1], Quality::TEST);
}

#[test]
fn a_wrong_specification_is_named() {
    let check = |change: fn(&mut SimulatorSpec), expect: &str| {
        let mut spec = spec();
        change(&mut spec);
        let error = open(&SourceSpec::Simulator(spec)).unwrap_err().to_string();
        assert_eq!(error, expect);
    };
    check(|s| s.bays = 0, "bays is 0: allowed is 1..=32");
    check(|s| s.faults[0].bay = 2, "bay of a fault is 2: allowed is 0..=1");
    check(|s| s.frequency_hz = f64::NAN, "frequency, Hz is NaN: allowed is 40..=70");
    check(|s| s.period_ms = 250, "end of a fault, ms is 300: allowed is 0..=250");
    let opened = open(&SourceSpec::Simulator(spec())).unwrap();
    let mapping = Mapping { analog: vec![16], discrete: vec![] };
    let error = opened.start(&mapping, 4, Start::AsRecorded).map(|_| ()).unwrap_err().to_string();
    assert_eq!(error, "analog column 16 does not exist: the source has 16");
}

#[test]
fn channels_are_picked_and_inverted() {
    let opened = open(&SourceSpec::Simulator(spec())).unwrap();
    let mapping = Mapping { analog: vec![12, 4], discrete: vec![(3, true), (0, false)] };
    let mut source = opened.start(&mapping, 5, Start::AsRecorded).unwrap();
    let mut block = SampleBlock::new(source.layout());
    source.fill(&mut block).unwrap();
    assert_eq!(block.analog_row(0)[0], block.analog_row(0)[1]);
    assert!(block.analog_row(0)[0] > 10_000);
    assert_eq!((block.discrete_row(4), block.valid_row(4)), (&[1][..], &[3][..]));
}
