//! Everything that a pipeline is built from, in checked form.

use aura_model::Station;
use aura_trigger::Element;
use std::sync::Arc;

/// Lengths of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Before the first pickup, milliseconds, 0..=10 000.
    pub pre_ms: u32,
    /// After the last drop-out (or the last instant of pickup), milliseconds, 0..=60 000.
    pub post_ms: u32,
    /// Longest record, milliseconds, at least `pre_ms + post_ms`.
    pub max_ms: u32,
    /// The same element starts or extends no record for so long after its pickup, milliseconds, 0..=3 600 000.
    pub reblock_ms: u32,
}

/// Everything that a pipeline is built from.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Channels, rate, groups.
    pub station: Arc<Station>,
    /// Rows of a block, 1..=65 535.
    pub block_rows: u16,
    /// Starting elements.
    pub elements: Vec<Element>,
    /// Lengths.
    pub limits: Limits,
}
