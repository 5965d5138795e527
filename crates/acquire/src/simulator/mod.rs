//! A computed three-phase substation: one busbar, bays with load, faults by a script.
//!
//! It is believable, not a network solver: a fault has the current and the remaining voltage that
//! the script states. The current starts without a jump (decaying DC), goes out at the phases'
//! zeros, and the bay then stays dead until it is reclosed. All bays see the busbar's voltage sag.

mod describe;
mod noise;
mod script;

pub(crate) use describe::describe;

use crate::gather::Gather;
use crate::{SimulatorSpec, Start};
use aura_model::{Fill, Layout, Quality, SampleBlock, Source, SourceError, Stamp};
use core::f64::consts::{SQRT_2, TAU};
use describe::{COLUMNS, DISCRETES, RAW_MAX, RAW_MIN, rated_a};
use noise::gauss;
use script::{Bay, Script};

/// A complex number: real and imaginary part.
type Complex = (f64, f64);

/// Angle of the load current against its voltage, degrees.
const LOAD_DEG: f64 = -18.0;
/// Rows after which the rotation starts anew from an exact angle, so that no error gathers and the
/// samples do not depend on the size of the blocks.
const EXACT_ROWS: u64 = 64;
/// Adding this to a value below 2^31 leaves the value, rounded, in the low bits of the mantissa.
const ROUND: f64 = 6_755_399_441_055_744.0;

fn polar(magnitude: f64, angle_deg: f64) -> Complex {
    let (sin, cos) = angle_deg.to_radians().sin_cos();
    (magnitude * cos, magnitude * sin)
}

fn product(x: Complex, y: Complex) -> Complex {
    (x.0 * y.0 - x.1 * y.1, x.0 * y.1 + x.1 * y.0)
}

/// Real part of the product: the instant value of a turning phasor.
fn instant(phasor: Complex, turn: Complex) -> f64 {
    phasor.0 * turn.0 - phasor.1 * turn.1
}

/// The simulator as a source.
pub(crate) struct Simulator {
    layout: Layout,
    gather: Gather,
    start: Stamp,
    seq: u64,
    row: u64,
    script: Script,
    bays: Box<[Bay]>,
    /// Phase-to-earth voltages of the busbar, peak.
    volts: [Complex; 3],
    /// Third harmonic of a loaded phase, peak, against three times the common angle.
    harmonic: Complex,
    /// Turn of one row.
    step: Complex,
    /// Periods per row.
    cycles_per_row: f64,
    /// Noise of currents and voltages: value of one unit of [`gauss`].
    noise: [f64; 2],
    seed: u64,
    /// Counts per unit of each column.
    counts: Box<[[f64; COLUMNS]]>,
    columns: Box<[[i32; COLUMNS]]>,
    clipped: Box<[[bool; COLUMNS]]>,
    quality: Box<[Quality]>,
    words: Box<[u64]>,
}

impl Simulator {
    /// A simulator whose columns have these values of one count.
    pub(crate) fn new(
        spec: &SimulatorSpec,
        scales: &[f64],
        gather: Gather,
        layout: Layout,
        start: Start,
    ) -> Self {
        let bays = usize::from(spec.bays);
        let cycles_per_row = spec.frequency_hz / spec.rate.hz();
        let (sin, cos) = (TAU * cycles_per_row).sin_cos();
        let third = spec.load_a * spec.harmonic3_pct / 100.0 * SQRT_2;
        let noise = |rated: f64| rated * spec.noise_pct / 100.0;
        let script = Script::new(spec);
        Self {
            layout,
            gather,
            start: match start {
                Start::AsRecorded => Stamp::default(),
                Start::At(stamp) => stamp,
            },
            seq: 0,
            row: 0,
            bays: vec![Bay::loaded(spec.load_a); bays].into_boxed_slice(),
            volts: script.volts(0),
            script,
            harmonic: polar(third, 3.0 * LOAD_DEG),
            step: (cos, sin),
            cycles_per_row,
            noise: [noise(rated_a(spec)), noise(spec.voltage_kv)],
            seed: spec.seed,
            counts: scales.as_chunks().0.iter().map(|bay| bay.map(|a| 1.0 / a)).collect(),
            columns: vec![[0; COLUMNS]; bays].into_boxed_slice(),
            clipped: vec![[false; COLUMNS]; bays].into_boxed_slice(),
            quality: vec![Quality::TEST; bays * COLUMNS].into_boxed_slice(),
            words: vec![0; (bays * DISCRETES).div_ceil(64)].into_boxed_slice(),
        }
    }

