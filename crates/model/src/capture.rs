//! A record loaded for analysis: whole channels in engineering values.

use crate::{AnalogChannel, DiscreteChannel, PickupInfo, Rate, Stamp, ThreePhaseGroup};

/// One analog channel of a capture.
#[derive(Clone, Debug)]
pub struct CaptureAnalog {
    /// What it is.
    pub channel: AnalogChannel,
    /// One value a row, in the channel's unit; NaN where the sample is missing or not valid.
    pub values: Vec<f64>,
}

/// One discrete channel of a capture.
#[derive(Clone, Debug)]
pub struct CaptureDiscrete {
    /// What it is.
    pub channel: DiscreteChannel,
    /// State in the first row.
    pub initial: bool,
    /// Rows at which the state changes, ascending.
    pub changes: Vec<usize>,
}

impl CaptureDiscrete {
    /// State in a row.
    #[must_use]
    pub fn state(&self, row: usize) -> bool {
        self.initial ^ (self.changes.partition_point(|change| *change <= row) % 2 == 1)
    }
}

/// A record loaded for analysis; all channels have the same number of rows on one uniform grid.
#[derive(Clone, Debug)]
pub struct Capture {
    /// Substation.
    pub station: String,
    /// Recorder.
    pub rec_dev_id: String,
    /// Base name of the record's files.
    pub record: String,
    /// Rated frequency, hertz.
    pub nominal_hz: f64,
    /// Rate of the grid.
    pub rate: Rate,
    /// Rows.
    pub rows: usize,
    /// Instant of row 0.
    pub start: Stamp,
    /// Offset of local time from UTC, seconds east.
    pub utc_offset_s: i32,
    /// Pickups, in order; empty for a foreign record, whose trigger time is then the only start
    /// known.
    pub pickups: Vec<PickupInfo>,
    /// Instant of the trigger.
    pub trigger: Stamp,
    /// Analog channels.
    pub analog: Vec<CaptureAnalog>,
    /// Discrete channels.
    pub discrete: Vec<CaptureDiscrete>,
    /// Three-phase sets, indices into `analog`.
    pub groups: Vec<ThreePhaseGroup>,
    /// Whether the samples come from a simulator or a replay.
    pub simulated: bool,
    /// Whether the record was cut off.
    pub interrupted: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Phase;

    #[test]
    fn state_follows_the_changes() {
        let discrete = CaptureDiscrete {
            channel: DiscreteChannel {
                id: "d".into(),
                name: "d".into(),
                phase: Phase::None,
                circuit: String::new(),
                normal: false,
            },
            initial: true,
            changes: vec![2, 5],
        };
        let states: Vec<bool> = (0..7).map(|row| discrete.state(row)).collect();
        assert_eq!(states, [true, true, false, false, false, true, true]);
    }
}
