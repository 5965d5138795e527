//! The analyser: running sums of every channel and what is read out of them.

use crate::Error;
use crate::frequency::Frequency;
use crate::kernel::Sums;
use crate::window::Window;
use aura_model::{Phasor, Quantity, Rate, SampleBlock, Station, Tai};
use std::f64::consts::TAU;

/// One of the symmetrical components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sequence {
    /// Positive sequence.
    Positive,
    /// Negative sequence.
    Negative,
    /// Zero sequence, not tripled.
    Zero,
}

/// Computes on every row of every channel; one row in costs no more than one row.
///
/// Values rest on the rows since the last [`Analyser::reset`]; whether a window is whole and valid
/// says [`Analyser::clean_rows`].
#[derive(Clone, Debug)]
pub struct Analyser {
    window: Window,
    rate: Rate,
    nominal_mhz: i64,
    /// Factor and offset of each channel.
    scales: Box<[Scale]>,
    groups: Box<[Group]>,
    sums: Sums,
    /// Rows of the past, limited counts, row-major.
    past: Box<[i32]>,
    stride: usize,
    depth: usize,
    /// Slot of the newest row in `past`.
    at: usize,
    /// Index of the newest row's coefficient.
    phase: usize,
    /// Those indices at which the frequency is estimated, a quarter of the window apart.
    quarters: [usize; 4],
    /// Rows taken since the analyser was made.
    rows: u64,
    /// Row (counted as `rows`) of each channel's last sample that was not valid, or before which
    /// there is none.
    last_bad: Box<[u64]>,
    /// The greatest of `last_bad`.
    newest_bad: u64,
    /// Validity words of a row without fault.
    all_valid: Box<[u64]>,
    /// Last sample of each channel, not limited.
    instant: Box<[i32]>,
}

/// What is known of a channel.
#[derive(Clone, Copy, Debug)]
struct Scale {
    a: f64,
    b: f64,
    /// `a²/N`, `2ab/N`, `b²`: RMS² = these times Σx², Σx, 1.
    mean_square: [f64; 3],
    /// `(a · window scale)²`.
    phasor_square: f64,
}

/// What is known of a group: factors of the three sums for each component.
#[derive(Clone, Copy, Debug)]
struct Group {
    abc: [usize; 3],
    /// Of the positive sequence; those of the negative are the same with B and C turned the other
    /// way.
    factors: [[(f64, f64); 3]; 3],
    frequency: Option<Frequency>,
}

impl Analyser {
    /// An analyser for a station's channels that also keeps `past_rows` rows for
    /// [`Analyser::past`].
    ///
    /// # Errors
    /// When the rate, the rated frequency, a channel's factors or a group cannot be worked with.
    pub fn new(station: &Station, past_rows: usize) -> Result<Self, Error> {
        let window = Window::new(station.rate, station.nominal_hz)?;
        let channels = station.analog.len();
        for (channel, analog) in station.analog.iter().enumerate() {
            if !(analog.a.is_finite() && analog.b.is_finite()) {
                return Err(Error::Scale { channel });
            }
        }
        for (group, set) in station.groups.iter().enumerate() {
            if let Some(&channel) = set.abc.iter().find(|c| **c >= channels) {
                return Err(Error::Group { group, channel, channels });
            }
        }
        let n = window.rows as f64;
        let scales = station.analog.iter().map(|channel| {
            let (a, b) = (channel.a, channel.b);
            let mean_square = [a * a / n, 2.0 * a * b / n, b * b];
            Scale { a, b, mean_square, phasor_square: (a * window.scale).powi(2) }
        });
        let groups = station.groups.iter().map(|set| {
            let gain = set.abc.map(|c| station.analog[c].a * window.scale / 3.0);
            let frequency = (set.quantity == Quantity::Voltage).then(Frequency::new);
            Group { abc: set.abc, factors: factors(gain), frequency }
        });
        // One more, so that the row that leaves and the row that enters never share a slot.
        let depth = window.rows.max(past_rows) + 1;
        let stride = channels.div_ceil(16) * 16;
        #[expect(clippy::cast_possible_truncation, reason = "10..=1000 Hz was checked")]
        let nominal_mhz = (station.nominal_hz * 1_000.0).round() as i64;
        Ok(Self {
            rate: station.rate,
            nominal_mhz,
            scales: scales.collect(),
            groups: groups.collect(),
            sums: Sums::new(channels),
            past: vec![0; depth * stride].into_boxed_slice(),
            stride,
            depth,
            at: depth - 1,
            phase: window.rows - 1,
            quarters: [0, 1, 2, 3].map(|i| i * window.rows / 4),
            rows: 0,
            last_bad: vec![0; channels].into_boxed_slice(),
            newest_bad: 0,
            all_valid: all_valid(channels),
            instant: vec![0; channels].into_boxed_slice(),
            window,
        })
    }

