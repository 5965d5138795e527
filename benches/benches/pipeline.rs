//! The pipeline from a filled block to its outputs, in times of real time on one core (processor
//! time of the one thread); beside it, in the same run, an FFT of the window for every sample
//! (`rustfft`), which gives the same phasor.
//!
//! Floors: 64 analog + 128 discrete channels at 4 kHz with 40 elements at least 500 times real
//! time, and no call of the allocator. The process fails when the second is broken; times are
//! printed, not judged.
#![allow(clippy::print_stdout, reason = "the result of a bench is its print")]

use aura_model::{
    AnalogChannel, DiscreteChannel, Phase, Quantity, Rate, SampleBlock, Side, Station, Tai,
    ThreePhaseGroup,
};
use aura_record::{Limits, Output, Plan, Recorder};
use aura_signal::Analyser;
use aura_testkit::CountingAllocator;
use aura_trigger::{Direction, Edge, Element, Input, Kind, Measure};
use rustfft::{FftPlanner, num_complex::Complex};
use std::f64::consts::TAU;
use std::hint::black_box;
use std::sync::Arc;
use sys::cpu_s;

#[global_allocator]
static COUNTING: CountingAllocator = CountingAllocator;

/// The thread's processor time.
#[path = "pipeline/sys.rs"]
mod sys;

/// One load.
struct Case {
    hz: u32,
    analog: usize,
    discrete: usize,
    elements: usize,
    block_rows: u16,
    seconds: u32,
}

fn main() {
    let cases = [
        Case { hz: 4_000, analog: 64, discrete: 128, elements: 40, block_rows: 20, seconds: 120 },
        Case { hz: 20_000, analog: 256, discrete: 512, elements: 200, block_rows: 100, seconds: 8 },
    ];
    for case in &cases {
        let station = Arc::new(station(case));
        let second = one_second(&station);
        whole(case, &station, &second);
        let ours = analysis(case, &station, &second);
        let fft = fft(case);
        println!(
            "  phasor, RMS, every sample: {ours:.2} ns a channel-sample; rustfft: {fft:.0} ns, \
             {:.0} times ours",
            fft / ours
        );
    }
}

/// Seconds of the shortest of several runs.
fn best_of(runs: u32, mut run: impl FnMut()) -> f64 {
    let once = |_| {
        let start = cpu_s();
        run();
        cpu_s() - start
    };
    (0..runs).map(once).fold(f64::INFINITY, f64::min)
}

