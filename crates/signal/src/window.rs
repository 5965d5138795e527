//! The window's length and its coefficients. It knows nothing of channels.

use crate::Error;
use aura_model::Rate;
use std::f64::consts::TAU;

/// Length, range and coefficients of the sliding window.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// Rows of the window, `N`.
    pub(crate) rows: usize,
    /// Greatest count that enters a sum.
    pub(crate) count_max: i32,
    /// `2^bits · (cos, −sin)` of `2πn/N`, whole numbers.
    pub(crate) table: Box<[[f64; 2]]>,
    /// Factor from a sum to an RMS phasor: `√2 / (N · 2^bits)`.
    pub(crate) scale: f64,
}

impl Window {
    /// The window for a rate and a rated frequency.
    pub(crate) fn new(rate: Rate, nominal_hz: f64) -> Result<Self, Error> {
        if !(10.0..=1_000.0).contains(&nominal_hz) {
            return Err(Error::Nominal(nominal_hz));
        }
        let period = rate.hz() / nominal_hz;
        if !(4.0..=100_000.0).contains(&period) {
            return Err(Error::Rows { rows: period });
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "4..=100000 was checked"
        )]
        let rows = period.round() as usize;
        // N·2^count·2^bits <= 2^53 keeps the phasor sums exact, N·4^count < 2^63 the squares.
        let log_rows = rows.next_power_of_two().trailing_zeros();
        let count_bits = ((63 - log_rows) / 2).min(27);
        let bits = (53 - count_bits - log_rows).min(17);
        let one = f64::from(1 << bits);
        Ok(Self {
            rows,
            count_max: (1 << count_bits) - 1,
            table: table(rows, one),
            scale: std::f64::consts::SQRT_2 / (rows as f64 * one),
        })
    }
}

/// The rounded coefficients; with an even `N` the second half is the first with its sign turned, so
/// that a constant and every even harmonic give exactly zero.
fn table(rows: usize, one: f64) -> Box<[[f64; 2]]> {
    (0..rows)
        .map(|n| {
            let half = rows / 2;
            let (n, sign) =
                if rows.is_multiple_of(2) && n >= half { (n - half, -one) } else { (n, one) };
            let (sin, cos) = (TAU * n as f64 / rows as f64).sin_cos();
            [(sign * cos).round(), (-sign * sin).round()]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_ranges() {
        let check = |hz: f64, nominal: f64, rows: usize, count_max: i32, one: f64| {
            let w = Window::new(Rate::from_hz(hz).unwrap(), nominal).unwrap();
            assert_eq!((w.rows, w.count_max, w.table[0][0]), (rows, count_max, one), "{hz}");
            // Exactness: the largest sum stays within 2^53, the largest sum of squares within 2^63.
            let worst = rows as f64 * f64::from(count_max) * one;
            assert!(worst <= 2_f64.powi(53), "{hz}: {worst}");
            assert!(rows as f64 * f64::from(count_max).powi(2) < 2_f64.powi(63), "{hz}");
        };
        check(4_000.0, 50.0, 80, (1 << 27) - 1, 131_072.0);
        check(20_000.0, 50.0, 400, (1 << 27) - 1, 131_072.0);
        check(2_000.0, 60.0, 33, (1 << 27) - 1, 131_072.0);
        check(30_707.24, 50.0, 614, (1 << 26) - 1, 131_072.0);
        check(4_000_000.0, 50.0, 80_000, (1 << 23) - 1, 8_192.0);
    }

    #[test]
    fn even_tables_sum_to_exactly_nothing() {
        for rows in [4, 16, 20, 80, 96, 256, 288, 400, 614] {
            let sum =
                table(rows, 131_072.0).iter().fold([0.0, 0.0], |s, w| [s[0] + w[0], s[1] + w[1]]);
            assert_eq!(sum, [0.0, 0.0], "{rows}");
        }
    }

    #[test]
    fn unusable_rates_are_refused() {
        let rate = |hz| Rate::from_hz(hz).unwrap();
        assert_eq!(Window::new(rate(100.0), 50.0).unwrap_err(), Error::Rows { rows: 2.0 });
        assert_eq!(Window::new(rate(4_000.0), 0.0).unwrap_err(), Error::Nominal(0.0));
        assert!(Window::new(rate(4_000.0), f64::NAN).is_err());
    }
}
