//! Level elements: a quantity over or under a setting.
//!
//! The hot loop reads a quantity and compares it with two bounds within which its element can do
//! nothing; the logic behind them is met by few rows.

use crate::timer::{Seen, Timer};
use crate::{Change, Direction, Element, Error, Input, Measure, Transition};
use aura_model::Station;
use aura_signal::{Analyser, Sequence};
use std::ops::Range;

/// All level elements, those of one quantity side by side.
#[derive(Clone, Debug)]
pub(crate) struct Levels {
    runs: Vec<(Source, Range<usize>)>,
    gates: Vec<Gate>,
    levels: Vec<Level>,
}

/// All that the hot loop needs of an element.
#[derive(Clone, Copy, Debug)]
struct Gate {
    /// Channel or group.
    index: usize,
    /// Within these bounds nothing can change; none while the element is not idle.
    bounds: [f64; 2],
}

/// Bounds that no value keeps.
const NONE: [f64; 2] = [f64::INFINITY, f64::NEG_INFINITY];

impl Levels {
    /// The elements in the order of the hot loop.
    pub(crate) fn new(mut levels: Vec<Level>) -> Self {
        levels.sort_by_key(|level| (level.quantity, level.index));
        let gates = levels.iter().map(|l| Gate { index: l.index, bounds: l.idle_bounds }).collect();
        let mut runs: Vec<(Source, Range<usize>)> = Vec::new();
        for (at, level) in levels.iter().enumerate() {
            match runs.last_mut() {
                Some((source, run)) if *source == level.quantity => run.end = at + 1,
                _ => runs.push((level.quantity, at..at + 1)),
            }
        }
        Self { runs, gates, levels }
    }

    /// Looks at the newest row.
    #[inline]
    pub(crate) fn step(&mut self, signal: &Analyser, now: u64, changes: &mut Vec<Change>) {
        let window = signal.window_rows() as u64;
        // When all windows are whole and valid, as they mostly are, no single one is asked.
        let calm = signal.least_clean_rows() >= window;
        let channel = |c, rows| calm || signal.clean_rows(c) >= rows;
        let group = |g| calm || signal.group_clean_rows(g) >= window;
        let if_seen = |seen: bool, value: f64| if seen { value } else { f64::NAN };
        for (source, run) in &self.runs {
            let gates = &mut self.gates[run.clone()];
            let levels = &mut self.levels[run.clone()];
            let sequence = |g: usize, s: Sequence| if_seen(group(g), signal.sequence_squared(g, s));
            match source {
                Source::Instant => sweep(gates, levels, now, changes, |c| {
                    if_seen(channel(c, 1), signal.instant(c).abs())
                }),
                Source::RmsSquared => sweep(gates, levels, now, changes, |c| {
                    if_seen(channel(c, window), signal.rms_squared(c))
                }),
                Source::FundamentalSquared => sweep(gates, levels, now, changes, |c| {
                    if_seen(channel(c, window), signal.fundamental_squared(c))
                }),
                Source::Positive => {
                    sweep(gates, levels, now, changes, |g| sequence(g, Sequence::Positive));
                }
                Source::Negative => {
                    sweep(gates, levels, now, changes, |g| sequence(g, Sequence::Negative));
                }
                Source::Zero => sweep(gates, levels, now, changes, |g| sequence(g, Sequence::Zero)),
                Source::Frequency => sweep(gates, levels, now, changes, |g| {
                    if_seen(group(g), signal.frequency_hz(g).unwrap_or(f64::NAN))
                }),
            }
        }
    }

    /// Nothing can be seen any more.
    pub(crate) fn clear(&mut self, changes: &mut Vec<Change>) {
        for (gate, level) in self.gates.iter_mut().zip(&mut self.levels) {
            changes.extend(level.clear());
            gate.bounds = level.idle_bounds;
        }
    }
}

/// Reads one quantity of each element; NaN means that it cannot be seen.
#[inline]
fn sweep(
    gates: &mut [Gate],
    levels: &mut [Level],
    now: u64,
    changes: &mut Vec<Change>,
    read: impl Fn(usize) -> f64,
) {
    for (gate, level) in gates.iter_mut().zip(levels) {
        let value = read(gate.index);
        if value >= gate.bounds[0] && value <= gate.bounds[1] {
            continue;
        }
        if let Some(change) = level.decide(value, now) {
            changes.push(change);
        }
        gate.bounds = if level.timer.is_idle() { level.idle_bounds } else { NONE };
    }
}