/// Lease, copy the samples in as a source would, step, take the outputs.
fn whole(case: &Case, station: &Arc<Station>, second: &[SampleBlock]) {
    let mut recorder = Recorder::new(Plan {
        station: Arc::clone(station),
        block_rows: case.block_rows,
        elements: elements(case),
        limits: Limits { pre_ms: 500, post_ms: 500, max_ms: 5_000, reblock_ms: 100 },
    })
    .expect("a good plan");
    let mut outputs = recorder.outputs();
    let (mut blocks, mut pickups, mut records, mut slices) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut step = |pattern: &SampleBlock| {
        let mut block = recorder.lease().expect("nobody keeps blocks");
        let filling = Arc::get_mut(&mut block).expect("ours alone");
        filling.t0.tai = Tai(station.rate.row_ns(blocks * u64::from(case.block_rows)));
        filling.set_rows(case.block_rows);
        for row in 0..usize::from(case.block_rows) {
            filling.analog_row_mut(row).copy_from_slice(pattern.analog_row(row));
            filling.discrete_row_mut(row).copy_from_slice(pattern.discrete_row(row));
            filling.valid_row_mut(row).copy_from_slice(pattern.valid_row(row));
        }
        blocks += 1;
        recorder.step(block, &mut outputs);
        for output in outputs.drain() {
            match output {
                Output::Pickup(_) => pickups += 1,
                Output::WindowClosed { .. } => records += 1,
                Output::Slice { .. } => slices += 1,
                _ => {}
            }
        }
    };
    second.iter().for_each(&mut step);
    let mut calls = 0;
    let mut seconds: Vec<f64> = (0..case.seconds)
        .map(|_| {
            let start = cpu_s();
            let before = CountingAllocator::calls();
            second.iter().for_each(&mut step);
            calls += CountingAllocator::calls() - before;
            cpu_s() - start
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    let (best, middle) = (seconds[0], seconds[seconds.len() / 2]);
    let samples = f64::from(case.hz) * case.analog as f64;
    println!(
        "{} analog + {} discrete at {} Hz, {} elements, blocks of {} rows",
        case.analog, case.discrete, case.hz, case.elements, case.block_rows
    );
    println!(
        "  whole pipeline: {:.0} times real time (median {:.0}), {:.2} ns a channel-sample, \
         {calls} allocator calls, {pickups} pickups, {records} records, {slices} slices",
        1.0 / best,
        1.0 / middle,
        best * 1e9 / samples
    );
    assert_eq!(calls, 0, "the pipeline called the allocator");
    assert!(records > 0 && pickups > 0, "the load must start records");
}

/// Nanoseconds per channel-sample of the analyser alone.
fn analysis(case: &Case, station: &Station, second: &[SampleBlock]) -> f64 {
    let mut analyser = Analyser::new(station, 0).expect("a good station");
    let best = best_of(case.seconds, || {
        for block in second {
            for row in 0..block.rows() {
                analyser.step(block, row);
            }
        }
        black_box(analyser.rms_squared(0));
    });
    best * 1e9 / (f64::from(case.hz) * case.analog as f64)
}

/// Nanoseconds of one FFT over one window.
fn fft(case: &Case) -> f64 {
    let n = (case.hz / 50) as usize;
    let fft = FftPlanner::<f64>::new().plan_fft_forward(n);
    let wave: Vec<f64> = (0..2 * n).map(|i| (TAU * i as f64 / n as f64).cos()).collect();
    let mut buffer = vec![Complex::new(0.0, 0.0); n];
    let mut scratch = vec![Complex::new(0.0, 0.0); fft.get_inplace_scratch_len()];
    let rounds = 10_000;
    let best = best_of(20, || {
        for round in 0..rounds {
            for (to, from) in buffer.iter_mut().zip(&wave[round % n..]) {
                *to = Complex::new(*from, 0.0);
            }
            fft.process_with_scratch(&mut buffer, &mut scratch);
            black_box(buffer[1]);
        }
    });
    best * 1e9 / rounds as f64
}

/// Bays of three currents and three voltages and what is left over.
fn station(case: &Case) -> Station {
    let analog = |c: usize| AnalogChannel {
        id: format!("a{c}"),
        name: format!("a{c}"),
        phase: Phase::None,
        circuit: String::new(),
        quantity: if c % 6 < 3 { Quantity::Current } else { Quantity::Voltage },
        unit: "V".into(),
        a: 1e-2,
        b: 0.0,
        raw_min: -8_388_608,
        raw_max: 8_388_607,
        primary: 1.0,
        secondary: 1.0,
        side: Side::Primary,
        skew_us: 0.0,
    };
    let discrete = |c: usize| DiscreteChannel {
        id: format!("d{c}"),
        name: format!("d{c}"),
        phase: Phase::None,
        circuit: String::new(),
        normal: false,
    };
    let group = |g: usize| ThreePhaseGroup {
        id: format!("g{g}"),
        name: format!("g{g}"),
        quantity: if g.is_multiple_of(2) { Quantity::Current } else { Quantity::Voltage },
        abc: [3 * g, 3 * g + 1, 3 * g + 2],
    };
    Station {
        name: String::new(),
        rec_dev_id: String::new(),
        nominal_hz: 50.0,
        rate: Rate::from_millihertz(case.hz * 1_000).expect("a rate"),
        analog: (0..case.analog).map(analog).collect(),
        discrete: (0..case.discrete).map(discrete).collect(),
        groups: (0..case.analog / 3).map(group).collect(),
        timezone: String::new(),
    }
}

/// Elements of every sort, spread over the channels.
fn elements(case: &Case) -> Vec<Element> {
    let level = |measure, input, direction, setting| Kind::Level {
        measure,
        input,
        direction,
        setting,
        hysteresis_pct: 5.0,
    };
    let groups = case.analog / 3;
    let kind = |e: usize| {
        let channel = e * 3 % case.analog;
        let group = e * 5 % groups;
        // An odd group is one of voltages.
        let voltages = (group | 1).min(groups - 1 - groups % 2);
        match e % 10 {
            0 => level(Measure::Rms, Input::Channel(channel), Direction::Over, 120.0),
            1 => level(Measure::Rms, Input::Channel(channel), Direction::Under, 80.0),
            2 => level(Measure::Fundamental, Input::Channel(channel), Direction::Over, 120.0),
            3 => level(Measure::Instant, Input::Channel(channel), Direction::Over, 180.0),
            4 => level(Measure::Positive, Input::Group(group), Direction::Under, 80.0),
            5 => level(Measure::Negative, Input::Group(group), Direction::Over, 10.0),
            6 => level(Measure::Zero, Input::Group(group), Direction::Over, 10.0),
            7 => level(Measure::Frequency, Input::Group(voltages), Direction::Under, 49.0),
            8 => Kind::Step { channel, setting: 50.0, periods: 1 },
            _ => Kind::Discrete { channel: e % case.discrete, edge: Edge::Rise },
        }
    };
    (0..case.elements)
        .map(|e| Element { id: format!("e{e}"), name: format!("e{e}"), kind: kind(e), delay_ms: 0 })
        .collect()
}

/// One second that can be repeated without a seam: 100 V and, for 60 ms of it, a dip and surge on
/// the first bay.
fn one_second(station: &Station) -> Vec<SampleBlock> {
    let hz = station.rate.hz();
    let layout = aura_model::Layout {
        rate: station.rate,
        analog: station.analog.len(),
        discrete: station.discrete.len(),
        rows: (hz / 200.0) as u16,
    };
    (0..200_usize)
        .map(|number| {
            let mut block = SampleBlock::new(layout);
            block.set_rows(layout.rows);
            for row in 0..usize::from(layout.rows) {
                let at = number * usize::from(layout.rows) + row;
                let fault = (100..112).contains(&number);
                for c in 0..layout.analog {
                    let gain = match c {
                        0 if fault => 4.0,
                        3 if fault => 0.3,
                        _ => 1.0,
                    };
                    let turn = 50.0 * at as f64 / hz - (c % 3) as f64 / 3.0;
                    let value = gain * 14_142.0 * (TAU * turn).cos();
                    block.analog_row_mut(row)[c] = value.round() as i32;
                }
                block.discrete_row_mut(row)[0] = if fault { 1 << 9 } else { 0 };
                block.set_row_valid(row);
            }
            block
        })
        .collect()
}
