//! Values over whole periods of a sampled signal. A window that is not whole, or holds a missing
//! sample, has the value NaN: nothing is guessed.

use aura_model::Phasor;
use core::f64::consts::{SQRT_2, TAU};
use core::ops::Range;

/// The grid on which windows are laid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    /// Rows per second.
    pub(crate) rate_hz: f64,
    /// Frequency of the fundamental, hertz.
    pub(crate) hz: f64,
}

impl Grid {
    /// Rows of one period, not whole in general.
    pub(crate) fn period(self) -> f64 {
        self.rate_hz / self.hz
    }

    /// Rows of one period, rounded, at least 1.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "above 0, below 2^32"
    )]
    pub(crate) fn rows(self) -> usize {
        (self.period().round() as usize).max(1)
    }

    /// RMS phasor of the period that begins at a row, against row 0; NaN when it is not whole.
    ///
    /// `X = sqrt(2)/N · sum(w[k] · x[k] · e^(-jωk))` over N rows; the last weight is the fraction
    /// of a row by which the period exceeds whole rows, so that a rate which is no multiple of the
    /// frequency leaks little.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "above 0, below 2^32"
    )]
    pub(crate) fn phasor(self, values: &[f64], from: usize) -> Phasor {
        let period = self.period();
        let whole = period.floor() as usize;
        let fraction = period - period.floor();
        let count = if fraction > 1e-9 { whole + 1 } else { whole };
        let Some(window) = values.get(from..from.saturating_add(count)) else { return NAN };
        let step = TAU / period;
        let mut sum = Phasor::default();
        for (k, value) in window.iter().enumerate() {
            let weight = if k == whole { fraction } else { 1.0 };
            let (sin, cos) = (step * (from + k) as f64).sin_cos();
            sum.re += weight * value * cos;
            sum.im -= weight * value * sin;
        }
        let scale = SQRT_2 / period;
        Phasor { re: sum.re * scale, im: sum.im * scale }
    }

    /// Magnitude of the phasor of the period that ends before each row; NaN where there is none.
    pub(crate) fn magnitudes(self, values: &[f64]) -> Vec<f64> {
        let rows = self.rows();
        let step = TAU / self.period();
        let scale = SQRT_2 / self.period();
        let terms: Vec<(f64, f64)> = values
            .iter()
            .enumerate()
            .map(|(k, value)| {
                let (sin, cos) = (step * k as f64).sin_cos();
                (value * cos, value * sin)
            })
            .collect();
        sliding(values, rows, |at| {
            let (re, im) = terms[at];
            [re, im]
        })
        .map(|[re, im]| re.hypot(im) * scale)
        .collect()
    }

    /// True RMS of the period that ends before each row; NaN where there is none.
    pub(crate) fn rms(self, values: &[f64]) -> impl Iterator<Item = f64> {
        let rows = self.rows();
        sliding(values, rows, |at| [values[at] * values[at], 0.0]).map(move |[power, _]| {
            // Rounding may leave a silent window a little below zero; a NaN stays one.
            let power = if power < 0.0 { 0.0 } else { power };
            (power / rows as f64).sqrt()
        })
    }
}

/// A phasor that is none.
pub(crate) const NAN: Phasor = Phasor { re: f64::NAN, im: f64::NAN };

/// Sums of a term over the `rows` rows that end before each row from 0 to the length. The sum is
/// made anew now and then, so that rounding does not gather; a missing sample makes the windows
/// that hold it NaN.
fn sliding(
    values: &[f64],
    rows: usize,
    term: impl Fn(usize) -> [f64; 2],
) -> impl Iterator<Item = [f64; 2]> {
    let mut sum = [0.0; 2];
    let mut missing = 0_usize;
    (0..=values.len()).map(move |end| {
        if end > 0 {
            let came = end - 1;
            if values[came].is_nan() {
                missing += 1;
            } else {
                let term = term(came);
                sum = [sum[0] + term[0], sum[1] + term[1]];
            }
        }
        if end > rows {
            let gone = end - 1 - rows;
            if values[gone].is_nan() {
                missing -= 1;
            } else {
                let term = term(gone);
                sum = [sum[0] - term[0], sum[1] - term[1]];
            }
        }
        if end % 4_096 == 0 && end >= rows {
            sum = (end - rows..end)
                .filter(|at| !values[*at].is_nan())
                .map(&term)
                .fold([0.0; 2], |sum, term| [sum[0] + term[0], sum[1] + term[1]]);
        }
        if end < rows || missing > 0 { [f64::NAN; 2] } else { sum }
    })
}

