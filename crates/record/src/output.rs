//! What comes out of the pipeline.

use aura_model::{CloseReason, SampleBlock, Stamp};
use std::ops::Range;
use std::sync::Arc;

/// What asked for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Start {
    /// A starting element, index into [`Plan::elements`](crate::Plan::elements).
    Element(u16),
    /// Somebody, by [`Command::ManualStart`](crate::Command::ManualStart); the number is the
    /// command's.
    Manual {
        /// Number that the command carried.
        ticket: u32,
    },
}

/// What a pickup did for the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It opened a record.
    Starts,
    /// It extended the open record.
    Extends,
    /// Nothing: the element is blocked after its last pickup that counted.
    Blocked,
}

/// A pickup, exact to the row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pickup {
    /// What picked up.
    pub start: Start,
    /// Instant of the row on which it did.
    pub at: Stamp,
    /// Value on that row in the element's unit; NaN where there is none (discrete, manual).
    pub value: f64,
    /// What it did for the recording.
    pub effect: Effect,
}

/// One thing that the pipeline says, in the order of the rows.
#[derive(Clone, Debug)]
pub enum Output {
    /// An element picked up or a manual start was taken.
    Pickup(Pickup),
    /// An element dropped out.
    Dropout {
        /// Index of the element.
        element: u16,
        /// Instant of the row on which it did; after a gap, of the first row.
        at: Stamp,
    },
    /// A record begins; its slices follow.
    WindowOpened {
        /// The pickup that opened it; it was given out before.
        pickup: Pickup,
        /// Instant of its first row.
        start: Stamp,
    },
    /// Rows of the open record, each row once, in order.
    Slice {
        /// The block that holds them.
        block: Arc<SampleBlock>,
        /// Which rows of it; never empty.
        rows: Range<u16>,
    },
    /// The record has ended; its last slice was given out before.
    WindowClosed {
        /// Why.
        reason: CloseReason,
    },
    /// Rows are missing or time jumped before the block that came now.
    Gap {
        /// Instant of the first row after it.
        at: Stamp,
        /// Jump of time, nanoseconds; negative = back.
        jump_ns: i64,
        /// Rows that would have filled the jump; 0 when time went back.
        lost_rows: u64,
    },
    /// So many pickups and drop-outs of this block found no room in [`Outputs`]; they acted all the
    /// same.
    Unsaid {
        /// How many.
        count: u32,
    },
}

/// The pipeline's outputs of one step, in memory that was set aside at the start.
#[derive(Debug)]
pub struct Outputs {
    items: Vec<Output>,
    /// From this length on pickups and drop-outs are only counted: the rest is kept for windows and
    /// slices.
    talk_max: usize,
    unsaid: u32,
}

impl Outputs {
    /// Room for one step: so many pickups and drop-outs, so many windows and slices.
    pub(crate) fn with_room(talk: usize, windows: usize) -> Self {
        Self { items: Vec::with_capacity(talk + windows + 1), talk_max: talk, unsaid: 0 }
    }

    /// Takes the outputs out, in order.
    pub fn drain(&mut self) -> impl Iterator<Item = Output> + '_ {
        self.items.drain(..)
    }

    /// The outputs, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Output] {
        &self.items
    }

    /// Whether nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Begins a step.
    pub(crate) fn begin(&mut self) {
        assert!(self.items.is_empty(), "the outputs of the step before were not taken");
    }

    /// A pickup, drop-out or gap.
    pub(crate) fn say(&mut self, output: Output) {
        if self.items.len() < self.talk_max {
            self.items.push(output);
        } else {
            self.unsaid += 1;
        }
    }

    /// A window or slice; there is always room for it.
    pub(crate) fn give(&mut self, output: Output) {
        debug_assert!(self.items.len() < self.items.capacity(), "room is reckoned for the worst");
        self.items.push(output);
    }

    /// Ends a step.
    pub(crate) fn end(&mut self) {
        let count = std::mem::take(&mut self.unsaid);
        if count > 0 {
            self.give(Output::Unsaid { count });
        }
    }
}