    /// Forgets the past: rows are missing before the next one.
    pub fn reset(&mut self) {
        self.sums.clear();
        self.past.fill(0);
        self.last_bad.fill(self.rows);
        self.newest_bad = self.rows;
        for group in &mut self.groups {
            group.frequency = group.frequency.map(|_| Frequency::new());
        }
    }

    /// Takes one row in.
    ///
    /// # Panics
    /// If the block has fewer channels than the station or fewer rows than `row`.
    pub fn step(&mut self, block: &SampleBlock, row: usize) {
        self.rows += 1;
        self.at = if self.at + 1 == self.depth { 0 } else { self.at + 1 };
        self.phase = if self.phase + 1 == self.window.rows { 0 } else { self.phase + 1 };
        let new = block.analog_row(row);
        let (old, kept) = self.leaving_and_entering();
        let (past, sums) = (&mut self.past, &mut self.sums);
        let [old, kept] = past.get_disjoint_mut([old, kept]).expect("slots of the ring differ");
        let w = self.window.table[self.phase];
        sums.slide(new, old, kept, w, self.window.count_max);
        self.instant.copy_from_slice(new);
        if block.valid_row(row) != &*self.all_valid {
            self.mark_bad(block.valid_row(row));
        }
        if self.quarters.contains(&self.phase) {
            self.estimate_frequency();
        }
    }

    /// Whole rows of the window, nearest to one period of the rated frequency.
    #[must_use]
    pub fn window_rows(&self) -> usize {
        self.window.rows
    }

    /// Greatest absolute count that the computed values follow.
    #[must_use]
    pub fn count_max(&self) -> i32 {
        self.window.count_max
    }

    /// Rows taken since the last one in which this channel was not valid, or since the last reset.
    ///
    /// RMS and phasor rest on valid samples alone from [`Analyser::window_rows`] on.
    #[must_use]
    #[inline]
    pub fn clean_rows(&self, channel: usize) -> u64 {
        self.rows - self.last_bad[channel]
    }

    /// The least of [`Analyser::clean_rows`] of all channels.
    #[must_use]
    #[inline]
    pub fn least_clean_rows(&self) -> u64 {
        self.rows - self.newest_bad
    }

    /// The least of [`Analyser::clean_rows`] of a group's channels.
    #[must_use]
    #[inline]
    pub fn group_clean_rows(&self, group: usize) -> u64 {
        let [a, b, c] = self.groups[group].abc;
        self.clean_rows(a).min(self.clean_rows(b)).min(self.clean_rows(c))
    }

    /// Last sample, engineering unit.
    #[must_use]
    #[inline]
    pub fn instant(&self, channel: usize) -> f64 {
        let scale = &self.scales[channel];
        scale.a * f64::from(self.instant[channel]) + scale.b
    }

    /// Square of the true RMS over the window, engineering unit squared; the offset is in it.
    #[must_use]
    #[inline]
    pub fn rms_squared(&self, channel: usize) -> f64 {
        let [squares, sum, one] = self.scales[channel].mean_square;
        #[expect(clippy::cast_precision_loss, reason = "the one rounding of an exact sum")]
        let value =
            self.sums.squares[channel] as f64 * squares + self.sums.sum[channel] * sum + one;
        value.max(0.0)
    }

    /// Square of the RMS magnitude of the fundamental, engineering unit squared.
    #[must_use]
    #[inline]
    pub fn fundamental_squared(&self, channel: usize) -> f64 {
        let (re, im) = (self.sums.re[channel], self.sums.im[channel]);
        (re * re + im * im) * self.scales[channel].phasor_square
    }

    /// Square of the RMS magnitude of a symmetrical component, engineering unit squared.
    #[must_use]
    #[inline]
    pub fn sequence_squared(&self, group: usize, sequence: Sequence) -> f64 {
        let (re, im) = self.sequence_sum(group, sequence);
        re * re + im * im
    }

    /// Frequency of a voltage group, hertz; `None` when the voltage is too small, not valid or a
    /// current.
    #[must_use]
    #[inline]
    pub fn frequency_hz(&self, group: usize) -> Option<f64> {
        self.groups[group].frequency.as_ref().and_then(Frequency::hz)
    }

    /// Fundamental phasor, engineering unit, of the window that ends with the newest row, which was
    /// taken at `at`: the angle counts from a cosine of the rated frequency that was at its crest
    /// at the TAI epoch, the same for all channels and for all recorders with the same time.
    #[must_use]
    pub fn phasor(&self, channel: usize, at: Tai) -> Phasor {
        let gain = self.scales[channel].a * self.window.scale;
        self.turn((self.sums.re[channel] * gain, self.sums.im[channel] * gain), at)
    }