/// Greatest absolute value; NaN when there is none.
pub(crate) fn peak(values: &[f64]) -> f64 {
    values.iter().map(|value| value.abs()).fold(f64::NAN, f64::max)
}

/// Frequency of a signal within rows, by the turn of its phasor from period to period; `None` when
/// it is too short, too small against `floor`, or not a frequency of a power system.
pub(crate) fn frequency(values: &[f64], rows: Range<usize>, grid: Grid, floor: f64) -> Option<f64> {
    let period = grid.rows();
    let values = values.get(rows)?;
    let mut angles = (0..values.len().saturating_sub(period))
        .step_by(period)
        .map(|from| grid.phasor(values, from))
        .filter(|phasor| phasor.magnitude() > floor)
        .map(|phasor| phasor.im.atan2(phasor.re));
    let mut last = angles.next()?;
    let (mut turned, mut steps) = (0.0, 0_u32);
    for angle in angles {
        // The nearest turn: the frequency is within half a period per period of the rated one.
        turned += (angle - last + TAU / 2.0).rem_euclid(TAU) - TAU / 2.0;
        last = angle;
        steps += 1;
    }
    if steps < 2 {
        return None;
    }
    let seconds = f64::from(steps) * period as f64 / grid.rate_hz;
    let hz = grid.hz + turned / TAU / seconds;
    (40.0..=70.0).contains(&hz).then_some(hz)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aura_testkit::wave::Wave;

    fn samples(wave: &Wave, rate_hz: f64, rows: usize) -> Vec<f64> {
        (0..rows).map(|row| wave.at(row as f64 / rate_hz)).collect()
    }

    #[test]
    fn phasors_of_closed_form() {
        let check = |rate_hz: f64, hz: f64, tolerance: f64| {
            let wave = Wave::sine(100.0, hz, 33.0).harmonic(3, 10.0, 5.0);
            let values = samples(&wave, rate_hz, 1_000);
            let grid = Grid { rate_hz, hz };
            for from in [0, 17, 500] {
                let got = grid.phasor(&values, from);
                assert!((got.magnitude() - 100.0).abs() < tolerance, "{rate_hz} {hz} {got:?}");
                assert!((got.angle_deg() - 33.0).abs() < tolerance, "{rate_hz} {hz} {got:?}");
            }
        };
        check(4_000.0, 50.0, 1e-9);
        check(4_800.0, 60.0, 1e-9);
        // A rate that is no multiple of the frequency.
        check(4_000.0, 60.0, 0.8);
        check(20_000.0, 49.87, 0.1);
    }

    #[test]
    fn windows_with_missing_samples_have_no_value() {
        let mut values = samples(&Wave::sine(1.0, 50.0, 0.0), 1_000.0, 60);
        values[25] = f64::NAN;
        let grid = Grid { rate_hz: 1_000.0, hz: 50.0 };
        let rms: Vec<f64> = grid.rms(&values).collect();
        let seen: Vec<usize> = (0..=60).filter(|row| !rms[*row].is_nan()).collect();
        assert_eq!(seen, (20..=25).chain(46..=60).collect::<Vec<_>>());
        assert!(seen.iter().all(|row| (rms[*row] - 1.0).abs() < 1e-9));
        assert!(grid.phasor(&values, 10).re.is_nan() && grid.phasor(&values, 41).re.is_nan());
        assert!(grid.magnitudes(&values)[20] > 0.999 && peak(&[f64::NAN; 3]).is_nan());
    }

    #[test]
    fn frequency_of_closed_form() {
        let grid = Grid { rate_hz: 4_000.0, hz: 50.0 };
        let check = |hz: f64| {
            let values = samples(&Wave::sine(10.0, hz, 70.0), 4_000.0, 900);
            let got = frequency(&values, 0..900, grid, 1.0).unwrap();
            assert!((got - hz).abs() < 0.02, "{hz}: {got}");
        };
        for hz in [47.0, 49.9, 50.0, 51.2] {
            check(hz);
        }
        assert_eq!(frequency(&[0.0; 900], 0..900, grid, 1.0), None);
        assert_eq!(frequency(&[1.0; 10], 0..10, grid, 0.1), None);
    }
}