/// One level element, its setting in the form in which the quantity is cheapest: squared where that
/// saves a root.
#[derive(Clone, Debug)]
pub(crate) struct Level {
    /// What is measured and of which channel or group.
    quantity: Source,
    index: usize,
    /// Bounds of the gate while idle.
    idle_bounds: [f64; 2],
    direction: Direction,
    pick_up: f64,
    drop_out: f64,
    timer: Timer,
    element: u16,
}

/// Quantities in the order in which the bank keeps its elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// |x|.
    Instant,
    /// RMS².
    RmsSquared,
    /// |X|².
    FundamentalSquared,
    /// |X1|².
    Positive,
    /// |X2|².
    Negative,
    /// |X0|².
    Zero,
    /// f.
    Frequency,
}

/// The setting of a level element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) measure: Measure,
    pub(crate) input: Input,
    pub(crate) direction: Direction,
    pub(crate) value: f64,
    pub(crate) hysteresis_pct: f64,
}

impl Level {
    /// The element in checked form.
    pub(crate) fn new(
        number: u16,
        element: &Element,
        setting: Setting,
        station: &Station,
        signal: &Analyser,
    ) -> Result<Self, Error> {
        let at = usize::from(number);
        let Setting { measure, input, direction, value, hysteresis_pct } = setting;
        if !(0.0..=50.0).contains(&hysteresis_pct) {
            return Err(Error::Hysteresis { element: at, percent: hysteresis_pct });
        }
        let (index, count) = match input {
            Input::Channel(index) => (index, station.analog.len()),
            Input::Group(index) => (index, station.groups.len()),
        };
        if index >= count {
            return Err(Error::Input { element: at, input: index, count });
        }
        let quantity = match (measure, input) {
            (Measure::Instant, Input::Channel(_)) => Source::Instant,
            (Measure::Rms, Input::Channel(_)) => Source::RmsSquared,
            (Measure::Fundamental, Input::Channel(_)) => Source::FundamentalSquared,
            (Measure::Positive, Input::Group(_)) => Source::Positive,
            (Measure::Negative, Input::Group(_)) => Source::Negative,
            (Measure::Zero, Input::Group(_)) => Source::Zero,
            (Measure::Frequency, Input::Group(_)) => Source::Frequency,
            _ => return Err(Error::Measure { element: at, measure, input }),
        };
        let back = match direction {
            Direction::Over => value * (1.0 - hysteresis_pct / 100.0),
            Direction::Under => value * (1.0 + hysteresis_pct / 100.0),
        };
        let form = |value: f64| if quantity.is_squared() { value * value } else { value };
        let alternates = quantity == Source::Instant && direction == Direction::Over;
        let hold_rows = if alternates { signal.window_rows() as u64 } else { 0 };
        Ok(Self {
            quantity,
            index,
            idle_bounds: match direction {
                Direction::Over => [f64::NEG_INFINITY, form(value)],
                Direction::Under => [form(value), f64::INFINITY],
            },
            direction,
            pick_up: form(value),
            drop_out: form(back),
            timer: Timer::new(station.rate.rows_in_ms(element.delay_ms), hold_rows),
            element: number,
        })
    }

    /// Nothing can be seen any more.
    fn clear(&mut self) -> Option<Change> {
        self.timer.clear().map(|transition| self.change(transition, f64::NAN))
    }

    #[cold]
    fn decide(&mut self, value: f64, now: u64) -> Option<Change> {
        if value.is_nan() {
            return self.clear();
        }
        let seen = match self.direction {
            Direction::Over if value > self.pick_up => Seen::Beyond,
            Direction::Over if value > self.drop_out => Seen::Between,
            Direction::Under if value < self.pick_up => Seen::Beyond,
            Direction::Under if value < self.drop_out => Seen::Between,
            _ => Seen::Back,
        };
        let value = if self.quantity.is_squared() { value.sqrt() } else { value };
        self.timer.step(seen, now).map(|transition| self.change(transition, value))
    }

    fn change(&self, transition: Transition, value: f64) -> Change {
        Change { element: self.element, transition, value }
    }
}

impl Source {
    fn is_squared(self) -> bool {
        !matches!(self, Self::Instant | Self::Frequency)
    }
}