    /// Angle of a row, exact at each [`EXACT_ROWS`] rows and turned on from there.
    fn turn_at(&self, row: u64) -> Complex {
        let exact = row - row % EXACT_ROWS;
        let cycles = exact as f64 * self.cycles_per_row;
        let (sin, cos) = (TAU * cycles.fract()).sin_cos();
        (exact..row).fold((cos, sin), |turn, _| product(turn, self.step))
    }

    /// What changes at a row by the script.
    fn follow_script(&mut self, at: u64, turn: Complex) {
        self.volts = self.script.volts(at);
        self.words.fill(0);
        for (n, bay) in self.bays.iter_mut().enumerate() {
            bay.enter(self.script.mode(n, at), &self.script, self.row, turn);
            for (bit, state) in self.script.discretes(n, at).into_iter().enumerate() {
                let bit = n * DISCRETES + bit;
                self.words[bit / 64] |= u64::from(state) << (bit % 64);
            }
        }
    }

    /// One row of all columns.
    fn compute(&mut self, turn: Complex) {
        let third = product(turn, product(turn, turn));
        let harmonic = instant(self.harmonic, third);
        let volts = self.volts.map(|phasor| instant(phasor, turn));
        let width = (self.columns.len() * COLUMNS) as u64;
        let noisy = self.noise[0] > 0.0 || self.noise[1] > 0.0;
        let mut values = [0.0; COLUMNS];
        for (n, bay) in self.bays.iter_mut().enumerate() {
            let currents = bay.currents(self.row, turn, harmonic);
            values[..3].copy_from_slice(&currents);
            values[4..7].copy_from_slice(&volts);
            if noisy {
                let at = self.row * width + (n * COLUMNS) as u64;
                for (n, value) in values.iter_mut().enumerate() {
                    *value += self.noise[n / 4] * gauss(self.seed, at + n as u64);
                }
            }
            values[3] = values[0] + values[1] + values[2];
            values[7] = values[4] + values[5] + values[6];
            quantise(&values, &self.counts[n], &mut self.columns[n], &mut self.clipped[n]);
        }
    }
}

/// Counts of values, held within the converter's range.
#[expect(clippy::cast_possible_truncation, reason = "the low 32 bits hold the rounded value")]
fn quantise(
    values: &[f64; COLUMNS],
    counts: &[f64; COLUMNS],
    columns: &mut [i32; COLUMNS],
    clipped: &mut [bool; COLUMNS],
) {
    for n in 0..COLUMNS {
        let count = values[n] * counts[n];
        let held = count.clamp(f64::from(RAW_MIN), f64::from(RAW_MAX));
        clipped[n] |= (held - count).abs() > 0.5;
        columns[n] = (held + ROUND).to_bits() as i32;
    }
}

impl Source for Simulator {
    fn layout(&self) -> Layout {
        self.layout
    }

    fn fill(&mut self, block: &mut SampleBlock) -> Result<Fill, SourceError> {
        let tai = self.start.tai.plus_ns(self.layout.rate.row_ns(self.row));
        block.clear(self.seq, Stamp { tai, ..self.start });
        block.set_rows(self.layout.rows);
        self.clipped.fill([false; COLUMNS]);
        let mut turn = self.turn_at(self.row);
        for row in 0..usize::from(self.layout.rows) {
            if self.row.is_multiple_of(EXACT_ROWS) {
                turn = self.turn_at(self.row);
            }
            let at = self.script.position(self.row);
            if self.script.changes_at(at) {
                self.follow_script(at, turn);
            }
            self.compute(turn);
            self.gather.values(self.columns.as_flattened(), block.analog_row_mut(row));
            self.gather.discrete(&self.words, block.discrete_row_mut(row));
            block.set_row_valid(row);
            turn = product(turn, self.step);
            self.row += 1;
        }
        for (quality, clipped) in self.quality.iter_mut().zip(self.clipped.as_flattened()) {
            *quality = if *clipped { Quality::TEST | Quality::OVERFLOW } else { Quality::TEST };
        }
        self.gather.values(&self.quality, block.quality_mut());
        self.seq += 1;
        Ok(Fill::Rows)
    }

    fn simulated(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
