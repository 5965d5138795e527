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
    /// The same element starts or extends no record for so long after its pickup, milliseconds,
    /// 0..=3 600 000.
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

/// Why a plan cannot be carried out.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// A block without rows.
    #[error("0 rows in a block, allowed 1..=65535")]
    NoRows,
    /// Pre-fault time out of range.
    #[error("pre_ms {0}, allowed 0..=10000")]
    Pre(u32),
    /// Post-fault time out of range.
    #[error("post_ms {0}, allowed 0..=60000")]
    Post(u32),
    /// Blocking time out of range.
    #[error("reblock_ms {0}, allowed 0..=3600000")]
    Reblock(u32),
    /// Longest record shorter than what a single pickup makes.
    #[error("max_ms {max_ms}, allowed at least 1 and pre_ms + post_ms = {least_ms}")]
    Max {
        /// The longest record.
        max_ms: u32,
        /// `pre_ms + post_ms`.
        least_ms: u32,
    },
    /// The station cannot be analysed.
    #[error("the station cannot be analysed")]
    Signal(#[from] aura_signal::Error),
    /// A starting element cannot be built.
    #[error("a starting element cannot be built")]
    Trigger(#[from] aura_trigger::Error),
}

impl Plan {
    /// Whether the lengths can be kept.
    pub(crate) fn check(&self) -> Result<(), PlanError> {
        let Limits { pre_ms, post_ms, max_ms, reblock_ms } = self.limits;
        if self.block_rows == 0 {
            return Err(PlanError::NoRows);
        }
        if pre_ms > 10_000 {
            return Err(PlanError::Pre(pre_ms));
        }
        if post_ms > 60_000 {
            return Err(PlanError::Post(post_ms));
        }
        if reblock_ms > 3_600_000 {
            return Err(PlanError::Reblock(reblock_ms));
        }
        let least_ms = (pre_ms + post_ms).max(1);
        if max_ms < least_ms {
            return Err(PlanError::Max { max_ms, least_ms });
        }
        Ok(())
    }
}
