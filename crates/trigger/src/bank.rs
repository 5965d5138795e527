//! The bank: all elements over one analyser.

use crate::discrete::Discretes;
use crate::level::{Level, Levels, Setting};
use crate::step::Step;
use crate::{Element, Error, Kind};
use aura_model::{SampleBlock, Station};
use aura_signal::Analyser;

/// What an element did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transition {
    /// It picked up.
    Pickup,
    /// It dropped out, or became blind.
    Dropout,
}

/// An element's change of state on a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Index of the element in the list that the bank was built from.
    pub element: u16,
    /// What it did.
    pub transition: Transition,
    /// Value on that row in the element's unit; NaN where there is none (discrete, blind).
    pub value: f64,
}

/// All starting elements of a station.
#[derive(Clone, Debug)]
pub struct Bank {
    levels: Levels,
    steps: Vec<Step>,
    discretes: Discretes,
    /// Rows looked at.
    rows: u64,
    /// State of each element.
    picked_up: Box<[bool]>,
    /// Changes of the newest row; room for one of each element.
    changes: Vec<Change>,
}

impl Bank {
    /// A bank of these elements, reading from this analyser.
    ///
    /// # Errors
    /// When an element's setting is out of range or names what is not there.
    pub fn new(elements: &[Element], station: &Station, signal: &Analyser) -> Result<Self, Error> {
        if elements.len() > usize::from(u16::MAX) {
            return Err(Error::TooMany(elements.len()));
        }
        let mut bank = Self {
            levels: Levels::new(Vec::new()),
            steps: Vec::new(),
            discretes: Discretes::new(station.discrete.len()),
            rows: 0,
            picked_up: vec![false; elements.len()].into_boxed_slice(),
            changes: Vec::with_capacity(elements.len()),
        };
        let mut levels = Vec::new();
        for (number, element) in (0..).zip(elements) {
            levels.extend(bank.add(number, element, station, signal)?);
        }
        bank.levels = Levels::new(levels);
        Ok(bank)
    }

    /// Rows of the past that these elements read; the analyser must keep them.
    #[must_use]
    pub fn past_rows(elements: &[Element], station: &Station) -> usize {
        let depth = |element: &Element| match element.kind {
            Kind::Step { periods, .. } => Step::past_rows(station, periods),
            _ => 0,
        };
        elements.iter().map(depth).max().unwrap_or(0)
    }

    /// Looks at the row that the analyser took last; gives the changes in the order of the
    /// elements.
    pub fn step(&mut self, signal: &Analyser, block: &SampleBlock, row: usize) -> &[Change] {
        self.rows += 1;
        let now = self.rows;
        self.changes.clear();
        self.levels.step(signal, now, &mut self.changes);
        for step in &mut self.steps {
            if let Some(change) = step.step(signal, now) {
                self.changes.push(change);
            }
        }
        self.discretes.step(block.discrete_row(row), now, &mut self.changes);
        if self.changes.is_empty() { &[] } else { self.settle() }
    }

    /// Rows are missing before the next one: analog elements become blind, discrete states are
    /// kept.
    pub fn reset(&mut self) -> &[Change] {
        self.changes.clear();
        self.levels.clear(&mut self.changes);
        self.changes.extend(self.steps.iter_mut().filter_map(Step::clear));
        self.settle()
    }

    /// Whether each element is picked up.
    #[must_use]
    pub fn picked_up(&self) -> &[bool] {
        &self.picked_up
    }

    /// Adds a step or discrete element; gives a level element back.
    fn add(
        &mut self,
        number: u16,
        element: &Element,
        station: &Station,
        signal: &Analyser,
    ) -> Result<Option<Level>, Error> {
        let at = usize::from(number);
        if element.delay_ms > 60_000 {
            return Err(Error::Delay { element: at, delay_ms: element.delay_ms });
        }
        let usable = |setting: f64| {
            if setting > 0.0 && setting.is_finite() {
                Ok(setting)
            } else {
                Err(Error::Setting { element: at, setting })
            }
        };
        match element.kind {
            Kind::Level { measure, input, direction, setting, hysteresis_pct } => {
                let value = usable(setting)?;
                let setting = Setting { measure, input, direction, value, hysteresis_pct };
                return Level::new(number, element, setting, station, signal).map(Some);
            }
            Kind::Step { channel, setting, periods } => {
                let setting = (channel, usable(setting)?, periods);
                self.steps.push(Step::new(number, element, setting, station)?);
            }
            Kind::Discrete { channel, edge } => {
                self.discretes.add(number, element, (channel, edge), station)?;
            }
        }
        Ok(None)
    }

    /// Puts the row's changes in order and remembers them.
    fn settle(&mut self) -> &[Change] {
        self.changes.sort_unstable_by_key(|change| change.element);
        for change in &self.changes {
            self.picked_up[usize::from(change.element)] = change.transition == Transition::Pickup;
        }
        &self.changes
    }
}
