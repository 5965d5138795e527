//! When the signals left their state before the event, and when they came out of the fault.
//!
//! The begin is seen in the superimposed component, the difference to one period before; the end in
//! the magnitude of the fundamental. It deliberately does not classify the fault.

use crate::window::{Grid, peak};
use aura_model::{Capture, CaptureAnalog, Quantity};

/// A current has left its state when it changes by more than this part of the load's level.
const CURRENT_PART: f64 = 0.3;
/// A voltage has left its state when it changes by more than this part of its level.
const VOLTAGE_PART: f64 = 0.1;
/// The level is at least this part of the greatest value in the record: a line without load.
const PEAK_PART: f64 = 0.05;

/// Rows of the disturbance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// First row.
    pub(crate) from: usize,
    /// First row after it; `None` when it lasts beyond the record.
    pub(crate) to: Option<usize>,
}

/// Level of each channel (peak), against which changes are judged: the greatest of its kind and
/// circuit before the event; NaN where nothing can be judged.
pub(crate) fn levels(capture: &Capture, rows: usize) -> Vec<f64> {
    let of = |channel: &CaptureAnalog, rows: usize| -> f64 {
        let alike = |other: &&CaptureAnalog| {
            other.channel.quantity == channel.channel.quantity
                && other.channel.circuit == channel.channel.circuit
                && other.channel.unit == channel.channel.unit
        };
        let peaks = capture
            .analog
            .iter()
            .filter(alike)
            .map(|other| peak(other.values.get(..rows).unwrap_or(&other.values)));
        peaks.fold(f64::NAN, f64::max)
    };
    capture
        .analog
        .iter()
        .map(|channel| of(channel, rows).max(PEAK_PART * of(channel, capture.rows)))
        .collect()
}

/// Part of the level by which a quantity must change.
pub(crate) const fn part(quantity: Quantity) -> Option<f64> {
    match quantity {
        Quantity::Current => Some(CURRENT_PART),
        Quantity::Voltage => Some(VOLTAGE_PART),
        // A battery or a transducer has no period to compare with.
        Quantity::Other => None,
    }
}

/// Finds the disturbance.
pub(crate) fn find(capture: &Capture, grid: Grid) -> Option<Span> {
    let levels = levels(capture, grid.rows());
    let watched = || {
        capture.analog.iter().zip(&levels).filter_map(|(channel, level)| {
            let part = part(channel.channel.quantity)?;
            (*level > 0.0).then_some((channel, *level, part))
        })
    };
    let from = watched()
        .filter_map(|(channel, level, part)| begin(&channel.values, grid, part * level))
        .min()?;
    // Currents tell when a fault goes out; a bay without a current that rose has its voltages.
    let end = |quantity| {
        let ends = watched()
            .filter(|(channel, ..)| channel.channel.quantity == quantity)
            .filter_map(|(channel, level, part)| match quantity {
                Quantity::Current => end_of_rise(&channel.values, grid, from, part * level),
                _ => end_of_sag(&channel.values, grid, from, part * level),
            });
        ends.reduce(End::later)
    };
    match end(Quantity::Current).or_else(|| end(Quantity::Voltage)) {
        Some(End::Row(to)) => Some(Span { from, to: Some(to.max(from + 1)) }),
        Some(End::Beyond) => Some(Span { from, to: None }),
        // Nothing rose or sagged: a change from one healthy state to another, at once.
        None => Some(Span { from, to: Some((from + 1).min(capture.rows)) }),
    }
}

/// First row that differs from the one a period before by more than the threshold, for long enough
/// not to be a spike; led back to where the difference began.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a fraction of rows")]
fn begin(values: &[f64], grid: Grid, threshold: f64) -> Option<usize> {
    let period = grid.period();
    let (whole, part) = (period.floor() as usize, period - period.floor());
    let delta = |row: usize| {
        let at = row - whole - 1;
        let before = values[at + 1] * (1.0 - part) + values[at] * part;
        (values[row] - before).abs()
    };
    let first = whole + 1;
    // What the difference is at rest: noise, and a frequency that is not the assumed one.
    let rest = (first..values.len().min(first + whole)).map(delta).filter(|d| !d.is_nan());
    let (sum, count) = rest.fold((0.0, 0_u32), |(sum, n), d| (sum + d.min(threshold), n + 1));
    let quiet = 2.0 * sum / f64::from(count.max(1));
    let threshold = threshold.max(1.5 * quiet);
    let needed = (whole / 32).max(2);
    let mut run = 0;
    for row in first..values.len() {
        run = if delta(row) > threshold { run + 1 } else { 0 };
        if run == needed {
            let mut begin = row + 1 - run;
            while begin > first && delta(begin - 1) > (0.25 * threshold).max(quiet) {
                begin -= 1;
            }
            return Some(begin);
        }
    }
    None
}

/// When an abnormal state ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Row(usize),
    Beyond,
}

impl End {
    fn later(self, other: Self) -> Self {
        match (self, other) {
            (Self::Row(x), Self::Row(y)) => Self::Row(x.max(y)),
            _ => Self::Beyond,
        }
    }
}

/// When a current that rose after `from` came down again; `None` when it did not rise.
fn end_of_rise(values: &[f64], grid: Grid, from: usize, threshold: f64) -> Option<End> {
    let magnitudes = grid.magnitudes(values);
    let before = at_rest(&magnitudes, from)?;
    let limit = before + threshold / core::f64::consts::SQRT_2;
    end_of(&magnitudes, grid, from, |magnitude| magnitude - limit, before)
}

/// When a voltage that sagged after `from`, or a residual one that rose, was back; `None` when
/// neither happened.
fn end_of_sag(values: &[f64], grid: Grid, from: usize, threshold: f64) -> Option<End> {
    let magnitudes = grid.magnitudes(values);
    let before = at_rest(&magnitudes, from)?;
    let limit = threshold / core::f64::consts::SQRT_2;
    end_of(&magnitudes, grid, from, |magnitude| (magnitude - before).abs() - limit, before)
}

/// Magnitude before the event.
fn at_rest(magnitudes: &[f64], from: usize) -> Option<f64> {
    magnitudes.get(..=from)?.iter().rev().copied().find(|magnitude| !magnitude.is_nan())
}

/// The abnormal stretch that begins within two periods after `from`. The window that ends before a
/// row is half in the new state when the magnitude is half-way: the end lies half a period before
/// that.
fn end_of(
    magnitudes: &[f64],
    grid: Grid,
    from: usize,
    excess: impl Fn(f64) -> f64,
    before: f64,
) -> Option<End> {
    let rows = grid.rows();
    let first =
        (from..magnitudes.len().min(from + 2 * rows)).find(|row| excess(magnitudes[*row]) > 0.0)?;
    let mut last = first;
    let mut peak = magnitudes[first];
    for (row, magnitude) in magnitudes.iter().enumerate().skip(first) {
        if excess(*magnitude) > 0.0 {
            last = row;
            if (magnitude - before).abs() > (peak - before).abs() {
                peak = *magnitude;
            }
        } else if row > last + rows {
            // A whole period of health: what comes later is another event (a reclosing).
            break;
        }
    }
    if last + 1 >= magnitudes.len() {
        return Some(End::Beyond);
    }
    let half = (peak + magnitudes[last]) / 2.0;
    let sank = |row: &usize| (magnitudes[*row] - before).abs() >= (half - before).abs();
    let middle = (first..=last).rev().find(sank).unwrap_or(last);
    Some(End::Row(middle.saturating_sub(rows / 2)))
}
