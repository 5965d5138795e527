//! Starting elements and their logic: what the rows show against what the settings say.
//!
//! It deliberately knows no record, no window and no time of day: an element picks up and drops out
//! on a row. What follows from it is the recorder's matter. After [`Bank::new`] nothing is
//! allocated.
//!
//! **Blindness.** An element never picks up on a sample or a window that is not whole and valid:
//! after the start, after a gap and around invalid samples it waits, and one that is picked up
//! drops out.
//!
//! **Delay.** The condition must hold on every row for the delay; the row on which it has held that
//! long is the pickup. An alternating quantity (the absolute value of samples, and the step of
//! samples) passes zero twice a period, so its condition may pause for up to one period: pickup is
//! then on the first row at least `delay` after the condition began on which it is met again. For
//! the same reason these elements drop out after one period without the condition; all others drop
//! out on the row that passes the drop-out value.

mod bank;
mod discrete;
mod element;
mod level;
mod step;
mod timer;

pub use bank::{Bank, Change, Transition};
pub use element::{Direction, Edge, Element, Input, Kind, Measure};

/// Why a bank cannot be built; `element` is the index in the list of elements.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// More elements than an index can name.
    #[error("{0} starting elements, allowed 0..=65535")]
    TooMany(usize),
    /// The setting is no usable number.
    #[error("element {element}: setting {setting}, allowed > 0 and finite")]
    Setting {
        /// Which element.
        element: usize,
        /// Its setting.
        setting: f64,
    },
    /// The hysteresis is out of range.
    #[error("element {element}: hysteresis {percent} %, allowed 0..=50")]
    Hysteresis {
        /// Which element.
        element: usize,
        /// Its hysteresis.
        percent: f64,
    },
    /// The delay is out of range.
    #[error("element {element}: delay {delay_ms} ms, allowed 0..=60000")]
    Delay {
        /// Which element.
        element: usize,
        /// Its delay.
        delay_ms: u32,
    },
    /// The step looks back too far or not at all.
    #[error("element {element}: {periods} periods back, allowed 1..=4")]
    Periods {
        /// Which element.
        element: usize,
        /// Its periods.
        periods: u8,
    },
    /// The channel or group is not there.
    #[error("element {element}: input {input}, there are {count}")]
    Input {
        /// Which element.
        element: usize,
        /// Index that it names.
        input: usize,
        /// How many there are.
        count: usize,
    },
    /// The quantity does not exist for such an input.
    #[error("element {element}: {measure:?} cannot be measured on {input:?}")]
    Measure {
        /// Which element.
        element: usize,
        /// Its quantity.
        measure: Measure,
        /// Its input.
        input: Input,
    },
}
