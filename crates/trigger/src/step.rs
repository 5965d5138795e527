//! Step elements: the superimposed component |x(t) − x(t − n·T)| of the samples.

use crate::timer::{Seen, Timer};
use crate::{Change, Element, Error};
use aura_model::Station;
use aura_signal::Analyser;

/// One step element.
///
/// When `n·T` is no whole number of rows, x(t − n·T) is interpolated by the cubic through the four
/// rows around it (Lagrange); at 33⅓ rows a period its error is below 0.01 % of the amplitude of a
/// fundamental.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    channel: usize,
    /// Rows back and weight of each of them.
    taps: [(usize, f64); 4],
    taps_used: usize,
    clean_rows: u64,
    /// Unit per count, without sign.
    gain: f64,
    setting: f64,
    timer: Timer,
    element: u16,
}

impl Step {
    /// The element in checked form.
    pub(crate) fn new(
        number: u16,
        element: &Element,
        (channel, setting, periods): (usize, f64, u8),
        station: &Station,
    ) -> Result<Self, Error> {
        let at = usize::from(number);
        if !(1..=4).contains(&periods) {
            return Err(Error::Periods { element: at, periods });
        }
        let Some(analog) = station.analog.get(channel) else {
            let count = station.analog.len();
            return Err(Error::Input { element: at, input: channel, count });
        };
        let (taps, taps_used) = taps(rows_back(station, periods));
        let deepest = taps[..taps_used].iter().map(|(rows, _)| *rows).max().unwrap_or(0);
        Ok(Self {
            channel,
            taps,
            taps_used,
            clean_rows: deepest as u64 + 1,
            gain: analog.a.abs(),
            setting,
            timer: Timer::new(station.rate.rows_in_ms(element.delay_ms), hold_rows(station)),
            element: number,
        })
    }

    /// Rows of the past that an element so many periods deep reads.
    pub(crate) fn past_rows(station: &Station, periods: u8) -> usize {
        whole(rows_back(station, periods)) + 2
    }

    /// Looks at the newest row.
    #[inline]
    pub(crate) fn step(&mut self, signal: &Analyser, now: u64) -> Option<Change> {
        if signal.clean_rows(self.channel) < self.clean_rows {
            return self.clear();
        }
        let then: f64 = self.taps[..self.taps_used]
            .iter()
            .map(|(rows, weight)| f64::from(signal.past(self.channel, *rows)) * weight)
            .sum();
        let value = (f64::from(signal.past(self.channel, 0)) - then).abs() * self.gain;
        let beyond = value > self.setting;
        if self.timer.is_idle() && !beyond {
            return None;
        }
        let seen = if beyond { Seen::Beyond } else { Seen::Back };
        let transition = self.timer.step(seen, now)?;
        Some(Change { element: self.element, transition, value })
    }

    /// Nothing can be seen any more.
    pub(crate) fn clear(&mut self) -> Option<Change> {
        let transition = self.timer.clear()?;
        Some(Change { element: self.element, transition, value: f64::NAN })
    }
}

/// Rows of so many periods of the rated frequency.
fn rows_back(station: &Station, periods: u8) -> f64 {
    f64::from(periods) * station.rate.hz() / station.nominal_hz
}

/// One period in rows, rounded up.
fn hold_rows(station: &Station) -> u64 {
    whole((station.rate.hz() / station.nominal_hz).ceil()) as u64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the analyser refuses more than 100000 rows a period"
)]
fn whole(rows: f64) -> usize {
    rows as usize
}

/// Rows back and weights that give the sample `back` rows ago.
fn taps(back: f64) -> ([(usize, f64); 4], usize) {
    let floor = whole(back);
    let u = back - back.floor();
    if u < 1e-9 {
        return ([(floor, 1.0), (0, 0.0), (0, 0.0), (0, 0.0)], 1);
    }
    let weights = [
        -u * (u - 1.0) * (u - 2.0) / 6.0,
        (u + 1.0) * (u - 1.0) * (u - 2.0) / 2.0,
        -(u + 1.0) * u * (u - 2.0) / 2.0,
        (u + 1.0) * u * (u - 1.0) / 6.0,
    ];
    ([0, 1, 2, 3].map(|i| (floor + i - 1, weights[i])), 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_follow_a_fundamental() {
        let check = |hz: f64, nominal: f64, periods: f64, used: usize, tolerance: f64| {
            let back = periods * hz / nominal;
            let (taps, n) = taps(back);
            assert_eq!(n, used, "{hz}/{nominal}");
            let wave = |rows: f64| (std::f64::consts::TAU * nominal * rows / hz).sin();
            for row in 0..200 {
                let row = f64::from(row);
                let got: f64 = taps[..n].iter().map(|(r, w)| wave(row - *r as f64) * w).sum();
                assert!((got - wave(row)).abs() < tolerance, "{hz}/{nominal} row {row}: {got}");
            }
        };
        check(4_000.0, 50.0, 1.0, 1, 1e-9);
        check(2_000.0, 60.0, 3.0, 1, 1e-9);
        check(2_000.0, 60.0, 1.0, 4, 1e-4);
        check(30_707.24, 50.0, 2.0, 4, 1e-8);
        check(1_000.0, 60.0, 1.0, 4, 1e-3);
    }
}
