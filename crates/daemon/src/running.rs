//! The configuration in force, with the names and numbers that the control plane needs of it.

use aura_model::{Stamp, Station};
use aura_settings::Checked;
use std::sync::Arc;

/// The configuration in force; replaced whole when another is applied.
pub(crate) struct Running {
    /// The document.
    pub(crate) checked: Checked,
    /// Channels.
    pub(crate) station: Arc<Station>,
    /// Names of the starting elements, in the pipeline's order.
    pub(crate) elements: Vec<String>,
    /// The source, for people.
    pub(crate) source_name: String,
    /// Whether the samples are made, not measured.
    pub(crate) simulated: bool,
}

impl Running {
    /// Offset of the station's local time from UTC, seconds east.
    pub(crate) fn utc_offset_s(&self, at: Stamp) -> i32 {
        self.checked.utc_offset_s(at.tai.unix_ns().div_euclid(1_000_000_000))
    }
}