    /// Phasor of a symmetrical component, as [`Analyser::phasor`].
    #[must_use]
    pub fn sequence(&self, group: usize, sequence: Sequence, at: Tai) -> Phasor {
        self.turn(self.sequence_sum(group, sequence), at)
    }

    /// Count of a channel so many rows ago, limited to [`Analyser::count_max`]; 0 before the first
    /// row.
    ///
    /// # Panics
    /// If `rows` is more than the analyser was asked to keep.
    #[must_use]
    #[inline]
    pub fn past(&self, channel: usize, rows: usize) -> i32 {
        assert!(rows < self.depth, "{rows} rows ago, {} are kept", self.depth);
        let slot = if rows <= self.at { self.at - rows } else { self.at + self.depth - rows };
        self.past[slot * self.stride + channel]
    }

    /// Σ of a component's three terms, RMS, engineering unit, against the window's own reference.
    #[inline]
    fn sequence_sum(&self, group: usize, sequence: Sequence) -> (f64, f64) {
        let group = &self.groups[group];
        let factors = &group.factors[sequence as usize];
        let mut sum = (0.0, 0.0);
        for (&channel, &(fr, fi)) in group.abc.iter().zip(factors) {
            let (re, im) = (self.sums.re[channel], self.sums.im[channel]);
            sum.0 += re * fr - im * fi;
            sum.1 += re * fi + im * fr;
        }
        sum
    }

    /// From the window's own reference to the common one. A phasor shows the signal at the middle
    /// of its window.
    fn turn(&self, (re, im): (f64, f64), at: Tai) -> Phasor {
        let n = self.window.rows as f64;
        let middle = (n - 1.0) / 2.0;
        let own = (self.phase as f64 - middle) / n;
        // Whole periods since the epoch are dropped while the numbers are still whole.
        let pico = i128::from(at.0) * i128::from(self.nominal_mhz);
        #[expect(clippy::cast_precision_loss, reason = "below 10^12")]
        let common = pico.rem_euclid(1_000_000_000_000) as f64 / 1e12
            - middle * self.nominal_mhz as f64 / f64::from(self.rate.millihertz());
        let (sin, cos) = (TAU * (own - common)).sin_cos();
        Phasor { re: re * cos - im * sin, im: re * sin + im * cos }
    }

    /// Ranges of the row that leaves the window and of the slot for the new one.
    fn leaving_and_entering(&self) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let n = self.window.rows;
        let old = if n <= self.at { self.at - n } else { self.at + self.depth - n };
        let range = |slot: usize| slot * self.stride..(slot + 1) * self.stride;
        (range(old), range(self.at))
    }

    /// Notes the channels whose newest sample is not valid.
    #[cold]
    fn mark_bad(&mut self, valid: &[u64]) {
        self.newest_bad = self.rows;
        for (w, (&word, &all)) in valid.iter().zip(&self.all_valid).enumerate() {
            let mut bad = !word & all;
            while bad != 0 {
                self.last_bad[w * 64 + bad.trailing_zeros() as usize] = self.rows;
                bad &= bad - 1;
            }
        }
    }

    /// Gives every voltage group its phase of now.
    fn estimate_frequency(&mut self) {
        let bin_hz = self.rate.hz() / self.window.rows as f64;
        for g in 0..self.groups.len() {
            let Some(mut frequency) = self.groups[g].frequency else { continue };
            frequency.take(self.steady_phase(g), bin_hz);
            self.groups[g].frequency = Some(frequency);
        }
    }

    /// Phase of a group's positive sequence; `None` unless the window is valid and the component
    /// carries at least a quarter of the energy of the three channels and eight counts: noise has
    /// no frequency.
    fn steady_phase(&self, group: usize) -> Option<f64> {
        if self.group_clean_rows(group) < self.window.rows as u64 {
            return None;
        }
        let (re, im) = self.sequence_sum(group, Sequence::Positive);
        let magnitude = re * re + im * im;
        let abc = self.groups[group].abc;
        let energy: f64 = abc.iter().map(|c| self.variance(*c)).sum::<f64>() / 3.0;
        let least: f64 = abc.iter().map(|c| (8.0 * self.scales[*c].a).powi(2)).fold(0.0, f64::max);
        (magnitude >= energy / 4.0 && magnitude >= least && magnitude > 0.0).then(|| im.atan2(re))
    }

    /// Mean square about the mean, engineering unit squared.
    fn variance(&self, channel: usize) -> f64 {
        let mean = self.sums.sum[channel] / self.window.rows as f64;
        let scale = &self.scales[channel];
        let offset = scale.a * mean + scale.b;
        (self.rms_squared(channel) - offset * offset).max(0.0)
    }
}

