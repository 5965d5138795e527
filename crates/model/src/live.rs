//! Values of now, copied out of the data plane for the faces. Indices are those of the station's
//! lists.

use crate::{Quality, Stamp};

/// A phasor; magnitude is RMS, angle counts from the block clock's common reference.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Phasor {
    /// Real part, RMS, in the channel's unit.
    pub re: f64,
    /// Imaginary part, RMS, in the channel's unit.
    pub im: f64,
}

impl Phasor {
    /// RMS magnitude.
    #[must_use]
    pub fn magnitude(self) -> f64 {
        self.re.hypot(self.im)
    }

    /// Angle, degrees, (−180, 180].
    #[must_use]
    pub fn angle_deg(self) -> f64 {
        self.im.atan2(self.re).to_degrees()
    }
}

/// One analog channel now, in the channel's engineering unit.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct AnalogLive {
    /// Last sample.
    pub instant: f64,
    /// True RMS over one period.
    pub rms: f64,
    /// Fundamental phasor.
    pub phasor: Phasor,
    /// Quality over the last block.
    pub quality: Quality,
    /// Whether the computed values rest on valid samples alone.
    pub computed_valid: bool,
}

/// One three-phase group now.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct GroupLive {
    /// Positive sequence.
    pub positive: Phasor,
    /// Negative sequence.
    pub negative: Phasor,
    /// Zero sequence (not tripled).
    pub zero: Phasor,
    /// Frequency estimate, hertz; `None` when the signal is too small or invalid.
    pub frequency_hz: Option<f64>,
}

/// The measured world at the end of one block.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Snapshot {
    /// Instant of the last row.
    pub at: Stamp,
    /// Number of the block.
    pub seq: u64,
    /// Analog channels.
    pub analog: Vec<AnalogLive>,
    /// Discrete channels, words as in the block's last row.
    pub discrete: Vec<u64>,
    /// Three-phase groups.
    pub groups: Vec<GroupLive>,
    /// Identifiers' indices of the starting elements that are picked up now.
    pub picked_up: Vec<u16>,
    /// Whether the source is a simulator or a replay.
    pub simulated: bool,
}

impl Snapshot {
    /// State of one discrete channel; false beyond the last.
    #[must_use]
    pub fn discrete_state(&self, channel: usize) -> bool {
        self.discrete.get(channel / 64).is_some_and(|word| word >> (channel % 64) & 1 == 1)
    }
}