/// Factors of the three phases' sums for the positive, negative and zero sequence (C. L. Fortescue,
/// 1918).
fn factors([a, b, c]: [f64; 3]) -> [[(f64, f64); 3]; 3] {
    let sin = 3_f64.sqrt() / 2.0;
    let (on, back) = ((-0.5, sin), (-0.5, -sin));
    let times = |gain: f64, (re, im): (f64, f64)| (gain * re, gain * im);
    [
        [(a, 0.0), times(b, on), times(c, back)],
        [(a, 0.0), times(b, back), times(c, on)],
        [(a, 0.0), (b, 0.0), (c, 0.0)],
    ]
}

/// Validity words with a bit for every channel.
fn all_valid(channels: usize) -> Box<[u64]> {
    (0..channels.div_ceil(64))
        .map(|word| match channels - word * 64 {
            64.. => u64::MAX,
            left => (1 << left) - 1,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aura_model::{AnalogChannel, Layout, Phase, Side, Stamp};
    use proptest::prelude::*;

    fn station(hz: f64, nominal_hz: f64, channels: usize) -> Station {
        let channel = AnalogChannel {
            id: "x".into(),
            name: "x".into(),
            phase: Phase::None,
            circuit: String::new(),
            quantity: Quantity::Other,
            unit: "A".into(),
            a: 1.0,
            b: 0.0,
            raw_min: i32::MIN,
            raw_max: i32::MAX,
            primary: 1.0,
            secondary: 1.0,
            side: Side::Primary,
            skew_us: 0.0,
        };
        Station {
            name: String::new(),
            rec_dev_id: String::new(),
            nominal_hz,
            rate: Rate::from_hz(hz).unwrap(),
            analog: vec![channel; channels],
            discrete: Vec::new(),
            groups: Vec::new(),
            timezone: String::new(),
        }
    }

    /// Feeds rows of raw counts made by `sample(row, channel)` and compares the sums with those
    /// over the window, `==`, every `every` rows.
    fn check(station: &Station, rows: u64, every: u64, sample: impl Fn(u64, usize) -> i32) {
        let mut analyser = Analyser::new(station, 0).unwrap();
        let channels = station.analog.len();
        let layout = Layout { rate: station.rate, analog: channels, discrete: 0, rows: 1 };
        let mut block = SampleBlock::new(layout);
        block.clear(0, Stamp::default());
        block.set_rows(1);
        let n = analyser.window_rows() as u64;
        for row in 0..rows {
            for c in 0..channels {
                block.analog_row_mut(0)[c] = sample(row, c);
            }
            analyser.step(&block, 0);
            if (row + 1) % every != 0 {
                continue;
            }
            for c in 0..channels {
                let (mut re, mut im, mut sum, mut squares) = (0.0, 0.0, 0.0, 0_i64);
                for back in (row + 1).saturating_sub(n)..=row {
                    let limit = analyser.count_max();
                    let x = sample(back, c).clamp(-limit, limit);
                    let w = analyser.window.table[(back % n) as usize];
                    re += f64::from(x) * w[0];
                    im += f64::from(x) * w[1];
                    sum += f64::from(x);
                    squares += i64::from(x) * i64::from(x);
                }
                let sums = &analyser.sums;
                let got = (sums.re[c], sums.im[c], sums.sum[c], sums.squares[c]);
                assert_eq!(got, (re, im, sum, squares), "row {row} channel {c}");
            }
        }
    }

    /// A mixing function (D. Stafford's variant 13): any 64 bits in, unrelated bits out.
    fn mix(mut z: u64) -> u64 {
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    #[test]
    fn sums_are_exact_after_two_million_rows() {
        check(&station(20_000.0, 50.0, 3), 2_000_000, 199_999, |row, c| match c {
            0 => mix(row) as i32,
            1 => (mix(row) as i32) >> 5,
            _ => {
                if mix(row) & 1 == 0 {
                    i32::MAX
                } else {
                    i32::MIN
                }
            }
        });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn sums_are_exact(
            seed in any::<u64>(),
            shift in 0_u32..31,
            rate in prop::sample::select(vec![
                (1_000.0, 50.0), (2_000.0, 60.0), (4_000.0, 50.0), (14_400.0, 60.0),
                (30_707.24, 50.0),
            ]),
        ) {
            let station = station(rate.0, rate.1, 17);
            check(&station, 1_500, 311, |row, c| (mix(seed ^ row << 8 ^ c as u64) as i32) >> shift);
        }
    }
}
